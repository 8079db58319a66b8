"""Finds in bulk the lines that need an explanation. It may suspect too many, never too few."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import polars as pl

from rules.columns import framed
from rules.facts import Facts
from rules.kinds.kind import RuleKind
from rules.prepared import Group, rows_of

FEW_OF_A_ROW = 40
"""For so few lines of a row, asking `check` is quicker than a vectorised comparison."""

Asked = tuple[RuleKind, pl.Expr, list[int]]


def suspects(lines: Sequence[Facts], groups: Sequence[Group], mandatory: Collection[str]) -> set[int]:
    """Return the places of lines that may have a finding: those a rule suspects, and those polars cannot hold.

    What kinds in other processes say is known already, so these are not asked here.
    """
    found = set(_uncovered(groups, mandatory))
    asked: list[Asked] = []
    for row, places in rows_of(groups):
        if row.kind is not None and row.kind.apart:
            continue
        expression = _expression(row.kind)
        if row.kind is None or expression is None:
            found.update(places)
        elif len(places) <= FEW_OF_A_ROW:
            kind = row.kind
            found.update(place for place in places if _unclear(kind, lines[place]))
        else:
            asked.append((row.kind, expression, places))
    return found | _vectorised(lines, asked)


def _uncovered(groups: Sequence[Group], mandatory: Collection[str]) -> Iterator[int]:
    for group in groups:
        if any(row is None and kind in mandatory for kind, row in group.selected.items()):
            yield from group.places


def _expression(kind: RuleKind | None) -> pl.Expr | None:
    try:
        return kind.suspects() if kind is not None else None
    except Exception:  # a broken expression hides nothing: `check` then looks at every line
        return None


def _unclear(kind: RuleKind, facts: Facts) -> bool:
    try:
        return kind.check(facts) is not None
    except Exception:  # whatever it is, `judge` says it
        return True


def _vectorised(lines: Sequence[Facts], asked: Sequence[Asked]) -> set[int]:
    named = {name for _, expression, _ in asked for name in expression.meta.root_names()}
    frame, odd = framed(lines, named)
    found = set(odd)
    for _, expression, places in asked:
        part = frame if len(places) == len(lines) else frame[places]
        found.update(_suspected(part, expression, places if len(places) != len(lines) else range(len(lines))))
    return found


def _suspected(part: pl.DataFrame, expression: pl.Expr, places: Sequence[int]) -> Iterable[int]:
    try:
        doubtful = part.select(expression.fill_null(True).alias("doubtful"))["doubtful"]
        if doubtful.dtype != pl.Boolean or len(doubtful) != len(places):
            return places
        return [places[at] for at in doubtful.arg_true().to_list()]
    except Exception:  # a broken expression hides nothing: `check` then looks at every line
        return places
