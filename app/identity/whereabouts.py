"""Where the person at a browser is: the zone that `assets/zone.js` put into a cookie. It decides nothing but looks."""

from http.cookies import CookieError, SimpleCookie

from app.timekeeping.local_time import UnknownZone, one_name

COOKIE_NAME = "baton_zone"


def zone_of(cookie_header: str | None) -> str:
    """Return the listed name of the browser's time zone; `""` if the header names none that there is."""
    try:
        morsel = SimpleCookie((cookie_header or "")[:8_192]).get(COOKIE_NAME)
        return one_name(morsel.value) if morsel else ""
    except (CookieError, UnknownZone):
        return ""
