"""A load sent as time passes: what a server looks like on a working day, not in a race.

20 000 samples a second of 200 services: 1 000 targets with 100 series each, every 5 seconds. A service goes over one
connection, so that its samples come in the order of their times. Like Prometheus, a connection sends a request when it
has gathered one, which is at the time of the newest sample in it.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Self

import numpy as np

from tests.bench import bodies, sending
from tests.bench.bodies import Load
from tests.bench.plan import now_ms, say
from tests.bench.sending import Connection
from tests.bench.systems import Burnline

SERVICES, INSTANCES = 200, 5
INTERVAL_MS = 5_000
ENCODE_SECONDS_A_SCRAPE = 0.6  # at first; twice as much when that was not enough
CALM_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A request that was taken: when (of time.monotonic), how long it took, how late it began; all in seconds."""

    lane: int
    number: int
    at: float
    seconds: float
    behind: float


@dataclass(slots=True)
class Paced:
    """The sender. Its context begins when the first scrape does; all that was answered stands in `answers`."""

    url: str
    load: Load
    lanes: Sequence[Sequence[bytes]]
    answers: list[Answer] = field(default_factory=list)
    _stopping: Event = field(default_factory=Event)
    _pool: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)
    _sending: list[Future[None]] = field(default_factory=list)

    def __enter__(self) -> Self:
        time.sleep(max(0.0, (self.load.begin_ms - now_ms()) / 1000))
        self._sending = [self._pool.submit(self._send, number) for number in range(len(self.lanes))]
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._pool.shutdown()
        self.finish()

    def finish(self) -> None:
        """Return when everything has been sent. Raises what ended a connection."""
        for one in self._sending:
            one.result()

    @property
    def samples_a_second(self) -> float:
        """What was really sent."""
        first, last = min(one.at for one in self.answers), max(one.at for one in self.answers)
        return (len(self.answers) - len(self.lanes)) * self.load.samples_a_request / (last - first)

    def _send(self, lane: int) -> None:
        connection = Connection(self.url)
        for number, (body, due_ms) in enumerate(zip(self.lanes[lane], due_times(self.load)[lane], strict=True)):
            if self._stopping.wait(max(0.0, (due_ms - now_ms()) / 1000)):
                break
            behind = (now_ms() - due_ms) / 1000
            began = time.monotonic()
            sending.deliver(connection, body)
            answered = time.monotonic()
            self.answers.append(Answer(lane, number, answered, answered - began, behind))
        connection.close()


def introduce(system: Burnline) -> None:
    """Send two scrapes at once: that a hundred thousand series are new is another measurement's business."""
    load = _load(scrapes=2, end_ms=now_ms())
    say(f"introducing {load.series:,} series")
    sending.send(system.url, bodies.encode(load))
    system.follow()
    time.sleep(CALM_SECONDS)


def prepared(url: str, *, seconds: float) -> Paced:
    """The load for so many seconds from about now on, encoded beforehand."""
    scrapes = round(seconds * 1000 / INTERVAL_MS)
    ahead = ENCODE_SECONDS_A_SCRAPE * scrapes
    while True:
        load = _load(scrapes=scrapes, end_ms=now_ms() + round(ahead * 1000) + scrapes * INTERVAL_MS)
        lanes = bodies.encode(load)
        if now_ms() < load.begin_ms:
            return Paced(url, load, lanes)
        ahead *= 2


def due_times(load: Load) -> list[list[int]]:
    """The time of the newest sample in every request, by connection."""
    times = load.times()
    found = []
    for positions in load.dealt():
        at_ms = times[:, positions].reshape(-1)
        last = np.append(np.arange(load.samples_a_request, len(at_ms), load.samples_a_request), len(at_ms)) - 1
        found.append(at_ms[last].tolist())
    return found


def _load(*, scrapes: int, end_ms: int) -> Load:
    return Load(
        SERVICES * INSTANCES, scrapes, end_ms, instances=INSTANCES, interval_ms=INTERVAL_MS, whole_services=True
    )
