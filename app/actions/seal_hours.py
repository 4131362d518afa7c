"""The final signals of the hours around the minutes that sealing touched."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from app.domain.minutes import ADDITIVE
from app.domain.samples import Floats, Ints
from app.domain.sealing import summed_rows
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import signals
from app.store.engine import Connection
from app.store.signal_columns import SignalColumns

HOUR_MINUTES = HOUR_MS // MINUTE_MS


def refresh(db: Connection, made: Sequence[SignalColumns], touched: Mapping[int, Ints]) -> None:
    """Compute again every hour that holds one of these minutes, which are written already.

    `touched` are the minutes that were computed, by service. An hour all of whose minutes were is made of them; for
    others the stored minutes are read.
    """
    whole = {service_id: _whole_hours(minutes) for service_id, minutes in touched.items()}
    hours: list[SignalColumns] = []
    partial: dict[int, list[Ints]] = {}
    for one in made:
        hour = one.bucket_ms // HOUR_MS
        is_whole = np.isin(hour, whole[one.service_id])
        hours.append(hours_of(one.where(is_whole)))
        partial.setdefault(one.service_id, []).append(hour[~is_whole])
    for service_id, found in sorted(partial.items()):
        for begin, end in _runs(np.unique(np.concatenate(found))):
            stored = signals.minute_columns(db, service_id, start_ms=begin * HOUR_MS, end_ms=end * HOUR_MS)
            hours += [hours_of(one) for one in stored]
    signals.write(db, hours, resolution_ms=HOUR_MS)


def _whole_hours(minutes: Ints) -> Ints:
    """Those hours of which all minutes are there."""
    hours, number = np.unique(minutes // HOUR_MINUTES, return_counts=True)
    return np.asarray(hours[number == HOUR_MINUTES])


def _runs(hours: Ints) -> Iterator[tuple[int, int]]:
    """[begin, end) of consecutive hours."""
    for run in np.split(hours, np.flatnonzero(np.diff(hours) > 1) + 1):
        if len(run):
            yield int(run[0]), int(run[-1]) + 1


def hours_of(minutes: SignalColumns) -> SignalColumns:
    """The hours of one source from its minutes (ascending)."""
    hours, place = np.unique(minutes.bucket_ms // HOUR_MS, return_inverse=True)
    count = len(hours)

    def known_sum(column: Floats) -> Floats:
        known = ~np.isnan(column)
        sums = np.bincount(place[known], weights=column[known], minlength=count)
        return np.where(np.bincount(place[known], minlength=count) > 0, sums, np.nan)

    def known_mean(column: Floats) -> Floats:
        return np.asarray(known_sum(column) / known_sum(np.where(np.isnan(column), np.nan, 1.0)))

    def highest(column: Floats) -> Floats:
        found = np.full(count, np.nan)
        np.fmax.at(found, place, column)
        return found

    scalars = {name: known_sum(minutes.scalars[name]) for name in ADDITIVE}
    return SignalColumns(
        minutes.service_id,
        minutes.source,
        minutes.rank,
        hours * HOUR_MS,
        {**scalars, "duration_mean": known_mean(minutes.scalars["duration_mean"])},
        minutes.bounds,
        summed_rows(minutes.counts, np.arange(len(minutes)), place, places=count),
        minutes.exponential,
        {name: highest(column) for name, column in minutes.resources.items()},
    )
