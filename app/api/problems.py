"""Refusals as problem documents (RFC 9457) with a stable `code`."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import TypeAlias

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

_OURS = re.compile(r"[A-Z]\w*|.*[\[(].*", re.DOTALL)
"""A step of pydantic's path that is no field: a model of a union, or a check such as `function-after[utc(), str]`."""
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
    """A refusal in the words of the API: one that it makes itself, or what it makes of somebody else's."""

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

    def document(self, instance: str) -> dict[str, object]:
        """Return the members of the problem document; `instance` is the address that was asked."""
        return {
            "type": f"urn:baton:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "instance": instance,
            **self.extra,
        }


def install(api: FastAPI) -> None:
    """Answer every kind of refusal, and every accident, with a problem document."""
    for kind, in_words in _IN_WORDS.items():
        api.add_exception_handler(kind, partial(_answer, in_words))


_InWords: TypeAlias = Callable[[Exception, str], ProblemRaised]
"""Says a refusal or an accident at a path of the API in the words of the API."""


def _answer(in_words: _InWords, request: Request, broken: Exception) -> JSONResponse:
    path = request.url.path
    said = in_words(broken, path)
    return JSONResponse(said.document(path), said.status, headers=said.headers, media_type=MEDIA_TYPE)


def _lifecycle_refusal(refused: Exception, _: str) -> ProblemRaised:
    assert isinstance(refused, Refused)
    return ProblemRaised(refused.status, refused.code, refused.title, refused.detail, extra=refused.extra)


def _api_refusal(refused: Exception, _: str) -> ProblemRaised:
    assert isinstance(refused, ProblemRaised)
    return refused


def _sign_in_refusal(refused: Exception, _: str) -> ProblemRaised:
    assert isinstance(refused, SignInRefused)
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
    return ProblemRaised(refused.status, refused.code, "Not signed in", refused.detail, headers=headers)


def _no_instant(refused: Exception, _: str) -> ProblemRaised:
    """Name what does exist: the time after a gap, or the two instants that a doubled time may mean."""
    assert isinstance(refused, NotAnInstant)
    exists: dict[str, object] = {}
    if isinstance(refused, GapTime):
        exists = {"next": refused.next.isoformat()}
    elif isinstance(refused, DoubledTime):
        exists = {"first": refused.first.isoformat(), "second": refused.second.isoformat()}
    return ProblemRaised(422, refused.code, "Not one instant", str(refused), extra=exists)


def _broken_plan(refused: Exception, _: str) -> ProblemRaised:
    assert isinstance(refused, BrokenWavePlan)
    return ProblemRaised(422, "broken_wave_plan", "The wave plan cannot be followed", f"{refused}.")


def _malformed(refused: Exception, _: str) -> ProblemRaised:
    assert isinstance(refused, RequestValidationError)
    errors = [{"at": _place(error["loc"]), "reason": _reason(str(error["msg"]))} for error in refused.errors()]
    where = "; ".join(dict.fromkeys(f"{error['at']}: {error['reason']}" for error in errors[:3]))
    detail = f"{where}. See /api/docs for what this call takes."
    return ProblemRaised(422, "malformed_request", "The request is not understood", detail, extra={"errors": errors})


def _place(steps: Sequence[str | int]) -> str:
    """Return where in a request something is wrong, without the names of our own checks and models on the way."""
    return ".".join(str(step) for step in steps if isinstance(step, int) or _OURS.fullmatch(step) is None)


def _reason(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")


def _http(refused: Exception, _: str) -> ProblemRaised:
    assert isinstance(refused, HTTPException)
    title = HTTPStatus(refused.status_code).phrase
    code = title.lower().replace(" ", "_")
    return ProblemRaised(refused.status_code, code, title, _sentence(refused), headers=refused.headers)


def _sentence(refused: HTTPException) -> str:
    if refused.detail == HTTPStatus.NOT_FOUND.phrase:  # nobody answered: there is no such address
        return "There is nothing at this address. See /api/docs for what there is."
    return str(refused.detail)


def _store_unavailable(broken: Exception, path: str) -> ProblemRaised:
    _log.error("store unavailable path=%s: %s", path, str(broken).splitlines()[0])
    if isinstance(broken, StoreRefused):
        return ProblemRaised(503, "store_refused", "This store must not be used", f"{broken} Nothing was changed.")
    full = isinstance(broken, DBAPIError) and is_full(broken)
    title = "The disk of the store is full" if full else "The store does not answer"
    room = " Once there is room again, repeat" if full else " Repeat"
    said = f"Nothing was changed.{room} the call with the same Idempotency-Key."
    return ProblemRaised(503, "store_unavailable", title, said, headers={"Retry-After": "5"})


def _beyond_keeping(broken: Exception, path: str) -> ProblemRaised:
    """Answer what a store cannot keep (a number beyond its integers, a zero character) as the caller's mistake."""
    _of_strangers.warning("beyond keeping path=%s: %s", path, type(broken).__name__)
    return ProblemRaised(
        422,
        "value_out_of_range",
        "A value is out of range",
        "A number is larger than anything here can be, or a text holds a character that no text has."
        " Nothing was changed.",
    )


def _accident(broken: Exception, path: str) -> ProblemRaised:
    _log.error("accident path=%s", path, exc_info=broken)
    return ProblemRaised(
        500,
        "internal_error",
        "Something broke on our side",
        "Nothing was half done. Repeat the call with the same Idempotency-Key; if it breaks again, "
        "the log of the web process says why.",
    )


_IN_WORDS: Mapping[type[Exception], _InWords] = {
    Refused: _lifecycle_refusal,
    ProblemRaised: _api_refusal,
    SignInRefused: _sign_in_refusal,
    NotAnInstant: _no_instant,
    BrokenWavePlan: _broken_plan,
    RequestValidationError: _malformed,
    HTTPException: _http,
    OperationalError: _store_unavailable,
    DataError: _beyond_keeping,
    OverflowError: _beyond_keeping,
    UnicodeError: _beyond_keeping,
    Exception: _accident,
}


def described(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Return the OpenAPI description of the problems a call may answer with."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}
