"""Rule sets with something broken in them: each is refused, or judges nothing clean, or is told before activation."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from rules import registry
from rules.coverage import Shelf, coverage
from rules.engine import judge
from rules.facts import Facts, FamilyMember
from rules.finding import Severity, Verdict
from rules.ruleset import BrokenRuleSet, Parameter, Rule, RuleSet
from rules.scope import folded
from tests.rules.generated import ALL, ENDING, FALL, FLOOR, LADDER, LOWEST, MINIMUM, NEAR, OFTEN, PACK, RISE, SANE

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MUTATIONS = 10_500
SHELF = Shelf("Tea", "Green", "Kettle", "INR", None, 40)
GIVEN: dict[str, dict[str, Parameter]] = {
    FLOOR: {"limit_bp": 1_000}, RISE: {"limit_bp": 1_500}, NEAR: {"limit_bp": 1_000}, FALL: {"limit_bp": 3_000},
    ENDING: {"digits": 2, "endings": (90, 99)}, MINIMUM: {"required": True}, OFTEN: {"most": 3},
    LADDER: {"limit_bp": 100}, PACK: {"required": True}, LOWEST: {"limit_bp": 100},
    SANE: {"decimals": 2, "least": 5_00, "most": 20_000_00, "factor": 100},
}  # fmt: skip
WHOLE = RuleSet(
    number=7,
    rules=tuple(Rule(id=kind, kind=kind, severity=Severity.SOFT, parameters=GIVEN[kind]) for kind in ALL),
    mandatory=ALL,
)
CLEAN = Facts(
    "T1", "Tea", "Kettle", "INR", 100_90, 99_90, 70_00, 98_00, None, 100_00, sub_category="Green", lowest_month=101_90,
    changes_month=1, minimum_advertised=90_00, pack_size=6, content=500, rank=2,
    family=(FamilyMember("T2", 80_00, 1, 1, 500), FamilyMember("T3", 200_00, 3, 24, 500)),
)  # fmt: skip

NO_NUMBER: tuple[object, ...] = (
    "1000",
    "",
    1000.5,
    1e3,
    True,
    None,
    -1,
    -(10**9),
    10**30,
    [],
    [1000],
    {},
    {"limit": 1},
    "ten",
)
NO_TEXT: tuple[object, ...] = (None, 7, True, [], {}, "", "x" * 65)
NO_TIME: tuple[object, ...] = ("", "tomorrow", "2026-11-23T09:00:00", "2026-13-01T00:00:00Z", 7.5, [], {}, True)
Json = dict[str, object]


def letter(made: Random, word: str) -> str:
    """The word with one letter wrong, missing, doubled or in another case."""
    place = made.randrange(len(word))
    wrong = made.choice(("", word[place] * 2, "x", word[place].upper(), " "))
    found = word[:place] + wrong + word[place + 1 :]
    return found if found != word else f"{word}s"


def parameter_value(made: Random, row: Json) -> None:
    parameters = row["parameters"]
    assert isinstance(parameters, dict)
    name = made.choice(sorted(parameters))
    wrong = {
        "required": (0, 1, "yes", None, [], {}),
        "endings": (90, "90", [], [100], [-1], [9.5], ["90"], [True], None),
    }
    parameters[name] = made.choice(wrong.get(name, NO_NUMBER))


def parameter_name(made: Random, row: Json) -> None:
    parameters = row["parameters"]
    assert isinstance(parameters, dict)
    name = made.choice(sorted(parameters))
    parameters[letter(made, name)] = parameters.pop(name)


def parameters_whole(made: Random, row: Json) -> None:
    row["parameters"] = made.choice((None, [], "limit_bp", 7, {"limit": 5}, {"": 0}, {"limit_bp": {"limit_bp": 5}}))


def kind(made: Random, row: Json) -> None:
    row["kind"] = made.choice((letter(made, str(row["kind"])), *NO_TEXT))


def severity(made: Random, row: Json) -> None:
    row["severity"] = made.choice(("hard", "Soft", "NONE", "", None, 0, 1, True, [], "HARD "))


def name(made: Random, word: str) -> str:
    """A name with a letter wrong that is not merely written in another case, which scopes do not mind."""
    found = letter(made, word)
    return found if folded(found) != folded(word) else f"{word}s"


def scope(made: Random, row: Json) -> None:
    row["scope"] = made.choice((
        {"categroy": "Tea"}, {"category": ""}, {"category": " "}, {"category": 7}, {"category": ["Tea"]}, "Tea", [],
        {"skus": []}, {"skus": "T1"}, {"skus": [7]}, {"skus": ["=1+1"]}, {"skus": ["T1", ""]}, {"sku": "T1"}, None,
        {"skus": {}},
        {"category": name(made, "Tea")}, {"brand": name(made, "Kettle")}, {"sub_category": name(made, "Green")},
        {"currency": "EUR"}, {"channel": "web"}, {"skus": ["T9"]},
    ))  # fmt: skip


def validity(made: Random, row: Json) -> None:
    row[made.choice(("valid_from", "valid_to"))] = made.choice(NO_TIME)


def backwards(made: Random, row: Json) -> None:
    row["valid_from"], row["valid_to"] = (
        "2026-12-01T00:00:00Z",
        made.choice(("2026-12-01T00:00:00Z", "2026-01-01T00:00:00Z")),
    )


def ended(made: Random, row: Json) -> None:
    row["valid_to"] = "2026-11-23T09:00:00Z"


def not_begun(made: Random, row: Json) -> None:
    row["valid_from"] = f"2026-11-23T09:00:{made.randrange(1, 60):02d}Z"


def field_name(made: Random, row: Json) -> None:
    name = made.choice(("id", "kind", "severity", "parameters", "scope", "valid_from", "owner"))
    row[letter(made, name)] = row.pop(name)


def field_gone(made: Random, row: Json) -> None:
    del row[made.choice(("id", "kind", "severity", "parameters"))]


def identity(made: Random, row: Json) -> None:
    row["id"] = made.choice(NO_TEXT)


ROW: tuple[Callable[[Random, Json], None], ...] = (
    parameter_value, parameter_value, parameter_value, parameter_name, parameters_whole, kind, severity, scope, scope,
    validity, backwards, ended, not_begun, field_name, field_gone, identity,
)  # fmt: skip


def mutated(made: Random) -> str:
    """The set as JSON with one thing broken: in a row, in the set, or in the text itself."""
    says = json.loads(WHOLE.to_json())
    rows = says["rules"]
    place = made.randrange(len(rows))
    match made.randrange(20):
        case 0:
            del rows[place]
        case 1:
            rows.append(dict(rows[place], id=made.choice(("new", rows[0]["id"]))))
        case 2:
            rows[place] = made.choice((None, 7, "rule", [], {}))
        case 3:
            says[made.choice(("number", "rules"))] = made.choice((None, 0, -1, "7", 7.5, {}, [], [[]]))
        case 4:
            says[letter(made, "rules")] = says.pop("rules")
        case 5:
            whole = json.dumps(says)
            return whole[: made.randrange(len(whole) - 1)]
        case _:
            made.choice(ROW)(made, rows[place])
    return json.dumps(says)


def outcome(says: str) -> str:
    """How a broken set comes to light; empty if it does not."""
    try:
        rules = RuleSet.from_json(says)
    except BrokenRuleSet as refusal:
        return "refused" if str(refusal).strip() else ""
    kinds = registry.kinds()
    told = rules.faults(kinds) or coverage(rules, [SHELF], NOW, kinds, {"T1": SHELF}).sentences
    hard = judge(CLEAN, rules, NOW, kinds=kinds).verdict is Verdict.HARD
    return "told before activation, and hard" if told and hard else ""


def test_the_whole_set_passes_the_line_that_no_broken_one_passes() -> None:
    assert judge(CLEAN, WHOLE, NOW).verdict is Verdict.CLEAN
    assert WHOLE.faults(registry.kinds()) == []
    assert coverage(WHOLE, [SHELF], NOW, registry.kinds(), {"T1": SHELF}).sentences == ()


def test_not_one_of_10500_broken_sets_passes_a_line_in_silence() -> None:
    made = Random(2026)
    found: Counter[str] = Counter()
    for _ in range(MUTATIONS):
        says = mutated(made)
        found[come_to_light := outcome(says)] += 1
        assert come_to_light, says
    assert min(found.values()) > 1_000, "both ways are taken"
