"""What a seal did, as others ask: which days hold new rows, how new services are, what followers read again."""

from collections.abc import Sequence

import numpy as np

from app.actions.seal_scalars import Sealed
from app.domain.signals import MINUTE_MS
from app.store.days import DAY_MS, Day
from app.store.signals import SignalRow
from app.store.touches import Touched


def days_of(made: Sequence[Sealed]) -> set[Day]:
    """The days of services that got new rows."""
    return {
        Day(service_id, day)
        for one in made
        for service_id, minutes in one.minutes.items()
        for day in np.unique(minutes * MINUTE_MS // DAY_MS).tolist()
    }


def of(made: Sequence[Sealed], rows: Sequence[SignalRow], *, number: int) -> tuple[dict[int, int], Touched]:
    """Newest sample times by service, and what followers have to read again."""
    newest: dict[int, int] = {}
    for one in made:
        for service_id, at_ms in one.newest.items():
            if service_id:
                newest[service_id] = max(at_ms, newest.get(service_id, at_ms))
    first_ms = min((row.bucket_ms for row in rows), default=0)
    end_ms = max((row.bucket_ms for row in rows), default=0) + MINUTE_MS
    return newest, Touched(number, first_ms, end_ms, frozenset(row.service_id for row in rows))
