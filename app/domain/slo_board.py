"""Every objective's sums, in memory: what the evaluator, the pages, the gate and the badges read.

A cache like `board`: each process keeps one by following the journal (see actions.meter), and rebuilds it from tables.
"""

from collections.abc import Mapping, Sequence

from app.domain.ledger import Effects
from app.domain.sli_minutes import SliMinutes
from app.domain.slos import Slo
from app.domain.sums import Sums


class SloBoard:
    """One lock, held for milliseconds. `version` grows by one with every change; `until_minute` ends every window."""

    version: int
    until_minute: int

    def slos(self) -> list[Slo]:
        """By slug, those that are archived left out."""
        raise NotImplementedError

    def find(self, slug: str) -> Slo:
        """Raises Missing."""
        raise NotImplementedError

    def sums(self, slo_ids: Sequence[int] | None = None) -> Sums:
        """Of these SLOs (None: all), all windows at `until_minute`."""
        raise NotImplementedError

    def effects(self, slo_id: int) -> Effects:
        raise NotImplementedError

    def newest(self, sli_id: int) -> SliMinutes:
        """Raw minutes newer than, or better observed than, what the tables hold: lay them over a table's answer."""
        raise NotImplementedError

    def backfilled(self, slo_id: int) -> float:
        """Share of its window that has been read from history, 0 to 1."""
        raise NotImplementedError

    # --- written by the meter alone ---------------------------------------------------------------------------------

    def define(self, slos: Sequence[Slo], effects: Mapping[int, Effects]) -> list[int]:
        """Take over the definitions; gives the SLOs whose rings must be loaded."""
        raise NotImplementedError

    def load(self, slo_id: int, *, raw: SliMinutes, hours: SliMinutes) -> None:
        """Fill a ring: raw minutes of the newest 26 hours, raw hours (`minute` is the hour's first) of the window."""
        raise NotImplementedError

    def span_needed(self, slo_id: int, *, first: int, end: int) -> tuple[int, int]:
        """The minutes that count differently when [first, end) change: slices and held freshness reach further."""
        raise NotImplementedError

    def patch(self, slo_id: int, raw: SliMinutes, *, first: int, end: int) -> None:
        """Count the minutes [first, end) again from everything known of them."""
        raise NotImplementedError

    def advance(self, until_minute: int) -> list[tuple[int, int]]:
        """Let every window end there; gives the (SLO, hour) pairs under a window's edge whose minutes are missing."""
        raise NotImplementedError

    def put_edge(self, slo_id: int, hour: int, raw: SliMinutes) -> None:
        raise NotImplementedError
