"""From the start of the process to the first 200 of /readyz, when the last one was killed with a full journal.

Nothing was sealed before the kill, so that all samples wait in the journal: of the few series of the ingest benchmark
(and many samples of each), and of so many series that this is what gathers between two regular seals. At last the same
where the newest day of 200 services had been sealed before: the board holds a day of signals, which a start reads back.
"""

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.store import journal
from app.store.engine import open_store
from tests.bench import bodies, history, peers, processes, programs, sending
from tests.bench.bodies import Load
from tests.bench.plan import Plan, now_ms, say
from tests.bench.systems import Burnline
from tests.bench.table import Table, met

SAMPLES = 3_000_000
FEW, MANY = 60, 500  # targets
SERVICES, INSTANCES = 200, 5
BAR_SECONDS = 10.0
PATIENCE_SECONDS = 300.0
ASK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Start:
    """What a start took, and the memory it left the process with."""

    seconds: float
    cpu_seconds: float
    rss: int


def tables(plan: Plan) -> Iterator[Table]:
    made = Table(
        "Start-up after a kill: from the start of `burnline serve` to /readyz",
        ("in the journal", "ready after", "CPU s", "RSS then", "bar", "met"),
    )
    with Burnline(plan.folder / "empty"):
        pass
    _add(made, plan.folder / "empty", of="no series")
    for targets in (FEW, MANY):
        _fill(plan.folder / str(targets), targets)
        _add(made, plan.folder / str(targets), of=f"{targets * 100:,} series")
    say(f"sending a day of {SERVICES} services")
    with Burnline(plan.folder / "day") as system:
        history.send_day(system, services=SERVICES, instances=INSTANCES, end_ms=now_ms())
    _fill(plan.folder / "day", MANY)
    _add(made, plan.folder / "day", of=f"{MANY * 100:,} series; sealed: a day of {SERVICES} services")
    yield made


def _fill(folder: Path, targets: int) -> None:
    load = Load(targets, SAMPLES // (targets * 100), end_ms=now_ms())
    say(f"filling a journal: {load.samples / 1e6:.0f} M samples of {load.series:,} series")
    lanes = bodies.encode(load)
    system = Burnline(folder)
    try:
        system.pause()
        sending.send(system.url, lanes)
    finally:
        system.kill()


def _add(made: Table, folder: Path, *, of: str) -> None:
    waiting = _waiting(folder)
    started = _start(folder)
    made.add(
        f"{waiting:,} samples of {of}",
        f"{started.seconds:.1f} s",
        f"{started.cpu_seconds:.1f}",
        f"{started.rss >> 20} MiB",
        f"{BAR_SECONDS:.0f} s",
        met(started.seconds, BAR_SECONDS),
    )


def _waiting(folder: Path) -> int:
    """How many samples really wait in the journal.

    A copy is looked at: opening a database would do some of the start's work.
    """
    copy = shutil.copytree(folder, folder.with_name("looked-at"))
    store = open_store(f"sqlite:///{copy / 'burnline.db'}")
    try:
        with store.reading() as db:
            return sum(row.samples for row in journal.outline(db))
    finally:
        store.close()
        shutil.rmtree(copy)


def _start(folder: Path) -> Start:
    """Of the product's own command, as a service manager would run it."""
    port = peers.free_port()
    burnline = [sys.executable, "-c", "from app.cli import cli; cli()"]  # of this checkout, whatever is installed
    command = [*burnline, "serve", "--port", str(port), "--data-dir", str(folder)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BURNLINE_")}
    began = time.monotonic()
    process = programs.start(command, folder, environment=clean)
    try:
        _wait_until_ready(port, process)
        return Start(time.monotonic() - began, processes.cpu_seconds(process.pid), processes.rss(process.pid))
    finally:
        programs.stop(process)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """It listens before it answers: a question asked meanwhile is answered when it can be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass  # it does not listen yet
        finally:
            connection.close()
        time.sleep(ASK_AGAIN_SECONDS)
    raise RuntimeError(f"Burnline did not become ready (exit status {process.poll()}).")
