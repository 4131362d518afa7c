"""Sending the demo company through the front door, as any sender would: remote write, OTLP and change marks."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Event

from app import logs
from app.demo import parcels, resume, schedule
from app.demo.deploys import Deploy
from app.demo.door import TRIES, Door, Refused, Unreachable
from app.demo.parcels import Packer
from app.demo.progress import BackfillProgress
from app.demo.schedule import BEAT_MS, Block
from app.demo.world import World

log = logs.get("demo")

SENDERS = 2  # requests at once
AHEAD = 2  # parcels packed while others are on their way
LIVE_TRIES = 2  # the next beat tries again
UNKNOWN_SERVICE = 404  # its first samples are taken but not yet seen


def backfill(
    url: str,
    *,
    seed: int,
    now: datetime,
    days: int = 30,
    progress: Callable[[BackfillProgress], None],
    stop: Event | None = None,
) -> None:
    """Send history up to `now` in the blocks of `schedule`, the newest first; what the server has is left out.

    Returns early when `stop` is set. Raises Refused or Unreachable when the server will not have it.
    """
    stop = stop or Event()
    with Door(url, stop=stop) as door:
        blocks = list(resume.missing(door, list(schedule.blocks(_ms(now), days=days))))
        _Backfill(door, Packer(World(seed)), blocks, progress, stop).run()


def run_live(url: str, *, seed: int, interval_s: int = 5, stop: Event, since_ms: int | None = None) -> None:
    """Send the current state every `interval_s` seconds (a multiple of 5) until `stop` is set.

    `since_ms` is up to when everything was sent: the world is sent from there on, deltas begin there. While the server
    cannot be reached, what it misses is kept in mind and sent when it is back. Raises Refused when it never will be.
    """
    beat_ms = interval_s * 1000
    packer = Packer(World(seed))
    reached = (_now_ms() if since_ms is None else since_ms) // BEAT_MS * BEAT_MS
    unmarked: list[Deploy] = []
    with Door(url, stop=stop) as door:
        while not stop.is_set():
            due = _now_ms() // beat_ms * beat_ms
            if due > reached and _sent(door, packer, reached, due, beat_ms, unmarked):
                reached = due
            stop.wait((due + beat_ms - _now_ms()) / 1000)


def _sent(door: Door, packer: Packer, reached: int, due: int, beat_ms: int, unmarked: list[Deploy]) -> bool:
    """Send all instants after `reached` up to `due`; False when the server cannot be reached.

    `unmarked` are deploys of services that were not known before; those that still are not stay in it.
    """
    try:
        for parcel in packer.parcels(schedule.catching_up(reached, due, beat_ms=beat_ms), since_ms=reached):
            door.post(parcel, tries=LIVE_TRIES)
        deploys = [*unmarked, *packer.world.deploys(reached + 1, due + 1)]
        unmarked[:] = _mark(door, deploys, tries=LIVE_TRIES)
    except Unreachable as error:
        log.warning("live_sample_waits", reason=str(error))
        return False
    return True


def _mark(door: Door, deploys: Sequence[Deploy], *, tries: int) -> list[Deploy]:
    """Post change marks; gives those whose service is not known yet."""
    unknown = []
    for deploy in deploys:
        try:
            door.post(parcels.mark(deploy), tries=tries)
        except Refused as refusal:
            if refusal.status != UNKNOWN_SERVICE:
                raise
            unknown.append(deploy)
    return unknown


class _Backfill:
    """One run over blocks: packs on the caller's thread, sends on others, and tells how far it came."""

    def __init__(
        self,
        door: Door,
        packer: Packer,
        blocks: Sequence[Block],
        progress: Callable[[BackfillProgress], None],
        stop: Event,
    ) -> None:
        self._door = door
        self._packer = packer
        self._blocks = blocks
        self._progress = progress
        self._stop = stop
        self._planned = sum(packer.size(len(block.instants())) for block in blocks)
        self._sent = 0
        self._reached_ms = blocks[0].end_ms
        self._began = time.monotonic()

    def run(self) -> None:
        unmarked: list[Deploy] = []
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="demo") as pool:
            try:
                for block in self._blocks:
                    self._send(pool, block)
                    self._reached_ms = block.start_ms
                    self._tell()
                    wanted = [*unmarked, *self._packer.world.deploys(block.start_ms, block.end_ms)]
                    unmarked = _mark(self._door, wanted, tries=TRIES)
            except Unreachable:
                if not self._stop.is_set():
                    raise
            finally:
                pool.shutdown(cancel_futures=True)
        for deploy in unmarked:
            log.warning("deploy_not_marked", service=deploy.service.slug, version=deploy.version)

    def _send(self, pool: ThreadPoolExecutor, block: Block) -> None:
        """Send one block and wait until all of it is taken."""
        waiting: deque[Future[int]] = deque()
        for parcel in self._packer.parcels(block.instants(), since_ms=block.since_ms):
            if self._stop.is_set():
                raise Unreachable("The backfill was stopped.")
            waiting.append(pool.submit(self._door.post, parcel))
            if len(waiting) > SENDERS + AHEAD:
                self._taken(waiting.popleft())
        while waiting:
            self._taken(waiting.popleft())

    def _taken(self, delivery: Future[int]) -> None:
        self._sent += delivery.result()
        self._tell()

    def _tell(self) -> None:
        fraction = min(self._sent / self._planned, 1.0)
        done = self._reached_ms == self._blocks[-1].start_ms
        spent = time.monotonic() - self._began
        self._progress(
            BackfillProgress(
                fraction=1.0 if done else fraction,
                samples=self._sent,
                reached_ms=self._reached_ms,
                newest_ms=self._blocks[0].end_ms,
                eta_seconds=spent / fraction * (1 - fraction) if fraction > 0 else None,
            )
        )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
