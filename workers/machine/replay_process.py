"""A replay of a rule set in a process of its own, which ends with the one that started it."""

import os
import subprocess
import sys
from typing import Final

from workers.machine.parent import SUPERVISED

COMMAND: Final = "carry-out-replay"


def start(replay_id: str) -> subprocess.Popen[bytes]:
    """Start it."""
    command = [sys.executable, "-m", "workers", COMMAND, replay_id]
    return subprocess.Popen(command, env={**os.environ, SUPERVISED: str(os.getpid())})  # noqa: S603
