"""Finds in bulk the lines that need an explanation. It may suspect too many, never too few."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import polars as pl

from rules.columns import framed
from rules.facts import Facts
from rules.kinds.kind import RuleKind
from rules.prepared import Group, rows_of

FEW_OF_A_ROW = 40
"""For so few lines of a row, asking `check` is quicker than a vectorised comparison."""

Asked = tuple[str, pl.Expr, list[int]]
Suspects = dict[int, set[str]]
"""By place of a line, the kinds that have to look at it."""


def suspects(lines: Sequence[Facts], groups: Sequence[Group], mandatory: Collection[str]) -> Suspects:
    """Return the places of lines that may have a finding, each with the kinds that have to look at it.

    What kinds in other processes say is known already, so these are not asked here.
    """
    found: Suspects = defaultdict(set)
    asked: list[Asked] = []
    for row, places in rows_of(groups):
        expression = _expression(row.kind)
        if row.kind is None or (expression is None and not row.kind.apart):
            _add(found, row.rule.kind, places)
        elif expression is not None and len(places) <= FEW_OF_A_ROW:
            kind = row.kind
            _add(found, row.rule.kind, [place for place in places if _unclear(kind, lines[place])])
        elif expression is not None:
            asked.append((row.rule.kind, expression, places))
    for group in groups:
        for name in (name for name, row in group.selected.items() if row is None and name in mandatory):
            _add(found, name, group.places)
    _vectorised(lines, groups, asked, found)
    return found


def _add(found: Suspects, kind: str, places: Iterable[int]) -> None:
    for place in places:
        found[place].add(kind)


def _expression(kind: RuleKind | None) -> pl.Expr | None:
    try:
        return kind.suspects() if kind is not None and not kind.apart else None
    except Exception:  # a broken expression hides nothing: `check` then looks at every line
        return None


def _unclear(kind: RuleKind, facts: Facts) -> bool:
    try:
        return kind.check(facts) is not None
    except Exception:  # whatever it is, `judge` says it
        return True


def _vectorised(lines: Sequence[Facts], groups: Sequence[Group], asked: Sequence[Asked], found: Suspects) -> None:
    """Compare the lines of each row at once. Lines that columns cannot hold are looked at by every kind."""
    frame, odd = framed(lines, {name for _, expression, _ in asked for name in expression.meta.root_names()})
    for kind, expression, places in asked:
        if len(places) == len(lines):
            _add(found, kind, _suspected(frame, expression, range(len(lines))))
        else:
            _add(found, kind, _suspected(frame[places], expression, places))
    for group in groups if odd else ():
        for place in odd.intersection(group.places):
            found[place].update(group.selected)


def _suspected(part: pl.DataFrame, expression: pl.Expr, places: Sequence[int]) -> Iterable[int]:
    try:
        doubtful = part.select(expression.fill_null(True).alias("doubtful"))["doubtful"]
        if doubtful.dtype != pl.Boolean or len(doubtful) != len(places):
            return places
        return [places[at] for at in doubtful.arg_true().to_list()]
    except Exception:  # a broken expression hides nothing: `check` then looks at every line
        return places
