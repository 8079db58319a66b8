"""One whole Baton for the browser tests: every real process, on a free port and a temporary data directory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.ports import Held
from tests.waiting import PATIENCE, wait_for

ROOT = Path(__file__).resolve().parents[2]
PRODUCTS = 160
HEAD = "sku,name,category,subcategory,brand,currency,cost,price,competitor_price"


class Installation:
    """Started by `baton up`, stopped by its signal; nothing is shared with a Baton that runs beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.log = folder / "up.log"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("BATON_")} | {
            "BATON_DATA_DIR": str(folder / "data")
        }
        self._port = Held()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        port = str(self._port.number)
        command = [sys.executable, "-m", "workers", "up", "--port", port, "--data", str(self.folder / "data")]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.address = wait_for(self._announced, f"a ready Baton ({self.log})", patience=600)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
        self._port.close()

    def list_products(self) -> None:
        """List products that cost 100.00 and sell at 200.00, without a competitor: the price alone decides."""
        file = self.folder / "products.csv"
        rows = [
            f"E2E-{n:04d},Test Tea {n},Tea,Black tea,Kettle & Leaf,INR,100.00,200.00," for n in range(1, PRODUCTS + 1)
        ]
        file.write_text("\n".join([HEAD, *rows]) + "\n")
        done = subprocess.run(
            [sys.executable, "-m", "workers", "catalog", "import", str(file)],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def _announced(self) -> str:
        """Return the address as it is told to a person; that is told once the web answers."""
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        _, told, after = self.log.read_text().partition("Baton is at ")
        return after.split()[0] if told and after.split() else ""
