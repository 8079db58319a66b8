"""Reads the stores of a Baton and says what a canary really did. Imports nothing of the product.

    python tests/harness/check_canary.py DATA_DIR PC-12 rolled-back [--waves 1,2] [--before SNAPSHOT.json]
    python tests/harness/check_canary.py DATA_DIR PC-12 published
    python tests/harness/check_canary.py DATA_DIR - snapshot > SNAPSHOT.json

`rolled-back` holds if exactly the SKUs of the waves that went out (`--waves`, if given, says which these must be) are
back at their earlier price in the price list and in every context, one version on from the undone one, and every other
SKU is where it was. `published` holds if every line of every wave was announced once and stands everywhere. With a
snapshot taken before, every price of every SKU of the store is compared, whatever the store says of itself.

Prints one JSON object; `faults` is empty if it holds, and the exit status tells the same.
"""

import argparse
import json
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

NO_CONTEXTS = {"pricing"}


def rows(path: Path, query: str, *values: object) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()


def contexts(data: Path) -> dict[str, dict[str, tuple[int, int]]]:
    """Return what every context believes: `{context: {sku: (price, version)}}`."""
    found = {}
    for path in sorted(data.glob("*.db")):
        tables = {row[0] for row in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
        if path.stem not in NO_CONTEXTS and "belief" in tables:
            believed = rows(path, "SELECT sku, price, version FROM belief")
            found[path.stem] = {row["sku"]: (row["price"], row["version"]) for row in believed}
    return found


def prices(data: Path) -> dict[str, tuple[int, int]]:
    listed = rows(data / "pricing.db", "SELECT sku, amount, version FROM price")
    return {row["sku"]: (row["amount"], row["version"]) for row in listed}


def snapshot(data: Path) -> dict[str, object]:
    return {"prices": prices(data), "contexts": contexts(data)}


class Canary:
    """One proposal, as its rows tell it."""

    def __init__(self, data: Path, reference: str) -> None:
        self.data = data
        store = data / "pricing.db"
        (self.proposal,) = rows(store, "SELECT * FROM proposal WHERE number = ?", int(reference.removeprefix("PC-")))
        self.id = self.proposal["id"]
        self.lines = {row["sku"]: row for row in rows(store, "SELECT * FROM line WHERE proposal_id = ?", self.id)}
        self.waves = rows(store, "SELECT * FROM canary_wave WHERE proposal_id = ? ORDER BY number", self.id)
        self.out = [wave["number"] for wave in self.waves if wave["published_at"]]
        self.history = rows(store, "SELECT * FROM price_history WHERE proposal_id = ? ORDER BY sku, version", self.id)
        self.events = [
            (row["stream"], json.loads(row["payload"]))
            for row in rows(store, "SELECT * FROM outbox_event WHERE correlation_id = ? ORDER BY stream, seq", self.id)
        ]

    def announced(self, kind: str) -> list[dict]:
        return [event for _, event in self.events if event["type"] == kind]

    def gone_out(self) -> set[str]:
        return {sku for sku, line in self.lines.items() if line["wave"] in self.out}


def sent_once(canary: Canary, kind: str, expected: set[str]) -> list[str]:
    """Say what was announced to SKUs it should not, more than once, or not at all."""
    counted = Counter(event["sku"] for event in canary.announced(kind))
    faults = [f"{sku}: {kind} announced {n} times" for sku, n in sorted(counted.items()) if n != 1]
    faults += [f"{sku}: {kind} announced, though it should not" for sku in sorted(set(counted) - expected)]
    return faults + [f"{sku}: {kind} never announced" for sku in sorted(expected - set(counted))]


def waves_once(canary: Canary) -> list[str]:
    """Say which waves are not told exactly once by the audit trail, and whether one was skipped."""
    told = rows(
        canary.data / "pricing.db",
        "SELECT action, detail FROM audit_entry WHERE chain = ? AND action IN ('release', 'advance', 'continue')",
        canary.id,
    )
    out = [json.loads(row["detail"])["lines"] for row in told]
    grown = [after for before, after in zip([0, *out], out, strict=False) if after > before]
    sizes, total = [], 0
    for wave in canary.waves:
        if wave["published_at"]:
            total += sum(line["wave"] == wave["number"] and line["published_version"] is not None
                         for line in canary.lines.values())  # fmt: skip
            sizes.append(total)
    numbers = [wave["number"] for wave in canary.waves]
    faults = [] if grown == sizes else [f"the audit tells of waves growing to {grown}, the lines of {sizes}"]
    return faults + ([] if canary.out == numbers[: len(canary.out)] else [f"waves {canary.out} went out of {numbers}"])


def undone_in_reverse(canary: Canary) -> list[str]:
    """Say on which partition an earlier wave was undone before a later one."""
    faults, last = [], {}
    for stream, event in canary.events:
        if event["type"] == "price-change-rolled-back.v1":
            wave = canary.lines[event["sku"]]["wave"]
            if wave > last.get(stream, wave):
                faults.append(f"{stream}: wave {wave} undone after wave {last[stream]}")
            last[stream] = wave
    return faults


def stand_at(canary: Canary, skus: set[str], column: str, version_on: int) -> list[str]:
    """Say where SKUs do not stand at a line's price, so many versions on from the one its verdict was reached on."""
    faults = []
    places = {"the price list": prices(canary.data), **contexts(canary.data)}
    for place, known in places.items():
        for sku in sorted(skus):
            line = canary.lines[sku]
            wanted = (line[column], line["base_version"] + version_on)
            if known.get(sku) != wanted:
                faults.append(f"{sku} in {place}: {known.get(sku)} instead of {wanted}")
    return faults


def untouched(canary: Canary, touched: set[str], before: dict | None) -> list[str]:
    """Say what of the rest was touched: by this proposal's own account, by any context's, and against the snapshot."""
    faults = [f"{row['sku']} has history of this proposal" for row in canary.history if row["sku"] not in touched]
    for path in sorted(canary.data.glob("*.db")):
        if path.stem in contexts(canary.data):
            for row in rows(path, "SELECT payload FROM said WHERE correlation_id = ?", canary.id):
                said = json.loads(row["payload"])
                items = [
                    item for part in ("applied", "ignored", "reverted", "unaffected") for item in said.get(part, ())
                ]
                named = {item["sku"] for item in items} | ({said["sku"]} if "sku" in said else set())
                faults += [f"{path.stem} spoke of {sku}" for sku in sorted(named - touched)]
    if before is not None:
        places = {"the price list": (before["prices"], prices(canary.data))}
        now = contexts(canary.data)
        places |= {name: (known, now.get(name, {})) for name, known in before["contexts"].items()}
        for place, (was, is_) in places.items():
            for sku in sorted((set(was) | set(is_)) - touched):
                if tuple(was.get(sku, ())) != tuple(is_.get(sku, ())):
                    faults.append(f"{sku} in {place}: was {was.get(sku)}, is {is_.get(sku)}")
    return faults


def rolled_back(canary: Canary, waves: list[int] | None, before: dict | None) -> list[str]:
    touched = canary.gone_out()
    rest = set(canary.lines) - touched
    faults = [] if canary.proposal["status"] == "ROLLED_BACK" else [f"the status is {canary.proposal['status']}"]
    if waves is not None and canary.out != waves:
        faults.append(f"waves {canary.out} went out instead of {waves}")
    faults += waves_once(canary)
    faults += sent_once(canary, "price-change-published.v1", touched)
    faults += sent_once(canary, "price-change-rolled-back.v1", touched)
    faults += undone_in_reverse(canary)
    faults += stand_at(canary, touched, "old", 2) + stand_at(canary, rest, "old", 0)
    return faults + untouched(canary, touched, before)


def published(canary: Canary, before: dict | None) -> list[str]:
    everything = set(canary.lines)
    faults = [] if canary.proposal["status"] == "PUBLISHED" else [f"the status is {canary.proposal['status']}"]
    if len(canary.out) != len(canary.waves):
        faults.append(f"only waves {canary.out} of {len(canary.waves)} went out")
    faults += waves_once(canary) + sent_once(canary, "price-change-published.v1", everything)
    faults += stand_at(canary, everything, "new", 1)
    return faults + untouched(canary, everything, before)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("reference")
    asked.add_argument("must_be", choices=["rolled-back", "published", "snapshot"])
    asked.add_argument("--waves", help="the waves that must have gone out, such as 1,2")
    asked.add_argument("--before", type=Path, help="a snapshot taken before")
    given = asked.parse_args()
    if given.must_be == "snapshot":
        print(json.dumps(snapshot(given.data)))
        return 0
    canary = Canary(given.data, given.reference)
    before = json.loads(given.before.read_text()) if given.before else None
    waves = [int(number) for number in given.waves.split(",")] if given.waves else None
    faults = rolled_back(canary, waves, before) if given.must_be == "rolled-back" else published(canary, before)
    print(json.dumps({
        "reference": given.reference, "status": canary.proposal["status"], "waves_out": canary.out,
        "skus_out": len(canary.gone_out()), "skus_of_proposal": len(canary.lines),
        "skus_of_store": len(prices(given.data)), "contexts": sorted(contexts(given.data)),
        "faults": faults[:50], "number_of_faults": len(faults),
    }))  # fmt: skip
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
