"""Finds the rows that cover a line without walking all of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from rules.scope import Scope


class Scoped(Protocol):
    """What stands in the index: something with a scope."""

    @property
    def scope(self) -> Scope: ...  # noqa: D102


Row = TypeVar("Row", bound=Scoped)
Key = tuple[str | None, ...]


class ScopeIndex(Generic[Row]):
    """Rows by what their scopes name: a look-up per combination of dimensions in use, not one per row."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Index the rows. The order of equally specific rows stays."""
        self.skus: dict[str, tuple[int, ...]] = {}
        """Which rows name a SKU, by their places; lines with the same answer and dimensions have the same rows."""
        self.dimensions: set[str] = set()
        """What scopes name besides SKUs."""
        self._shapes: list[tuple[tuple[str, ...], dict[Key, list[Row]]]] = []
        shapes: dict[tuple[str, ...], dict[Key, list[Row]]] = {}
        for place, row in enumerate(sorted(rows, key=lambda row: -row.scope.specificity)):
            self._mark(place, row.scope)
            self.dimensions.update(row.scope.named)
            shape, keys = _keys(row.scope)
            if shape not in shapes:
                shapes[shape] = {}
                self._shapes.append((shape, shapes[shape]))
            for key in keys:
                shapes[shape].setdefault(key, []).append(row)

    def covering(self, line: Mapping[str, str | None]) -> Iterator[Row]:
        """Give the rows whose scope covers a line (`dimensions_of`), the most specific first."""
        for shape, rows in self._shapes:
            found = rows.get(tuple([line.get(dimension) for dimension in shape]))
            if found is not None:
                yield from found

    def _mark(self, place: int, scope: Scope) -> None:
        for sku in scope.skus or ():
            self.skus[sku] = (*self.skus.get(sku, ()), place)


def _keys(scope: Scope) -> tuple[tuple[str, ...], list[Key]]:
    """Return which dimensions a scope names, and the values under which it is found: one, or one for each SKU."""
    shape, values = tuple(scope.named), tuple(scope.named.values())
    if scope.skus is None:
        return shape, [values]
    return (*shape, "sku"), [(*values, sku) for sku in scope.skus]
