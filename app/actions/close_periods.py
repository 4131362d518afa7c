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
    closed = slo_periods.spans(db)
    filled = {one.id: one.filled_ms for one in slos.slis(db)}
    return [
        one
        for slo in found
        for period in _open(slo, closed.get(slo.id, []), now_ms=now_ms)
        if filled.get(slo.sli_id, now_ms) <= period.start_ms
        for one in [counted(db, slo, period, now_ms=now_ms)]
        if one.known_seconds > 0
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


def _open(slo: Slo, closed: Sequence[Period], *, now_ms: int) -> Iterator[Period]:
    """Periods that ended long enough ago and are not closed, nor a part of them by another calendar, newest first."""
    for period in periods.before(slo.window, now_ms - REST_MS, MOST_BACK):
        if not any(one.start_ms < period.end_ms and period.start_ms < one.end_ms for one in closed):
            yield period
