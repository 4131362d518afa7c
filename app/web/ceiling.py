"""Turning samples away while they are cheap to turn away: before they are read, once memory is nearly used up.

What is at stake is the process: the system ends one that takes more than its container may, and with it the pages.
"""

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from app.actions import memory
from app.domain.errors import Unavailable

LOOK_EVERY_SECONDS = 0.5
SHARE = 0.9  # of what the container may have
RETRY_SECONDS = 5  # an OTLP exporter has 10 s in all
CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
NO_LIMIT = 2**50  # what the older of the two says when there is none is far above


def resident_bytes() -> int | None:
    """The memory in use; None where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def container_limit() -> int | None:
    """What the container may have; None when there is no limit."""
    for file in CONTAINER_LIMITS:
        try:
            said = file.read_text().strip()
        except OSError:
            continue
        if said.isdigit() and int(said) < NO_LIMIT:
            return int(said)
    return None


class Ceiling:
    """`most` is what an operator allows; 0: nine tenths of the container's limit, if it has one."""

    def __init__(self, most: int, *, ask: Callable[[], int | None] = resident_bytes) -> None:
        limit = container_limit() if most == 0 else None
        self.bytes = most or (int(limit * SHARE) if limit else None)
        self._ask = ask
        self._looked_at = -LOOK_EVERY_SECONDS
        self._is_reached = False

    def check(self) -> None:
        """Raises Unavailable while more memory is in use. To be asked on the event loop."""
        if self.bytes is None:
            return
        if monotonic() - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = monotonic()
            self._is_reached = self._is_above(self.bytes)
        if self._is_reached:
            raise Unavailable(
                "Memory is nearly used up; send it again.", code="memory_full", retry_after_seconds=RETRY_SECONDS
            )

    def _is_above(self, most: int) -> bool:
        if (self._ask() or 0) <= most:
            return False
        memory.give_back()  # what the C library only keeps is no reason
        return (self._ask() or 0) > most
