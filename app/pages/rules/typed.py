"""A row of a draft as somebody typed it: the texts of its fields, and what they mean. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from pydantic import JsonValue

from app.components import format as shown
from app.intake import rules_file
from app.timekeeping.local_time import meant_here
from app.words.money import NotAPrice, UnknownCurrency, format_price, parse_price
from rules.kinds.form import FieldKind, FormField
from rules.ruleset import Parameter, Rule

Typed = Mapping[str, str]
MOMENTS = ("valid_from", "valid_to")
PLAIN = ("kind", "severity", "owner", "rationale")
PARAMETER, SCOPE = "parameters.", "scope."


@dataclass(frozen=True)
class Understood:
    """The fields of a row that were understood, and why others were not, by the name of their field."""

    fields: dict[str, JsonValue]
    bad: dict[str, str]


def understood(typed: Typed, fields: Iterable[FormField]) -> Understood:
    """Read a whole form."""
    said: dict[str, JsonValue] = {name: typed.get(name, "").strip() for name in PLAIN}
    bad: dict[str, str] = {}
    scope = {name: rules_file.named(name, typed.get(SCOPE + name, "").strip()) for name in rules_file.SCOPE}
    said["scope"] = {name: value for name, value in scope.items() if value}
    for name in MOMENTS:
        try:
            said[name] = _moment(typed.get(name, "").strip())
        except (ValueError, OverflowError):
            bad[name] = "This is no day and time that there is."
    parameters: dict[str, JsonValue] = {}
    for field in fields:
        text = typed.get(PARAMETER + field.name, "").strip()
        try:
            if text:
                parameters[field.name] = _parameter(field, text, str(scope["currency"] or ""))
        except ValueError as wrong:
            bad[PARAMETER + field.name] = str(wrong)
    return Understood(said | {"parameters": parameters}, bad)


def touched(typed: Typed, was: Typed) -> Typed:
    """Return the texts that are others than they were as the row was opened."""
    return {name: text for name, text in typed.items() if text.strip() != was.get(name, "").strip()}


def changed(fields: Mapping[str, JsonValue], other: Typed) -> dict[str, JsonValue]:
    """Return the fields of a row of which a text was touched."""
    names = {_field(name) for name in other}
    if "kind" in names:
        names.add("parameters")
    return {name: value for name, value in fields.items() if name in names}


def texts_of(rule: Rule, fields: Iterable[FormField]) -> dict[str, str]:
    """Return what stands in each field of a row's form as it is opened."""
    texts = {name: str(getattr(rule, name)) for name in PLAIN}
    for name in MOMENTS:
        at: datetime | None = getattr(rule, name)
        texts[name] = f"{shown.local(at):%Y-%m-%dT%H:%M}" if at else ""
    for name in rules_file.SCOPE:
        value: str | tuple[str, ...] | None = getattr(rule.scope, name)
        texts[SCOPE + name] = "\n".join(value) if isinstance(value, tuple) else value or ""
    for field in fields:
        texts[PARAMETER + field.name] = parameter_text(
            field, rule.parameters.get(field.name), rule.scope.currency or ""
        )
    return texts


def parameter_text(field: FormField, value: Parameter | None, currency: str) -> str:
    """Return what stands in the field of a parameter."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if field.kind is FieldKind.PERCENT and isinstance(value, int):
        return f"{Decimal(value) / 100:f}"
    if field.kind is FieldKind.MONEY and isinstance(value, int) and currency:
        return format_price(value, currency)
    return str(value)


def _parameter(field: FormField, text: str, currency: str) -> JsonValue:
    match field.kind:
        case FieldKind.PERCENT:
            return _basis_points(text)
        case FieldKind.MONEY if currency:
            return _money(text, currency)
        case FieldKind.INTEGER | FieldKind.MONEY:
            return _whole(text)
        case FieldKind.INTEGERS:
            return [_whole(part) for part in text.replace(",", " ").replace(";", " ").split()]
        case FieldKind.YES_NO:
            return text == "yes"
        case FieldKind.CHOICE:
            return next((_json(one) for one in field.choices if str(one) == text), text)
    return text


def _basis_points(text: str) -> int:
    plain = text.removesuffix("%").strip().replace(",", ".")
    try:
        points = Decimal(plain) * 100
    except InvalidOperation:
        raise ValueError(f"“{text[:20]}” is no percentage; write a number such as 12.5.") from None
    if not points.is_finite() or points != points.to_integral_value() or abs(points) > 10**9:
        raise ValueError(f"“{text[:20]}” is finer than a hundredth of a percent, or far too much.")
    return int(points)


def _money(text: str, currency: str) -> int:
    try:
        return parse_price(text, currency)
    except (NotAPrice, UnknownCurrency) as wrong:
        raise ValueError(str(wrong)) from None


def _whole(text: str) -> int:
    plain = text.strip().lstrip("-")
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 19):
        raise ValueError(f"“{text[:20]}” is no whole number.")
    return int(text)


def _moment(text: str) -> str | None:
    return meant_here(datetime.fromisoformat(text)).isoformat() if text else None


def _field(name: str) -> str:
    return name.partition(".")[0]


def _json(value: Parameter) -> JsonValue:
    return list(value) if isinstance(value, tuple) else value
