"""Threads that decode what came in, and the way of an answer back to the event loop.

Waking a thread costs as much as decoding a small request. So whoever decodes goes on while there is more to decode, and
answers that are ready together wake the event loop once.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from app.actions.screen import Accepted


class Decoders:
    """At most so many threads, which work off one line. What they are given raises nothing."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ingest")
        self._threads = threads
        self._busy = 0
        self._line: deque[Callable[[], None]] = deque()
        self._lock = Lock()

    def put(self, work: Callable[[], None]) -> None:
        """Have it done; from any thread."""
        with self._lock:
            self._line.append(work)
            if self._busy == self._threads:
                return
            self._busy += 1
        self._pool.submit(self._work_off)

    def _work_off(self) -> None:
        while True:
            with self._lock:
                if not self._line:
                    self._busy -= 1
                    return
                work = self._line.popleft()
            work()


class Mailbox:
    """What other threads have to tell to those who wait on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._letters: deque[tuple[asyncio.Future[Accepted], Accepted | BaseException]] = deque()
        self._has_rung = False

    def put(self, told: asyncio.Future[Accepted], outcome: Accepted | BaseException) -> None:
        """From any thread. Who has given up waiting is not told."""
        self._letters.append((told, outcome))
        if not self._has_rung:  # what is put after the bell and before it is heard needs no other
            self._has_rung = True
            self.loop.call_soon_threadsafe(self._deliver)

    def forward(self, told: asyncio.Future[Accepted], answer: Future[Accepted]) -> None:
        """What an answer that is there says."""
        self.put(told, answer.exception() or answer.result())

    def _deliver(self) -> None:
        self._has_rung = False
        while self._letters:
            told, outcome = self._letters.popleft()
            if told.done():
                continue
            if isinstance(outcome, BaseException):
                told.set_exception(outcome)
            else:
                told.set_result(outcome)
