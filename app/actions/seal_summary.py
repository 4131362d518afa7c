"""What a seal did, as others ask: which days hold new rows, how new services are, what followers read again."""

from collections.abc import Sequence

import numpy as np

from app.actions.sealed import Sealed
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.store.days import DAY_MS, Day
from app.store.signal_columns import SignalColumns
from app.store.touches import Touched


def days_of(made: Sequence[Sealed]) -> set[Day]:
    """The days of services that got new rows."""
    return {
        Day(service_id, day)
        for service_id, minutes in minutes_of(made).items()
        for day in np.unique(minutes * MINUTE_MS // DAY_MS).tolist()
    }


def minutes_of(made: Sequence[Sealed]) -> dict[int, Ints]:
    """The minutes in which something changed, by service; series of none are in several portions."""
    found: dict[int, list[Ints]] = {}
    for one in made:
        for service_id, minutes in one.minutes.items():
            found.setdefault(service_id, []).append(minutes)
    return {
        service_id: parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))
        for service_id, parts in found.items()
    }


def of(made: Sequence[Sealed], minutes: Sequence[SignalColumns], *, number: int) -> tuple[dict[int, int], Touched]:
    """Newest sample times by service, and what followers have to read again."""
    newest = {service_id: at_ms for one in made for service_id, at_ms in one.newest.items() if service_id}
    first_ms = min((int(one.bucket_ms[0]) for one in minutes), default=0)
    end_ms = max((int(one.bucket_ms[-1]) for one in minutes), default=0) + MINUTE_MS
    return newest, Touched(number, first_ms, end_ms, frozenset(one.service_id for one in minutes))
