"""Which instants of the past are sent, and in which order: the newest first, so that a screen is useful at once.

All instants lie on the 5 second beat of live samples, at the end of their step, and neighbouring blocks join: the step
between them is the older block's or the newer one's. No step is longer than the ten minutes over which a counter's
increase is still believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain.samples import Ints
from app.domain.signals import HOUR_MS, MINUTE_MS

BEAT_MS = 5_000
DAY_MS = 24 * HOUR_MS
COARSE_MS = 5 * MINUTE_MS
FINE_DAYS = 3  # sent by the minute
FIRST_MS = 20 * MINUTE_MS
LONG_MISS_MS = 10 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Block:
    """A part of history: [start_ms, end_ms) in steps."""

    start_ms: int
    end_ms: int
    step_ms: int

    def instants(self) -> Ints:
        """The ends of all steps, less a beat: the last sample before anything that happens on the full minute."""
        steps = np.arange(self.start_ms + self.step_ms, self.end_ms + 1, self.step_ms, dtype=np.int64) - BEAT_MS
        return steps if len(steps) and steps[-1] == self.end_ms - BEAT_MS else np.append(steps, self.end_ms - BEAT_MS)

    @property
    def since_ms(self) -> int:
        """The instant before the first one."""
        return self.start_ms - BEAT_MS


def blocks(now_ms: int, *, days: int) -> Iterator[Block]:
    """All of history up to the last beat at or before `now_ms`, newest first.

    What a first look needs comes first and is small, then the two hours of its lines, then quarters of days.
    """
    end = now_ms // BEAT_MS * BEAT_MS + BEAT_MS
    start = (end - FIRST_MS) // COARSE_MS * COARSE_MS
    yield Block(start, end, MINUTE_MS // 2)
    oldest, fine = start - days * DAY_MS, start - FINE_DAYS * DAY_MS
    length = 2 * HOUR_MS
    while start > oldest:
        by_minute = start > fine
        yield Block(max(start - length, oldest), start, MINUTE_MS if by_minute else COARSE_MS)
        start -= length
        length = 6 * HOUR_MS if start > fine else DAY_MS


def catching_up(reached_ms: int, due_ms: int, *, beat_ms: int) -> Ints:
    """The instants after `reached_ms` up to `due_ms`: every beat, or the minutes when much was missed."""
    if due_ms - reached_ms > LONG_MISS_MS:
        return Block(reached_ms + BEAT_MS, due_ms + BEAT_MS, MINUTE_MS).instants()
    return np.arange(due_ms, reached_ms, -beat_ms, dtype=np.int64)[::-1]
