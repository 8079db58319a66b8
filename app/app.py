"""The web application: its pages, its looks, and what runs beside them. Nothing else."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import reflex as rx
from reflex.event import EventSpec

from app import logs, pages
from app.api.application import beside
from app.components.frame import waiting_frame
from app.components.marks import sprite
from app.components.off_air import off_air
from app.config import settings
from app.identity.guard import HandlerGuard, keep_the_door
from app.states.live import pump

__all__ = ["app", "pages"]

log = logging.getLogger("baton.web")


def broke(exception: Exception) -> EventSpec:
    """Say in words that an event handler failed; the log has the details."""
    log.error("an event handler failed", exc_info=exception)
    said = rx.toast.error("Something failed on the server and is in its log. Reload the page to see what stands now.")
    return cast(EventSpec, said)


@asynccontextmanager
async def writing(app: rx.App) -> AsyncIterator[None]:
    """Write the log as every process does, from the moment when this one serves."""
    logs.begin("web", folder=settings().data_dir / "log")
    yield


app = rx.App(
    api_transformer=beside,
    html_lang="en",
    stylesheets=["tokens.css", "baton.css", "pages"],
    hydrate_fallback=waiting_frame,
    extra_app_wraps={
        (5, "Overlay"): lambda stateful: off_air() if stateful else None,
        (6, "Sprite"): lambda stateful: sprite(),
    },
    backend_exception_handler=broke,
    head_components=[
        rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg"),
        rx.el.link(
            rel="preload",
            href="/fonts/inter.woff2",
            custom_attrs={"as": "font"},
            type="font/woff2",
            cross_origin="anonymous",
        ),
        rx.el.script(src="/zone.js"),
        rx.el.script(src="/stalled.js"),
        rx.el.script(src="/hotkeys.js", defer=True),
        rx.el.script(src="/session.js", defer=True),
        rx.el.script(src="/stays.js", defer=True),
    ],
)
app.add_middleware(HandlerGuard())
keep_the_door(app)
app.register_lifespan_task(writing)
app.register_lifespan_task(pump)
