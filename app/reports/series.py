"""The series of one metric, as samples or by steps: for whoever wants the numbers under the signals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.cells import GAUGE, Cells
from app.domain.errors import Invalid, Missing
from app.domain.samples import Mark
from app.domain.series import clip
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.reports import formats, unsealed
from app.store import chunks, rollups
from app.store import series as stored
from app.store.chunks import Samples
from app.store.engine import Connection, Store
from app.store.series import LabelledSeries

MOST_SERIES = 500
MOST_ROWS_A_SERIES = 11_000
MOST_ROWS = 200_000
STEPS_MS = [MINUTE_MS * minutes for minutes in (1, 5, 15)] + [HOUR_MS * hours for hours in (1, 6, 24)]


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One value of one series; None for NaN and infinities."""

    time: str
    metric: str
    labels: dict[str, str]
    value: float | None


def samples(store: Store, metric: str, *, start_ms: int, end_ms: int) -> list[SampleRow]:
    """Every sample in [start_ms, end_ms), by series and time; of a histogram the number of its observations.

    Raises Missing when there is no such metric, Invalid when it would be too many.
    """
    with store.reading() as db:
        known = _known(db, metric)
        # The journal first: what is sealed in between is then seen twice instead of not at all.
        waiting = unsealed.samples(db, known, before_ms=end_ms)
        found = _sealed(db, known, metric, start_ms, end_ms)
    found.append(_within(waiting, start_ms, end_ms))
    together = chunks.tidy(chunks.joined(found))
    if len(together) > MOST_ROWS or np.bincount(together.series).max(initial=0) > MOST_ROWS_A_SERIES:
        raise _too_large(len(known), start_ms, end_ms)
    return list(_sample_rows(known, together.where(together.marks == Mark.VALUE)))


def steps(store: Store, metric: str, *, start_ms: int, end_ms: int, step_ms: int) -> list[SampleRow]:
    """A value for every step (whole minutes; the first begins at or before start_ms) in which something is known: of a
    gauge the mean, of a counter its increase, of a histogram its new observations; by series and time.

    Samples that come late count once they are sealed. Raises as `samples` does.
    """
    start_ms = start_ms // step_ms * step_ms
    number = -(-(end_ms - start_ms) // step_ms)
    with store.reading() as db:
        known = _known(db, metric)
        if number > MOST_ROWS_A_SERIES or number * len(known) > MOST_ROWS:
            raise _too_large(len(known), start_ms, end_ms)
        waiting = unsealed.cells(db, known, metric, before_ms=start_ms + number * step_ms)
        sealed = rollups.of_metric(db, metric, start_ms=start_ms, end_ms=start_ms + number * step_ms)
    plain, grown = rollups.told_apart(sealed)
    cells = _once(rollups.joined([*plain, *(unsealed.by_minute(*one) for one in grown), waiting]))
    return list(_step_rows(known, cells, start_ms=start_ms, step_ms=step_ms, number=number))


def _known(db: Connection, metric: str) -> list[LabelledSeries]:
    known = stored.named(db, metric, limit=MOST_SERIES + 1)
    if not known:
        raise Missing(f"There is no metric named {clip(metric)}.", code="metric_unknown", field="match")
    if len(known) > MOST_SERIES:
        raise Invalid(
            f"{clip(metric)} has more than {MOST_SERIES} series.",
            code="query_too_large",
            field="match",
            hint="The signals of a service need no series: see /api/services.",
        )
    return known


def _sealed(db: Connection, known: Sequence[LabelledSeries], metric: str, start_ms: int, end_ms: int) -> list[Samples]:
    """The samples in chunks, no more than the limits allow."""
    histograms = {one.id for one in known if one.is_histogram}
    found: list[Samples] = []
    series_id, of_series, total = 0, 0, 0
    for owner, data in chunks.of_metric(db, metric, start_ms=start_ms, end_ms=end_ms):
        part = unsealed.counts(chunks.histograms_in(data)) if owner in histograms else chunks.scalars_in(owner, data)
        found.append(_within(part, start_ms, end_ms))
        of_series = len(found[-1]) + (of_series if owner == series_id else 0)
        series_id, total = owner, total + len(found[-1])
        if of_series > MOST_ROWS_A_SERIES or total > MOST_ROWS:
            raise _too_large(len(known), start_ms, end_ms)
    return found


def _within(found: Samples, start_ms: int, end_ms: int) -> Samples:
    return found.where((found.at_ms >= start_ms) & (found.at_ms < end_ms))


def _sample_rows(known: Sequence[LabelledSeries], found: Samples) -> Iterator[SampleRow]:
    by_id = {one.id: one for one in known}
    finite = np.isfinite(found.values).tolist()
    columns = (found.series.tolist(), found.at_ms.tolist(), found.values.tolist(), finite)
    for series_id, at_ms, value, is_finite in zip(*columns, strict=True):
        one = by_id[series_id]
        yield SampleRow(formats.iso(at_ms), one.metric, one.labels, value if is_finite else None)


def _once(cells: Cells) -> Cells:
    """Each minute of each series once: one that was sealed in between is in both, and the same."""
    order = np.lexsort((np.arange(len(cells)), cells.minute, cells.series))
    ordered = cells.where(order)
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = (np.diff(ordered.series) != 0) | (np.diff(ordered.minute) != 0)
    return ordered.where(fresh)


def _step_rows(
    known: Sequence[LabelledSeries], cells: Cells, *, start_ms: int, step_ms: int, number: int
) -> Iterator[SampleRow]:
    step = (cells.minute * MINUTE_MS - start_ms) // step_ms
    inside = (step >= 0) & (step < number)
    place = np.searchsorted(np.array([one.id for one in known]), cells.series[inside]) * number + step[inside]
    size = len(known) * number
    total = np.bincount(place, weights=cells.total[inside], minlength=size)
    weight = np.bincount(place, weights=cells.weight[inside], minlength=size)
    for at in np.flatnonzero(np.bincount(place, minlength=size)).tolist():
        one = known[at // number]
        is_mean = one.kind == GAUGE and not one.is_histogram
        value = float(total[at] / weight[at] if is_mean else total[at])
        yield SampleRow(formats.iso(start_ms + at % number * step_ms), one.metric, one.labels, value)


def _too_large(series: int, start_ms: int, end_ms: int) -> Invalid:
    """What to ask for instead: the shortest usual step that stays within every limit."""
    most = min(MOST_ROWS_A_SERIES, MOST_ROWS // series) - 1  # a range that begins within a step touches one more
    enough = next((one for one in STEPS_MS if (end_ms - start_ms) // one <= most), None)
    hint = "Ask for a shorter range." if enough is None else f"Use step={enough // 1000}, or a shorter range."
    return Invalid(
        f"That would be more than {MOST_ROWS_A_SERIES} values a series or {MOST_ROWS} in all.",
        code="query_too_large",
        field="step",
        hint=hint,
    )
