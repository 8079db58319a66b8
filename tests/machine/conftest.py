import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.ports import Held
from tests.waiting import PATIENCE, wait_for

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """One `baton up` in its own process group, as a terminal would start it."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.output = data.parent / f"{data.name}.out"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BATON_")}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers", "up", "--no-demo", "--port", str(port), "--data", str(data)],
                cwd=ROOT, env=clean, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.output.read_text()

    def ready(self) -> "Installation":
        wait_for(lambda: "(sign in" in self.said or self.process.poll() is not None, "the address")
        assert self.process.poll() is None, self.said
        return self

    def address(self) -> str:
        return self.said.split("Baton is at ")[1].split()[0]

    def port(self) -> int:
        """The port it took: the one asked for, or the next that was free."""
        return int(self.address().rpartition(":")[2])

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.address() + path, timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def processes(self) -> dict[str, psutil.Process]:
        """What runs, by its command without the interpreter; the dead are not counted."""
        running: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                running[" ".join(child.cmdline()[1:]).removeprefix("-m workers ")] = child
        return running

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(PATIENCE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    begun: list[Installation] = []
    held = Held()

    def begin(data: str = "data", port: int | None = None) -> Installation:
        begun.append(Installation(tmp_path / data, port or held.number))
        return begun[-1]

    yield begin
    for installation in begun:
        installation.stop()
    held.close()
