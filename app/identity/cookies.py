"""Cookies of ours: what they are called, and what a browser sent."""

from http.cookies import CookieError, SimpleCookie

from app.config import settings

_ON_THIS_HOST_ALONE = "__Host-"
"""With this prefix a browser takes a cookie over TLS only, and from no neighbouring host (RFC 6265bis)."""


def named(name: str) -> str:
    """Return the name of a cookie: where there is TLS it is bound to this very host."""
    return f"{_ON_THIS_HOST_ALONE}{name}" if settings().is_https() else name


def sent(cookie_header: str | None, name: str) -> str:
    """Return the value of one cookie in a `Cookie` header, or nothing."""
    try:
        morsel = SimpleCookie((cookie_header or "")[:8_192]).get(named(name))
    except CookieError:
        return ""
    return morsel.value if morsel else ""
