"""Refusals as problem documents (RFC 9457) with a stable `code`."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from starlette.exceptions import HTTPException

from app.canary.waves import BrokenWavePlan
from app.database import is_full
from app.identity.errors import SignInRefused
from app.lifecycle.errors import Refused
from app.store_file import StoreRefused
from app.timekeeping.local_time import DoubledTime, GapTime, NotAnInstant

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("baton.api")
_of_strangers = logging.getLogger("baton.strangers")


class Problem(BaseModel):
    """What every refusal looks like; some carry more members (`rows`, `moved`, `errors`)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str = ""


class ProblemRaised(Exception):
    """A refusal that the API itself makes (before the lifecycle is asked)."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


def document(
    status: int, code: str, title: str, detail: str, instance: str = "", extra: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Return the members of a problem document."""
    return {
        "type": f"urn:baton:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": instance,
        **(extra or {}),
    }


def install(api: FastAPI) -> None:
    """Answer every kind of refusal, and every accident, with a problem document."""
    api.add_exception_handler(Refused, _lifecycle_refusal)
    api.add_exception_handler(ProblemRaised, _api_refusal)
    api.add_exception_handler(SignInRefused, _sign_in_refusal)
    api.add_exception_handler(NotAnInstant, _no_instant)
    api.add_exception_handler(BrokenWavePlan, _broken_plan)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(OperationalError, _store_unavailable)
    for beyond in (DataError, OverflowError, UnicodeError):
        api.add_exception_handler(beyond, _beyond_keeping)
    api.add_exception_handler(Exception, _accident)


def _answer(
    request: Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = document(status, code, title, detail, request.url.path, extra)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _lifecycle_refusal(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)
    return _answer(request, refused.status, refused.code, refused.title, refused.detail, dict(refused.extra))


def _api_refusal(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, ProblemRaised)
    return _answer(request, refused.status, refused.code, refused.title, refused.detail, refused.extra, refused.headers)


def _sign_in_refusal(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, SignInRefused)
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
    return _answer(request, refused.status, refused.code, "Not signed in", refused.detail, headers=headers)


def _no_instant(request: Request, refused: Exception) -> JSONResponse:
    """Name what does exist: the time after a gap, or the two instants that a doubled time may mean."""
    assert isinstance(refused, NotAnInstant)
    exists: dict[str, object] = {}
    if isinstance(refused, GapTime):
        exists = {"next": refused.next.isoformat()}
    elif isinstance(refused, DoubledTime):
        exists = {"first": refused.first.isoformat(), "second": refused.second.isoformat()}
    return _answer(request, 422, refused.code, "Not one instant", str(refused), exists)


def _broken_plan(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, BrokenWavePlan)
    return _answer(request, 422, "broken_wave_plan", "The wave plan cannot be followed", f"{refused}.")


def _malformed(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, RequestValidationError)
    errors = [
        {"at": ".".join(str(part) for part in error["loc"]), "reason": str(error["msg"])} for error in refused.errors()
    ]
    where = "; ".join(f"{error['at']}: {error['reason']}" for error in errors[:3])
    return _answer(
        request,
        422,
        "malformed_request",
        "The request is not understood",
        f"{where}. See /api/docs for what this call takes.",
        {"errors": errors},
    )


def _http(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, HTTPException)
    title = HTTPStatus(refused.status_code).phrase
    return _answer(
        request,
        refused.status_code,
        title.lower().replace(" ", "_"),
        title,
        _sentence(refused),
        headers=refused.headers,
    )


def _sentence(refused: HTTPException) -> str:
    if refused.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address. See /api/docs for what there is."
    return str(refused.detail)


def _store_unavailable(request: Request, broken: Exception) -> JSONResponse:
    _log.error("store unavailable path=%s: %s", request.url.path, str(broken).splitlines()[0])
    if isinstance(broken, StoreRefused):
        return _answer(request, 503, "store_refused", "This store must not be used", f"{broken} Nothing was changed.")
    full = isinstance(broken, DBAPIError) and is_full(broken)
    title = "The disk of the store is full" if full else "The store does not answer"
    room = " Once there is room again, repeat" if full else " Repeat"
    said = f"Nothing was changed.{room} the call with the same Idempotency-Key."
    return _answer(request, 503, "store_unavailable", title, said, headers={"Retry-After": "5"})


def _beyond_keeping(request: Request, broken: Exception) -> JSONResponse:
    """Answer what a store cannot keep (a number beyond its integers, a zero character) as the caller's mistake."""
    _of_strangers.warning("beyond keeping path=%s: %s", request.url.path, type(broken).__name__)
    return _answer(
        request,
        422,
        "value_out_of_range",
        "A value is out of range",
        "A number is larger than anything here can be, or a text holds a character that no text has."
        " Nothing was changed.",
    )


def _accident(request: Request, broken: Exception) -> JSONResponse:
    _log.error("accident path=%s", request.url.path, exc_info=broken)
    return _answer(
        request,
        500,
        "internal_error",
        "Something broke on our side",
        "Nothing was half done. Repeat the call with the same Idempotency-Key; if it breaks again, "
        "the log of the web process says why.",
    )


def described(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return the OpenAPI description of the problems a call may answer with."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}
