"""Somebody who looks at pages while something is broken, and remembers what they were shown."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2

BOARD = ("/", "/api/services", "/healthz")  # answered from memory, whatever the database does


@dataclass(slots=True)
class Visitor:
    """Goes round some addresses until told to stop; `statuses` counts answers by address and status."""

    addresses: Sequence[str] = BOARD
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    last: dict[str, str] = field(default_factory=dict)

    def look_until_it_ends(self, url: str, stopping: threading.Event) -> None:
        with httpx2.Client(base_url=url, timeout=30) as client:
            while not stopping.is_set():
                for address in self.addresses:
                    self._look(client, address)
                stopping.wait(0.2)

    def _look(self, client: httpx2.Client, address: str) -> None:
        began = time.monotonic()
        try:
            answer = client.get(address)
        except httpx2.HTTPError:
            self.unanswered[address] += 1
        else:
            self.statuses[address, answer.status_code] += 1
            self.last[address] = answer.text
        self.slowest = max(self.slowest, time.monotonic() - began)


@contextmanager
def looking(visitor: Visitor, url: str) -> Iterator[None]:
    """They look while the block runs."""
    stopping = threading.Event()
    thread = threading.Thread(target=visitor.look_until_it_ends, args=(url, stopping), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
