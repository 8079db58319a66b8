"""One port: the HTTP API under /api, health at the root, and Reflex for everything else."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import (
    audit,
    calendar,
    canaries,
    catalog,
    context_ports,
    docs_page,
    drafts,
    facts,
    health,
    price_changes,
    price_locks,
    prices,
    problems,
    repricings,
    rule_replays,
    rule_sets,
    rule_shadows,
    session,
    subscribers,
)
from app.api.walls import BodyLimit, Headers, KnownFirst, OwnTabs

BUILT_PAGES = Path(".web/build/client")
_OWN_PATHS = ("/healthz", "/readyz", "/metrics")
_ABOUT = (
    "Propose, decide and follow retail price changes. Machines send a bearer token; every command needs an "
    "Idempotency-Key; refusals are problem documents (RFC 9457) with a stable code."
)


def http_api() -> FastAPI:
    """Return the API by itself: what the tests call and the OpenAPI document describes."""
    api = FastAPI(
        title="Baton API",
        version="1",
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(api)
    for routes in (session, canaries, price_changes, calendar, drafts, repricings, prices, audit, health):
        api.include_router(routes.router)
    api.include_router(subscribers.router)
    for routes in (catalog, facts, rule_sets, rule_replays, rule_shadows):
        api.include_router(routes.router)
    for routes in (price_locks, context_ports):
        api.include_router(routes.router())

    @api.get("/api/docs", include_in_schema=False, response_class=HTMLResponse)
    def docs() -> str:
        """Return the documentation as one page."""
        return docs_page.page(api.openapi())

    return api


class _OnePort:
    """Sends each request to the API or to Reflex, by path alone."""

    def __init__(self, api: ASGIApp, reflex: ASGIApp, pages: Path) -> None:
        self._api, self._reflex = api, reflex
        self._folders = {f"/{index.parent.relative_to(pages)}" for index in pages.glob("**/index.html")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; a page's folder is served at the address asked for, not by way of a redirect."""
        path = scope.get("path", "")
        if scope["type"] == "http" and (path.startswith("/api/") or path in _OWN_PATHS):
            await self._api(scope, receive, send)
        elif path in self._folders:
            await self._reflex({**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}, receive, send)
        else:
            await self._reflex(scope, receive, send)


def beside(reflex: ASGIApp) -> ASGIApp:
    """Put the API beside Reflex behind the same walls: `rx.App(api_transformer=beside)`."""
    return Headers(_OnePort(BodyLimit(KnownFirst(http_api())), OwnTabs(reflex), BUILT_PAGES), BUILT_PAGES)
