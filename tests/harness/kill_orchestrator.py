"""Kills the orchestrating process while canaries go out, and asks the independent checker what became of the waves.

    python -m tests.harness.kill_orchestrator --kills 200
    python -m tests.harness.kill_orchestrator --breach --skus 27555     one large canary, a breach in wave 2

Prints one JSON object; the exit status tells whether anything was lost or happened twice.
"""

import argparse
import json
import sys
from dataclasses import asdict
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.stories import breach_in_wave_two, kill_during_waves, running


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--skus", type=int, default=800)
    asked.add_argument("--at-once", type=int, default=4)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--bake", type=int, default=30)
    asked.add_argument("--breach", action="store_true")
    given = asked.parse_args()
    skus, price = [f"K{n:06d}" for n in range(given.skus)], count(100_10, 10)
    with TemporaryDirectory(prefix="baton-kills-") as folder, running(Path(folder)) as baton:
        baton.stock(skus)
        if given.breach:
            found = breach_in_wave_two(baton, skus, next(price), bake_seconds=given.bake, patience=600)
            print(json.dumps(found))
            return 1 if found["faults"] else 0
        toll = kill_during_waves(baton, price, skus, kills=given.kills, at_once=given.at_once, seed=given.seed)
    print(json.dumps(asdict(toll)))
    return 1 if toll.faults else 0


if __name__ == "__main__":
    sys.exit(main())
