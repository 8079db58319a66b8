"""Lines in tables: what leads to other lines does only that."""

import reflex as rx

from app.components.lines import in_place, next_lines, table
from app.components.views import View


class Turned(View):
    after: str = ""
    next_after: str = ""


def rendered(component: rx.Component) -> str:
    return str(component.render())


def test_the_key_of_the_next_lines_is_not_that_of_the_first():
    """Both links had it from a table of attributes that they shared: the key led back to the first lines."""
    turned = rx.Var("turned", _var_type=Turned).to(Turned)
    pager = next_lines("lines", after=turned.after, next_after=turned.next_after, first_to="/first", next_to="/next")
    links = rendered(pager).split("ReactRouterLink")[1:]

    assert [("/first" in link, '"data-hotkey":"]"' in link) for link in links] == [(True, False), (False, True)]


def test_a_link_gets_attributes_of_its_own():
    assert in_place() is not in_place()


def test_a_column_may_head_itself():
    shown = rendered(table("Prices", rx.el.tr(), heads=(("SKU", "r"), ("", ""), rx.el.th(class_name="c2"))))

    assert "'className:\"r\"', 'scope:\"col\"'" in shown
    assert shown.count("scope") == 2
