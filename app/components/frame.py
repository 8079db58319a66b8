"""The frame around every page: side bar, top bar, the dialog of keys."""

from collections.abc import Sequence

import reflex as rx

from app import routes
from app.components.controls import find_field, link
from app.components.dialogs import closing_head
from app.components.feedback import skeleton_rows
from app.components.marks import avatar, icon, kbd, logo
from app.components.views import StatusView, View

Keys = Sequence[tuple[str, str]]

PLACES = (
    ("o", "home", "Overview", routes.HOME),
    ("a", "inbox", "Approvals", routes.APPROVALS),
    ("p", "doc", "Proposals", routes.PROPOSALS),
    ("r", "fan", "Propagation", routes.PROPAGATION),
    ("c", "cal", "Calendar", routes.CALENDAR),
    ("i", "tag", "Prices", routes.PRICES),
    ("u", "scale", "Rules", routes.RULES),
    ("t", "scroll", "Audit", routes.AUDIT),
    ("e", "user", "People", routes.PEOPLE),
)


class ContextLine(View):
    """One context in the side bar: how it is and how far behind."""

    name: str = ""
    state: StatusView = StatusView()
    lag: str = ""


class BannerView(View):
    """What keeps prices from going out, said on every page: who, why, since or until when."""

    lead: str = ""
    words: str = ""
    tone: str = "warn"
    icon: str = "snow"


QUIET = BannerView()


class SideView(View):
    """What the side bar shows of the person and of the world; `owns`, `audits`, `proposes`: what their roles let do."""

    person: str = ""
    name: str = ""
    roles: str = ""
    zone: str = ""
    initials: str = ""
    waiting: str = ""
    in_flight: str = ""
    owns: bool = False
    audits: bool = False
    proposes: bool = False
    contexts: list[ContextLine] = []


def frame(
    *children,
    side: SideView | rx.Var,
    here: str,
    top: Sequence[rx.Component],
    keys: Keys = (),
    banner: BannerView | rx.Var = QUIET,
) -> rx.Component:
    """Put a page into the frame; `here` is the route of the place it belongs to."""
    return rx.el.div(
        _side(side, here),
        rx.el.div(class_name="shade", data_drawer="close", aria_hidden="true"),
        rx.el.main(
            rx.el.header(_burger(), *top, class_name="top"), _banner(banner), *children, class_name="main", id="main"
        ),
        _anew(side),
        keys_dialog(keys, side),
        class_name="app",
    )


def _banner(banner: BannerView | rx.Var) -> rx.Component:
    if not isinstance(banner, rx.Var):
        return rx.fragment()
    return rx.cond(
        banner.lead != "",
        rx.el.div(
            icon(banner.icon),
            rx.el.p(rx.el.b(banner.lead, class_name="b"), " ", banner.words, class_name="grow", title=banner.words),
            link("Calendar", to=routes.CALENDAR, class_name="lk offm"),
            class_name=f"banner {banner.tone}",
            role="status",
            data_testid="banner",
        ),
    )


def _burger() -> rx.Component:
    return rx.el.button(
        icon("menu", "l"), class_name="btn sq burger", aria_label="Menu", data_drawer="toggle", type="button"
    )


def _side(side: SideView | rx.Var, here: str) -> rx.Component:
    counts = {routes.APPROVALS: side.waiting, routes.PROPAGATION: side.in_flight}
    only_for = _only_for(side)
    return rx.el.nav(
        link(logo(), "Baton", to=routes.HOME, class_name="brand"),
        *[
            rx.cond(only_for.get(to, True), _place(key, mark, word, to, here == to, counts.get(to, "")))
            for key, mark, word, to in PLACES
        ],
        rx.el.h2(rx.cond(side.contexts, "Contexts, lag", "")),
        rx.foreach(side.contexts, _context),
        _me(side),
        class_name="side",
        aria_label="Main",
    )


