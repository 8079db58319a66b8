"""ASGI wrappers around everything this port serves: body limits, security headers, and Reflex's own upload shut."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.access import NOT_SIGNED_IN, READS, is_known
from app.api.problems import MEDIA_TYPE, ProblemRaised
from app.config import settings
from app.identity import sessions

MEGABYTE = 1024 * 1024
FILE_LIMIT = 26 * MEGABYTE
CATALOG_LIMIT = 201 * MEGABYTE
LINES_LIMIT = 12 * MEGABYTE
SMALL_LIMIT = 256 * 1024
BODY_LIMITS = {
    "/api/drafts": FILE_LIMIT,
    "/api/drafts/fields": LINES_LIMIT,
    "/api/price-changes/import": FILE_LIMIT,
    "/api/catalog/import": CATALOG_LIMIT,
    "/api/facts/import": FILE_LIMIT,
    "/api/facts": LINES_LIMIT,
    "/api/price-changes": LINES_LIMIT,
}
FOR_EVERYBODY = ("/api/session", "/api/session/demo")
SHUT = "/_upload"
NO_FILES_HERE = ("not_found", "Not found", "Files are taken by POST /api/drafts and POST /api/price-changes/import.")
EVENTS = "/_event"
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)


class BodyLimit:
    """Refuses a body over its path's limit while it streams in: neither memory nor disk ever holds it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or refuse it as soon as it is known to be too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = BODY_LIMITS.get(scope["path"].rstrip("/"), SMALL_LIMIT)
        if _declared_length(scope) > limit:
            await _refuse(send, scope, limit)
            return
        await _Counted(limit, scope, receive, send).run(self._app)


class KnownFirst:
    """Reads no body of somebody unknown: they are told to sign in before a byte of it is taken in.

    What they may do is still each route's to say; this only keeps strangers from being listened to at length.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request if it has no body, is for everybody, or comes from somebody."""
        if scope["type"] != "http" or await _may_be_read(scope):
            await self._app(scope, receive, send)
        else:
            refused = ProblemRaised(401, *NOT_SIGNED_IN, headers={"www-authenticate": "Bearer"})
            await _answer(send, refused, scope["path"])


async def _may_be_read(scope: Scope) -> bool:
    if scope["method"] in READS or scope["path"].rstrip("/") in FOR_EVERYBODY:
        return True
    try:
        return await run_in_threadpool(is_known, Request(scope))
    except OperationalError:
        return True  # the store is away, and the route says so in a better way


class _Counted:
    """One request whose body is counted as it arrives."""

    def __init__(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        self._limit, self._scope, self._receive, self._send = limit, scope, receive, send
        self._size = 0

    async def run(self, app: ASGIApp) -> None:
        await app(self._scope, self._counting, self._unless_too_large)
        if self._too_large:
            await _refuse(self._send, self._scope, self._limit)

    @property
    def _too_large(self) -> bool:
        return self._size > self._limit

    async def _counting(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
        return {"type": "http.request", "body": b"", "more_body": False} if self._too_large else message

    async def _unless_too_large(self, message: Message) -> None:
        if not self._too_large:
            await self._send(message)


class OwnTabs:
    """Binds a tab's token to the session in whose name its websocket is opened.

    Reflex keeps a tab's state under a token that the browser makes up and sends in the address. Whoever knows it would
    go on where another person was, or get what is pushed to them. Under this token nobody does who lacks the cookie.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a websocket under the token of tab and session together."""
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(EVENTS):
            scope = {**scope, "query_string": _bound(scope)}
        await self._app(scope, receive, send)


def _bound(scope: Scope) -> bytes:
    cookies = b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie")
    session = sessions.session_key(cookies.decode("latin-1")) or ""
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, _of_both(value, session) if name == "token" else value) for name, value in asked]).encode()


def _of_both(token: str, session: str) -> str:
    return sha256(f"{token}|{session}".encode()).hexdigest()[:32]


class Headers:
    """Adds the security headers to every answer, and keeps Reflex's upload route shut."""

    def __init__(self, app: ASGIApp, client: Path) -> None:
        self._app = app
        self._policy = content_security_policy(inline_script_hashes(client)).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request with the headers added to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._extra(scope["path"], message)]}
            await send(message)

        if scope["path"] == SHUT or scope["path"].startswith(SHUT + "/"):
            await _answer(with_headers, ProblemRaised(404, *NO_FILES_HERE), scope["path"])
            return
        await self._app(scope, receive, with_headers)

    def _extra(self, path: str, message: Message) -> Iterable[tuple[bytes, bytes]]:
        yield from _ALWAYS
        if settings().is_https():
            yield b"strict-transport-security", b"max-age=31536000"
        yield b"content-security-policy", self._policy
        if not any(name.lower() == b"cache-control" for name, _ in message["headers"]):
            yield b"cache-control", _caching(path, message["status"])


def content_security_policy(script_hashes: Iterable[str]) -> str:
    """Return the policy of every page: own files only, and the inline scripts that were in the build."""
    return "; ".join(
        (
            "default-src 'self'",
            # Reflex runs toasts and other server-sent calls with eval; injected markup still cannot run a script.
            " ".join(("script-src 'self' 'unsafe-eval'", *(f"'sha256-{digest}'" for digest in script_hashes))),
            "style-src 'self' 'unsafe-inline'",  # emotion writes its rules into the page
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def inline_script_hashes(client: Path) -> list[str]:
    """Return the SHA-256 of every inline script in the built pages, in the form a policy quotes."""
    scripts = {
        found
        for page in client.rglob("*.html")
        for found in _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
        if found
    }
    return sorted(b64encode(sha256(script.encode()).digest()).decode() for script in scripts)


def _caching(path: str, status: int) -> bytes:
    if path.startswith("/assets/") and status == 200:
        return b"public, max-age=31536000, immutable"  # Vite puts the content's hash into the name
    return b"no-store" if path.startswith("/api") else b"no-cache"


def _declared_length(scope: Scope) -> int:
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(declared) if declared.isdigit() else 0


async def _refuse(send: Send, scope: Scope, limit: int) -> None:
    size = f"{limit // MEGABYTE} MB" if limit >= MEGABYTE else f"{limit // 1024} kB"
    why = f"This call takes at most {size}. Split the file, or send fewer lines."
    await _answer(send, ProblemRaised(413, "too_large", "Too large", why), scope["path"])


async def _answer(send: Send, refused: ProblemRaised, path: str) -> None:
    body = json.dumps(refused.document(path)).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *((name.encode(), value.encode()) for name, value in refused.headers.items()),
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
