"""The demo's sender as a process of its own: the past in blocks, the present beat by beat."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Event, Thread

import httpx2

from app import logs
from app.demo import feed, objectives, progress, status
from app.demo.door import Refused, Unreachable
from app.demo.progress import BackfillProgress

log = logs.get("demo")

STOP_SECONDS = 5.0
TELL_SECONDS = 5.0
NEWEST_MS = 15 * 60_000


def start(url: str, *, seed: int, days: int, log_format: str) -> BaseProcess:
    """Begin to send to a server that is about to listen at `url`; `stop` it at the end."""
    sender = get_context("spawn").Process(target=_send, args=(url, seed, days, log_format), name="demo", daemon=True)
    sender.start()
    return sender


def stop(sender: BaseProcess) -> None:
    sender.terminate()
    sender.join(STOP_SECONDS)


def _send(url: str, seed: int, days: int, log_format: str) -> None:
    logs.configure(log_format)
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends this process
    Thread(target=_end_with_parent, args=(stopping,), name="demo-parent", daemon=True).start()
    now = datetime.now(UTC)
    live = Thread(target=_live, args=(url, seed, stopping, int(now.timestamp() * 1000)), name="demo-live")
    Thread(target=objectives.keep, args=(url, stopping), name="demo-objectives", daemon=True).start()
    telling = partial(status.keep, url, stopping, seed=seed, now=now)
    Thread(target=telling, name="demo-status", daemon=True).start()
    try:
        with progress.bar() as drawn, httpx2.Client(base_url=url, timeout=TELL_SECONDS) as page:
            tell = _both(progress.shown(drawn), page, live)
            feed.backfill(url, seed=seed, now=now, days=days, progress=tell, stop=stopping)
    except (Refused, Unreachable) as error:
        log.error("demo_history_ended", error=str(error))
    if live.is_alive():
        live.join()


def _end_with_parent(stopping: Event) -> None:
    """A server that was killed cannot stop its sender, which would then send to whoever listens there next."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        stopping.set()


def _live(url: str, seed: int, stopping: Event, since_ms: int) -> None:
    try:
        feed.run_live(url, seed=seed, stop=stopping, since_ms=since_ms)
    except Refused as error:
        log.error("demo_live_ended", error=str(error))


def _both(
    draw: Callable[[BackfillProgress], None], page: httpx2.Client, live: Thread
) -> Callable[[BackfillProgress], None]:
    """In the terminal and on the page. The present begins when the newest past is there: they join without a seam."""

    def tell(reached: BackfillProgress) -> None:
        if live.ident is None and reached.newest_ms - reached.reached_ms >= NEWEST_MS:
            live.start()
        draw(reached)
        try:
            page.put("/api/demo/progress", json={"fraction": reached.fraction, "note": str(reached)})
        except httpx2.HTTPError as error:
            log.debug("demo_progress_not_shown", error=str(error))

    return tell
