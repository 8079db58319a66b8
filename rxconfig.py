"""Reflex settings. The bundle is the same whatever the port: see `workers.machine.same_origin`."""

import reflex as rx

from app.config import settings
from workers.machine.same_origin import SameOriginPlugin

config = rx.Config(
    app_name="app",
    app_module_import="app.app",
    backend_host="127.0.0.1",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode="memory",
    cors_allowed_origins=settings().origins(),
    frontend_compression_formats=["gzip"],
    plugins=[SameOriginPlugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
