"""`python -m tests.bench.server`: `burnline serve` that also obeys a line on its input.

    settle     follow and seal everything that is in the journal, at once; answered when it is done
    threads    tell the CPU seconds of every thread so far

The product seals when enough has gathered; a benchmark that stopped before would leave out the dearest part of it.
"""

import argparse
import json
import sys
import threading
import time
from collections import defaultdict
from threading import Thread

from app import logs, main, worker
from app.actions.seal import Sealer
from app.config import Settings
from app.domain.counters import Counters
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
        if line.strip() == "settle":
            _tell(seconds=_settle(running))
        else:
            _tell(threads=_thread_seconds())


def _settle(running: Running) -> float:
    began = time.perf_counter()
    _thread_seconds()  # of threads that end now
    running.background.stop()
    _follow(running)
    Sealer(running.store, counters=Counters()).seal(now_ms=main.now_ms() + 2 * MINUTE_MS, lag_ms=0)
    _follow(running)
    return time.perf_counter() - began


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
    given = parser.parse_args()
    return Settings.from_environment({}, {"port": "0", "data_dir": given.data_dir, "database_url": given.database_url})


if __name__ == "__main__":
    run(_settings())
