"""`python -m tests.bench.server`: `burnline serve` that also obeys a line on its input.

    pause      seal nothing any more unless told to
    follow     answered when the board shows everything that is in the journal
    seal       follow and seal at once, but for the newest two minutes, as the product does it four times an hour
    settle     follow and seal everything that is in the journal, at once
    threads    tell the CPU seconds of every thread so far

Every line is answered when it is done. A benchmark that stopped before sealing would leave out the dearest part of what
samples cost. It is the sealer of the product's own worker that seals here, so that there are not two in memory.
"""

import argparse
import json
import sys
import threading
import time
from collections import defaultdict
from threading import Thread

from app import logs, main, worker
from app.actions import memory
from app.actions.seal_due import LAG_MS
from app.config import Settings
from app.main import Running
from app.store import journal, seals
from app.web import app as web
from app.web import server
from tests.bench import processes

MINUTE_MS = 60_000
SEEN: dict[int, tuple[str, float]] = {}  # by native id: name and CPU seconds of every thread


def run(settings: Settings) -> None:
    """Serve until SIGTERM; the address and every obeyed line are told on the output, as JSON."""
    logs.configure("json")
    listener = server.listen(settings.host, settings.port)
    began = time.perf_counter()
    running = main.start(settings, background=worker.beside)
    application = web.create(running.web)
    _tell(url=main.url_of(settings, listener.getsockname()[1]), seconds=time.perf_counter() - began)
    Thread(target=_obey, args=(running,), name="settle", daemon=True).start()
    try:
        server.run(application, listener)
    finally:
        running.stop()


def _obey(running: Running) -> None:
    for line in sys.stdin:
        began = time.perf_counter()
        match line.strip():
            case "pause":
                _pause(running)
            case "follow":
                _follow(running)
            case "seal":
                _seal(running, lag_ms=LAG_MS)
            case "settle":
                _seal(running, lag_ms=-MINUTE_MS)
        _tell(seconds=time.perf_counter() - began, threads=_thread_seconds())


def _pause(running: Running) -> None:
    """End the worker's thread; what it still does until then is counted."""
    _thread_seconds()
    stopping = Thread(target=running.background.stop, name="worker")
    stopping.start()
    while stopping.is_alive():
        _thread_seconds()
        stopping.join(0.05)


def _seal(running: Running, *, lag_ms: int) -> None:
    """Seal what is older than `lag_ms` before the newest sample."""
    _pause(running)
    _follow(running)
    assert isinstance(running.background, worker.Worker)
    with running.store.reading() as db:
        newest_ms = max((row.last_ms for row in journal.outline(db)), default=0)
    running.background._sealer.seal(now_ms=newest_ms, lag_ms=lag_ms)
    memory.give_back()
    _follow(running)


def _follow(running: Running) -> None:
    """Wait until the follower has seen every row and every seal."""
    follower = running.follower
    while True:
        with running.store.reading() as db:
            waiting = journal.seqs_after(db, follower._seq, limit=1)
            sealed = seals.read(db).number
        if not waiting and follower._sealed >= sealed:
            return
        follower._wake.set()
        time.sleep(0.05)


def _thread_seconds() -> dict[str, float]:
    """CPU seconds by the name of the thread, those that have ended included; the threads of a pool are one."""
    for thread in threading.enumerate():
        if thread.native_id is not None and (one := processes.stat(f"self/task/{thread.native_id}")):
            SEEN[thread.native_id] = (thread.name.rpartition("_")[0] or thread.name, one.cpu_seconds)
    spent: defaultdict[str, float] = defaultdict(float)
    for name, seconds in SEEN.values():
        spent[name] += seconds
    return dict(spent)


def _tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def _settings() -> Settings:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--database-url")
    parser.add_argument("--raw-retention")
    return Settings.from_environment({}, {"port": "0", **vars(parser.parse_args())})


if __name__ == "__main__":
    run(_settings())
