"""A kind of another package does its work in a process of its own; whatever else it does, nothing passes by it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules import foreign, prepared, registry
from rules.engine import judge, judge_many, passing_price
from rules.facts import Facts, FamilyMember
from rules.finding import Finding, RuleOutcome, Severity, Verdict
from rules.foreign import Child
from rules.kinds.form import fields_of
from rules.ruleset import SEED_RULE_SET, Parameter, Rule, RuleSet

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "baton-charm-price"
CLEAN = Facts("T1", "Tea", "Kettle", "INR", 99_50, 99_60, 70_00)

MOODY = """
import os, subprocess, sys, time
from typing import ClassVar
from rules.kinds.kind import Breach, CannotBeJudged, RuleKind

class Moody(RuleKind):
    name: ClassVar[str] = "moody"
    limit: int = 3

    def check(self, facts):
        mood = facts.brand
        if mood == "raises": raise ZeroDivisionError("secret")
        if mood == "cannot": raise CannotBeJudged("It is Monday.")
        if mood == "loops":
            while True: pass
        if mood == "sleeps": time.sleep(3600)
        if mood == "exits": os._exit(0)
        if mood == "quits": sys.exit(3)
        if mood == "prints": print("x" * 100_000, flush=True); return None
        if mood == "true": return True
        if mood == "text": return "fine"
        if mood == "floods": return Breach(None, None, None, "x" * 10_000_000)
        if mood == "long": return Breach(None, None, None, "x" * 5_000)
        if mood == "silent": return Breach(None, None, None, " ")
        if mood == "float": return Breach(1.5, None, None, "m")
        if mood == "huge": return Breach(10 ** 30, None, None, "m")
        if mood == "zero": return Breach(None, None, 0, "m")
        if mood == "environment": return Breach(None, None, None, ",".join(sorted(os.environ)) or "nothing")
        if mood == "writes": open("/tmp/written-by-a-rule", "w").write("x")
        if mood == "whole": return Breach(len(facts.family), facts.family[0].price, facts.new, sorted(facts.too_old)[0])
        return None
"""


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is installed is looked up anew, and no child outlives its test."""
    children: list[Child] = []

    def child_of(kind: str) -> Child:
        children.append(Child(kind, limit=20, start=120))
        return children[-1]

    def forget() -> None:
        registry.kinds.cache_clear()
        registry._offered.cache_clear()
        foreign._descriptions.clear()
        prepared._prepared_once.cache_clear()

    monkeypatch.setattr(registry, "child_of", child_of)
    forget()
    yield
    forget()
    for child in children:
        child.stop()


def offer(folder: Path, monkeypatch: pytest.MonkeyPatch, package: str, source: str, *points: str) -> None:
    """A package as an installer leaves it."""
    about = folder / f"{package.replace('-', '_')}-0.3.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.3\n")
    (about / "entry_points.txt").write_text("[baton.rules]\n" + "\n".join(points))
    (folder / f"{package.replace('-', '_')}.py").write_text(source)
    monkeypatch.syspath_prepend(folder)


@pytest.fixture
def moody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path / "moody", monkeypatch, "moody", MOODY, "moody = moody:Moody")


def rules(kind: str, parameters: dict[str, Parameter] | None = None) -> RuleSet:
    rule = Rule(id="new", kind=kind, severity=Severity.SOFT, parameters=parameters or {})
    return RuleSet(number=2, rules=(*SEED_RULE_SET.rules, rule))


