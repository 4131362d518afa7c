"""Calendar periods that are over: counted once, some time after their end, and kept as they stood then."""

from collections.abc import Iterator, Sequence

from app.actions import effects
from app.domain import counting, periods
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.slos import Slo
from app.domain.windows import Calendar, Period
from app.store import leases, ledger, sli_rollups, slo_periods, slos
from app.store.engine import Connection, Store
from app.store.leases import Lease
from app.store.slo_periods import Closed

REST_MS = 2 * HOUR_MS  # what is sent this late still counts
MOST_BACK = 12


def close(store: Store, lease: Lease | None, *, now_ms: int) -> int:
    """Close what is to be closed; gives how many. Raises Unavailable when another process has taken the lease over."""
    with store.reading() as db:
        found = due(db, now_ms=now_ms)
    if found:
        with store.writing() as db:
            leases.hold(db, lease)
            slo_periods.close(db, found)
    return len(found)


def due(db: Connection, *, now_ms: int) -> list[Closed]:
    """The periods to be closed now: those that ended, and of whose history all has been read."""
    found = [slo for slo in slos.every(db) if isinstance(slo.window, Calendar)]
    if not found:
        return []
    ends = slo_periods.newest_ends(db)
    filled = {one.id: one.filled_ms for one in slos.slis(db)}
    return [
        closed
        for slo in found
        for period in _open(slo, ends.get(slo.id, 0), now_ms=now_ms)
        if filled.get(slo.sli_id, now_ms) <= period.start_ms
        for closed in [counted(db, slo, period, now_ms=now_ms)]
        if closed.known_seconds > 0
    ]


def counted(db: Connection, slo: Slo, period: Period, *, now_ms: int) -> Closed:
    """What a period comes to by what is stored now, with the objective and its ledger as they are now."""
    first, end = period.start_ms // MINUTE_MS, period.end_ms // MINUTE_MS
    hold = slo.indicator.hold_minutes
    begin, stop = counting.reach(slo.budgeting, hold, first=first, end=end)
    raw = sli_rollups.minutes(db, slo.sli_id, first=begin, end=stop)
    entries = ledger.of_slo(db, slo.id, service_id=slo.service_id)
    told = effects.of(entries, slo, first_ms=begin * MINUTE_MS, end_ms=stop * MINUTE_MS)
    minutes = counting.counted(raw, slo.budgeting, told, hold=hold, first=first, end=end)
    return Closed(
        slo_id=slo.id,
        start_ms=period.start_ms,
        end_ms=period.end_ms,
        target=slo.target,
        bad=int(minutes.bad.sum()),
        total=int(minutes.total.sum()),
        known_seconds=int(minutes.known_ms.sum()) / 1000,
        closed_ms=now_ms,
    )


def _open(slo: Slo, closed_until_ms: int, *, now_ms: int) -> Iterator[Period]:
    """Periods that ended long enough ago and are not closed, newest first."""
    over: Sequence[Period] = periods.before(slo.window, now_ms - REST_MS, MOST_BACK)
    return (period for period in over if period.start_ms >= closed_until_ms)
