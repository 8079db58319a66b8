"""What changed between two rule sets, row by row, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.words.instants import written
from app.words.percent import exact_percent
from rules.registry import kind_words
from rules.rule import Parameter, Rule
from rules.ruleset import RuleSet

_BP = "_bp"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that is different about a row, in words: `limit`, `10.0 %`, `12.0 %`."""

    field: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """Say it: `limit from 10.0 % to 12.0 %`."""
        return f"{self.field} from {self.before} to {self.after}"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A row that is there in one set, in the other, or in both but different. `fields` tell what, `sentence` all."""

    rule: str
    before: Rule | None
    after: Rule | None
    fields: tuple[FieldChange, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Difference:
    """How to get from one rule set to another. Rows are the same row if they have the same id."""

    added: tuple[RuleChange, ...]
    removed: tuple[RuleChange, ...]
    changed: tuple[RuleChange, ...]
    mandatory: tuple[str, ...] = ()
    """Sentences about kinds that became mandatory, or no longer are."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.mandatory)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return everything in words."""
        return (*self.mandatory, *(row.sentence for row in (*self.changed, *self.added, *self.removed)))


def difference(before: RuleSet, after: RuleSet) -> Difference:
    """Compare two rule sets. Order and number of the sets do not matter; nothing else is passed over."""
    olds, news = ({rule.id: rule for rule in rules.rules} for rules in (before, after))
    return Difference(
        added=tuple(_added(rule) for name, rule in news.items() if name not in olds),
        removed=tuple(_removed(rule) for name, rule in olds.items() if name not in news),
        changed=tuple(_changed(olds[name], rule) for name, rule in news.items() if name in olds and olds[name] != rule),
        mandatory=tuple(_mandatory(set(before.mandatory), set(after.mandatory))),
    )


def described(rule: Rule) -> str:
    """Say a whole row: `margin at least, limit 10.0 %, for category Tea, hard`."""
    limits = [f"{_name(name)} {_value(name, value)}" for name, value in rule.parameters.items()]
    times = [f"{word} {written(at)}" for word, at in (("from", rule.valid_from), ("until", rule.valid_to)) if at]
    said = [kind_words(rule.kind).condition, *limits, f"for {rule.scope.sentence()}", rule.severity.lower(), *times]
    return ", ".join(said)


def _added(rule: Rule) -> RuleChange:
    return RuleChange(rule.id, None, rule, (), f"Rule {rule.id} was added: {described(rule)}.")


def _removed(rule: Rule) -> RuleChange:
    return RuleChange(rule.id, rule, None, (), f"Rule {rule.id} was removed: {described(rule)}.")


def _changed(before: Rule, after: Rule) -> RuleChange:
    fields = tuple(_fields(before, after))
    said = "; ".join(field.sentence for field in fields)
    return RuleChange(after.id, before, after, fields, f"Rule {after.id}: {said}.")


def _fields(before: Rule, after: Rule) -> Iterator[FieldChange]:
    olds, news = _told(before), _told(after)
    for field in dict.fromkeys((*olds, *news)):
        old, new = olds.get(field, "none"), news.get(field, "none")
        if old != new:
            yield FieldChange(field, old, new)
    if before.scope != after.scope and olds["scope"] == news["scope"]:
        yield FieldChange("scope", *_lists(before, after))


def _told(rule: Rule) -> dict[str, str]:
    """Return everything about a row, by what it is called."""
    said = {"kind": kind_words(rule.kind).condition, "severity": rule.severity.lower(), "scope": rule.scope.sentence()}
    said |= {_name(name): _value(name, value) for name, value in rule.parameters.items()}
    said |= {word: written(at) for word, at in (("start", rule.valid_from), ("end", rule.valid_to)) if at}
    return said | {"owner": rule.owner or "nobody", "reason": f"“{rule.rationale}”" if rule.rationale else "none"}


def _lists(before: Rule, after: Rule) -> tuple[str, str]:
    """Tell two lists of SKUs apart that read alike when shortened, or two names that differ in case and blanks."""
    old, new = before.scope.listed or frozenset(), after.scope.listed or frozenset()
    gone, come = sorted(old - new), sorted(new - old)
    return f"one with {', '.join(gone) or 'no other SKU'}", f"one with {', '.join(come) or 'no other SKU'}"


def _name(parameter: str) -> str:
    return parameter.removesuffix(_BP).replace("_", " ")


def _value(name: str, value: Parameter) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name.endswith(_BP):
        return exact_percent(value)
    if isinstance(value, tuple):
        return ", ".join(f"{each:,}" for each in value)
    return f"{value:,}" if isinstance(value, int) else value


def _mandatory(before: set[str], after: set[str]) -> Iterator[str]:
    for kind in sorted(after - before):
        yield f"Kind {kind} became mandatory: a product without such a rule cannot pass."
    for kind in sorted(before - after):
        yield f"Kind {kind} is no longer mandatory: products without such a rule pass it."
