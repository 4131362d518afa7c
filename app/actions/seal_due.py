"""Up to where sealing goes."""

from collections.abc import Sequence

from app.domain.signals import MINUTE_MS
from app.store.journal import Outline

LAG_MS = 2 * MINUTE_MS  # a regular seal leaves this much to stragglers
PART_LEFT = 0.2  # of what has gathered, for those who lag behind


def regular_cut(rows: Sequence[Outline], now_ms: int) -> int:
    """Up to where a regular seal of these rows goes: a part of them stays for those who lag behind.

    The connections of a sender that catches up are far behind the clock, and minutes behind each other.
    """
    gathered, wanted = 0, sum(row.samples for row in rows) * (1 - PART_LEFT)
    ripe_ms = 0
    for row in sorted(rows, key=lambda row: row.last_ms):
        ripe_ms = row.last_ms
        gathered += row.samples
        if gathered >= wanted:
            break
    newest_ms = max((row.last_ms for row in rows), default=0)
    return min(cut(ripe_ms, 0), cut(min(now_ms, newest_ms), LAG_MS))


def cut(now_ms: int, lag_ms: int) -> int:
    return (now_ms - lag_ms) // MINUTE_MS * MINUTE_MS