def _only_for(side: SideView | rx.Var) -> dict[str, bool | rx.Var]:
    """The places that are not everybody's."""
    return {routes.PEOPLE: side.owns, routes.AUDIT: side.audits}


def _place(key: str, mark: str, word: str, to: str, current: bool, count: str | rx.Var) -> rx.Component:
    mine = {"aria_current": "page"} if current else {}
    return link(
        icon(mark), word, rx.el.span(count, class_name="k"), to=to, class_name="nav", data_go=key, title=word, **mine
    )


def _context(line: ContextLine | rx.Var) -> rx.Component:
    return link(
        rx.el.span(icon(line.state.icon, "s"), class_name=line.state.tone),
        line.name,
        rx.el.span(line.lag, class_name="k"),
        to=routes.PROPAGATION,
        class_name="ctx",
        title=line.state.word,
        key=line.name,
    )


def _me(side: SideView | rx.Var) -> rx.Component:
    return rx.el.div(
        link(
            avatar(side.initials),
            rx.el.span(
                rx.el.span(side.name, class_name="b"),
                rx.el.small(side.roles),
                rx.el.small(side.zone, title="Times are shown in this zone", data_testid="zone-here"),
                class_name="grow who",
                data_testid="me",
            ),
            to=routes.ACCOUNT,
            class_name="mine",
            title="Your account",
            custom_attrs={"data-person": side.person},
        ),
        theme_switch(),
        rx.el.button(
            icon("out"),
            class_name="theme grow0",
            aria_label="Sign out",
            title="Sign out",
            data_session="sign-out",
            type="button",
        ),
        class_name="me",
    )


def theme_switch() -> rx.Component:
    """Switch between light and dark (kept in the browser; the system decides until then)."""
    return rx.el.button(
        rx.el.span(icon("moon"), class_name="moon"),
        rx.el.span(icon("sun"), class_name="sun"),
        class_name="theme",
        aria_label="Light or dark",
        title="Light or dark",
        type="button",
        on_click=rx.toggle_color_mode,
    )


def search_box(on_submit: rx.event.EventType) -> rx.Component:
    """Find a SKU, a proposal or a person from anywhere."""
    return rx.el.form(
        find_field(placeholder="SKU, proposal, person"),
        on_submit=on_submit,
        role="search",
        class_name="finder",
    )


def _anew(side: SideView | rx.Var) -> rx.Component:
    """Let `N` lead whoever may propose to a new proposal from every page, also where no button stands for it."""
    way = link(
        "New proposal", to=routes.NEW_PROPOSAL, class_name="vh", data_hotkey="n", tab_index=-1, aria_hidden="true"
    )
    return rx.cond(side.proposes, way)


def keys_dialog(keys: Keys, side: SideView | rx.Var) -> rx.Component:
    """List the keys that do something here for whoever looks; `?` opens it, Esc closes it."""
    return rx.el.dialog(
        closing_head("Keys", "keys"),
        rx.el.div(
            *([rx.el.h3("On this page"), *[_key(k, w) for k, w in keys]] if keys else []),
            rx.el.h3("Everywhere"),
            _key("?", "these keys"),
            rx.cond(side.proposes, _key("N", "new proposal")),
            *[rx.cond(_only_for(side).get(to, True), _key(f"G {k.upper()}", w.lower())) for k, _, w, to in PLACES],
            class_name="keys",
        ),
        id="keys",
        aria_label="Keys",
    )


def _key(pressed: str, word: str) -> rx.Component:
    return rx.el.div(*[kbd(key) for key in pressed.split()], rx.el.span(word))


def waiting_frame() -> rx.Component:
    """Hold the frame's place until the page's code has arrived."""
    return rx.el.div(
        rx.el.nav(rx.el.span(logo(), "Baton", class_name="brand"), class_name="side", aria_label="Main"),
        rx.el.main(rx.el.header(class_name="top"), skeleton_rows(8), class_name="main"),
        class_name="app",
        aria_busy="true",
    )
