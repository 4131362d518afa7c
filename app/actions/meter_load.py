"""What the meter reads from tables: definitions with their ledger, and for rings raw minutes, hours and edges."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from app.actions import effects
from app.domain import periods
from app.domain.ledger import Effects
from app.domain.live_minutes import LiveMinutes
from app.domain.rings import LENGTH as RING
from app.domain.sli_minutes import SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.domain.windows import LONGEST_MINUTES
from app.store import ledger, sli_rollups, slos
from app.store.days import DAY_MS
from app.store.engine import Connection

Item = TypeVar("Item")

DAY = 24 * 60
HOUR = 60
AHEAD_MS = 2 * DAY_MS  # how far recurrences are worked out; definitions are read again every day
ROUNDING = 4 * HOUR  # what rings keep beyond the longest window
AT_ONCE = 100  # SLIs of which raw minutes are held


def definitions(db: Connection, *, now_ms: int) -> tuple[list[Slo], dict[int, Effects]]:
    """All objectives, and what the ledger does to the time their windows reach back; of charts, as far back again."""
    found = slos.every(db)
    longest = max((periods.longest_minutes(slo.window) for slo in found), default=0)
    first_ms = now_ms // DAY_MS * DAY_MS - (longest + LONGEST_MINUTES) * 60_000 - DAY_MS
    return found, effects.of_all(ledger.every(db), found, first_ms=first_ms, end_ms=now_ms + AHEAD_MS)


def minutes_back(slo: Slo) -> int:
    """How far back any window of an objective reaches."""
    return max(periods.longest_minutes(slo.window), *(pair.long_minutes for pair in slo.alerting.pairs), RING)


class Rings:
    """Fills the rings of a board from the tables, with the live view laid over them."""

    def __init__(self, db: Connection, board: SloBoard, live: LiveMinutes) -> None:
        self._db = db
        self._board = board
        self._live = live

    def load(self, found: Sequence[Slo]) -> None:
        """Fill the rings of objectives from the tables."""
        end = self._board.until_minute
        starts: dict[int, list[Slo]] = {}
        for slo in found:
            starts.setdefault(self._board.load_from(slo.id), []).append(slo)
        for first, alike in sorted(starts.items()):
            for some in _portions(alike):
                ids = sorted({slo.sli_id for slo in some})
                raw = sli_rollups.minutes_of(self._db, ids, first=first, end=end)
                oldest = end // HOUR * HOUR - max(minutes_back(slo) for slo in some) - ROUNDING
                hours = sli_rollups.hours_between(self._db, ids, first=oldest, end=end)
                for slo in some:
                    laid = self._live.over(slo.sli_id, raw[slo.sli_id], first=first, end=end)
                    self._board.load(slo.id, raw=laid, hours=hours[slo.sli_id])

    def patch(self, slo: Slo, *, first: int, end: int) -> None:
        """Count minutes again."""
        oldest = self._board.until_minute - minutes_back(slo) - ROUNDING
        first, end = self._board.span_needed(slo.id, first=max(first, oldest), end=max(end, oldest + 1))
        self._board.patch(slo.id, self.raw(slo.sli_id, first=first, end=end), first=first, end=end)

    def raw(self, sli_id: int, *, first: int, end: int) -> SliMinutes:
        """Everything known of these minutes; the tables are asked only for those they may hold."""
        if first >= self._live.cut:
            return self._live.of(sli_id).between(first, end)
        stored = sli_rollups.minutes(self._db, sli_id, first=first, end=end)
        return self._live.over(sli_id, stored, first=first, end=end)

    def put_edges(self, missing: Iterable[tuple[int, int]], slos_by_id: Mapping[int, Slo]) -> None:
        """The minutes of hours that windows start in."""
        by_day: dict[int, list[tuple[Slo, int]]] = {}
        for slo_id, hour in missing:
            by_day.setdefault(hour * HOUR // DAY, []).append((slos_by_id[slo_id], hour))
        for day, wanted in sorted(by_day.items()):
            for some in _portions(wanted):
                of_day = sli_rollups.days_of(self._db, sorted({slo.sli_id for slo, _ in some}), day=day)
                for slo, hour in some:
                    first, end = self._board.edge_span(slo.id, hour)
                    inside = first >= day * DAY and end <= (day + 1) * DAY
                    raw = of_day[slo.sli_id] if inside else self.raw(slo.sli_id, first=first, end=end)
                    self._board.put_edge(slo.id, hour, raw.between(first, end))


def _portions(found: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (found[at : at + AT_ONCE] for at in range(0, len(found), AT_ONCE))