def found(mood: str) -> Finding | None:
    verdict = judge(replace(CLEAN, brand=mood), rules("moody"), NOW)
    return verdict.findings[0] if verdict.findings else None


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, installed as anybody would into a folder of its own."""
    source, target = tmp_path_factory.mktemp("source") / "example", tmp_path_factory.mktemp("target")
    shutil.copytree(EXAMPLE, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--no-index", "--target", target, source], check=True)
    return target


def test_the_example_installs_judges_and_stands_in_the_verdict(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(target)
    set_ = rules("charm_price", {"round_to": 100_00, "within": 5_00})

    assert set_.faults(registry.kinds()) == []
    assert judge(CLEAN, set_, NOW).verdict is Verdict.CLEAN
    (finding,) = judge(replace(CLEAN, new=100_00), set_, NOW).findings
    assert (finding.severity, finding.outcome, finding.passing_price) == ("SOFT", "BREACHED", 99_99)
    assert finding.origin == "baton-charm-price 1.2.0" == str(registry.origin("charm_price"))
    assert Finding.from_json(finding.as_json()) == finding
    assert "charm_price" not in sys.modules, "nothing of it is imported here"

    lines = [replace(CLEAN, new=price) for price in (*range(94_00, 101_00), 0)]
    assert judge_many(lines, set_, NOW) == [judge(line, set_, NOW) for line in lines]
    assert passing_price(replace(CLEAN, new=100_00), set_, NOW) == 99_99

    assert registry.kind_words("charm_price").title == "Round price"
    assert [(field.name, field.kind) for field in fields_of(registry.kinds()["charm_price"])] == [
        ("round_to", "money"),
        ("within", "money"),
    ]
    bad = rules("charm_price", {"round_to": 5, "within": True})
    (fault,) = bad.faults(registry.kinds())
    assert fault.startswith("Rule new: round_to: Input should be greater than or equal to 10; within: ")
    (unfit,) = judge(CLEAN, bad, NOW).findings
    assert (
        unfit.message == "Rule new cannot be applied, because its parameters do not fit its kind; tell the rule owner."
    )


def test_the_test_that_comes_with_the_example_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    scope: dict[str, Callable[[], None]] = {}
    exec(compile((EXAMPLE / "test_charm_price.py").read_text(), "test_charm_price.py", "exec"), scope)
    for name, test in scope.items():
        if name.startswith("test_"):
            test()
    del sys.modules["charm_price"]


def test_whatever_a_kind_does_instead_of_judging_is_hard_and_said(moody: None) -> None:
    nonsense = "Rule new gave no usable answer; tell the rule owner."
    ended = "Rule new ended before it answered; tell the rule owner."
    said = {
        "raises": "Rule new failed with ZeroDivisionError; tell the rule owner.",
        "cannot": "It is Monday.",
        "true": nonsense, "text": nonsense, "silent": nonsense, "float": nonsense, "huge": nonsense, "zero": nonsense,
        "exits": ended, "": None, "quits": ended, "prints": None, "floods": nonsense, "fine": None,
    }  # fmt: skip
    for mood, message in said.items():
        finding = found(mood)
        if finding is None:
            assert message is None, mood
        else:
            assert (finding.severity, finding.outcome, finding.message) == ("HARD", RuleOutcome.NOT_EVALUATED, message)
            assert finding.origin == "moody 0.3"
    assert "secret" not in str(said), "what an exception says may be anything"


def test_a_long_sentence_is_cut_and_no_setting_is_told(moody: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_DATABASE_URL", "postgresql://baton:secret@db")
    long, environment = found("long"), found("environment")
    assert long is not None
    assert len(long.message) == 500
    assert environment is not None
    assert "BATON" not in environment.message


def test_a_kind_sees_everything_that_is_known_of_a_line(moody: None) -> None:
    member = FamilyMember("T2", 88_00, 1, 2, 100, "INR")
    line = replace(CLEAN, brand="whole", too_old=frozenset({"cost"}), family=(member,))
    (finding,) = judge(line, rules("moody"), NOW).findings
    assert (finding.observed_bp, finding.limit_bp, finding.passing_price, finding.message) == (1, 88_00, 99_60, "cost")


@pytest.mark.parametrize("mood", ["loops", "sleeps"])
def test_a_kind_that_hangs_holds_nobody_up_and_what_it_judged_before_counts(mood: str, moody: None) -> None:
    kinds = registry.kinds()
    child = kinds["moody"].child
    assert found("fine") is None
    child._limit = 1.0
    lines = [replace(CLEAN, brand=brand) for brand in ("fine", "cannot", mood, "fine", "fine")]
    began = time.monotonic()
    verdicts = judge_many(lines, rules("moody"), NOW)
    assert time.monotonic() - began < 20
    late = "Rule new did not answer within 1.0 s and was stopped; tell the rule owner."
    assert [[finding.message for finding in verdict.findings] for verdict in verdicts] == [
        [], ["It is Monday."], [late], [late], [late],
    ]  # fmt: skip
    child._limit = 20.0
    assert found("fine") is None, "it was started anew"
    assert child.failures == 1


def test_a_kind_that_fails_again_and_again_is_left_alone_for_a_while(moody: None) -> None:
    child = registry.kinds()["moody"].child
    for _ in range(3):
        assert found("exits") is not None
    resting = found("fine")
    assert resting is not None
    assert resting.message == "Rule new failed several times in a row and is not asked again yet; tell the rule owner."
    child._rests_until = 0.0
    assert found("fine") is None


def test_a_package_that_cannot_be_imported_is_hard_and_has_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(tmp_path / "gone", monkeypatch, "gone", "raise RuntimeError", "gone_rule = gone:Gone")
    (finding,) = judge(CLEAN, rules("gone_rule"), NOW).findings
    assert finding.message == "Rule new could not be started: it ended before it answered; tell the rule owner."
    assert (finding.severity, finding.origin) == ("HARD", "gone 0.3")
    assert rules("gone_rule").faults(registry.kinds()) == [
        "Rule new: its kind could not be started: it ended before it answered"
    ]
    assert registry.kind_words("gone_rule").breaks == "break gone rule"
    assert fields_of(registry.kinds()["gone_rule"]) == ()


def test_a_package_cannot_replace_a_kind_of_ours_and_a_name_offered_twice_is_nobody_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(tmp_path / "a", monkeypatch, "one", MOODY, "margin_stays_above_floor = one:Moody", "moody = one:Moody")
    offer(tmp_path / "b", monkeypatch, "two", MOODY, "moody = two:Moody")
    assert set(registry.kinds()) == {kind.name for kind in registry.OUR_KINDS}
    assert registry.kinds()["margin_stays_above_floor"] is registry.SEED_KINDS[0]
    assert registry.origin("margin_stays_above_floor") is None
    (finding,) = judge(CLEAN, rules("moody"), NOW).findings
    assert "is not installed" in finding.message


def test_a_forked_process_asks_a_child_of_its_own(moody: None) -> None:
    assert found("fine") is None
    child = registry.kinds()["moody"].child
    foreign._children.append(child)
    try:
        process = child._process
        assert process is not None
        if (forked := os.fork()) == 0:
            os._exit(0 if child._process is None else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
        assert child._process is process
        assert found("fine") is None
    finally:
        foreign._children.remove(child)
