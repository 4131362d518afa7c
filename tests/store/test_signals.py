"""Signal rollups come back as they were written, by minute and by hour, on both databases."""

from math import inf, nan

import numpy as np
import pytest
import sqlalchemy as sa

from app.domain.minutes import SCALARS
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import schema, services, signals
from app.store.engine import Store
from app.store.signals import SignalRow

T0 = 498_611 * HOUR_MS


def row(
    service_id: int = 1,
    minute: int = 0,
    *,
    source: str = "app",
    rank: int = 1,
    bounds: tuple[float, ...] = (),
    counts: tuple[float, ...] = (),
    exponential: bool = False,
    resources: dict[str, float] | None = None,
    **scalars: float,
) -> SignalRow:
    return SignalRow(
        service_id,
        source,
        rank,
        T0 + minute * MINUTE_MS,
        {name: scalars.get(name, nan) for name in SCALARS},
        np.array(bounds),
        np.array(counts),
        exponential,
        resources or {},
    )


def told(one: SignalRow) -> tuple[object, ...]:
    """All that a row says, comparable bit for bit."""
    scalars = {name: float(value).hex() for name, value in one.scalars.items()}
    buckets = (one.bounds.tolist(), one.counts.tolist(), one.exponential)
    return (one.service_id, one.source, one.rank, one.bucket_ms, scalars, buckets, one.resources)


def write(store: Store, *rows: SignalRow, resolution_ms: int = MINUTE_MS) -> None:
    with store.writing() as db:
        signals.write(db, [one.columns() for one in rows], resolution_ms=resolution_ms)


def minutes(store: Store, first: int = 0, end: int = 60, of: list[int] | None = None) -> list[tuple[object, ...]]:
    with store.reading() as db:
        found = signals.minutes(db, start_ms=T0 + first * MINUTE_MS, end_ms=T0 + end * MINUTE_MS, of=of)
    return [told(one) for one in found]


EVERYTHING = row(
    requests=5.0,
    errors=0.1 + 0.2,
    duration_sum=1e-300,
    duration_count=2.0**53 + 2,
    duration_mean=1 / 3,
    bounds=(0.1, 1.0, inf),
    counts=(3.0, 0.5, 1.0),
    resources={"cpu": 0.25, "disk /data": 1.5},
)


@pytest.mark.parametrize(
    "one",
    [
        EVERYTHING,
        row(requests=0.0),
        row(),
        row(resources={"plätze": 0.1}),
        row(bounds=(0.5, 1.0, 2.0), counts=(0.0, 7.0, 1.0), exponential=True),
        row(source="otel-http/native", rank=10, requests=1.0),
    ],
    ids=["everything", "nothing came", "nothing is known", "a resource of any name", "exponential", "a source"],
)
def test_a_row_comes_back_as_it_was_written(store: Store, one: SignalRow) -> None:
    write(store, one)
    assert minutes(store) == [told(one)]


MIXED = [
    EVERYTHING,
    row(minute=1),
    row(minute=2, bounds=(0.2, 1.0, inf), counts=(4.0, 0.5, 1.0), requests=0.0, resources={"cpu": 0.5}),
    row(minute=3, bounds=(0.3, 1.0), counts=(2.0, 5.0), exponential=True, resources={"plätze": 0.1}),
    row(minute=2, source="mesh", rank=2, errors=3.0),
]


def test_columns_of_a_source_say_what_its_rows_say(store: Store) -> None:
    write(store, *MIXED, row(2, requests=1.0), row(minute=60, requests=1.0))
    with store.reading() as db:
        app, mesh = signals.minute_columns(db, 1, start_ms=T0, end_ms=T0 + HOUR_MS)
    assert [(one.source, one.rank, len(one)) for one in (app, mesh)] == [("app", 1, 4), ("mesh", 2, 1)]
    assert app.bounds.tolist() == [0.1, 0.2, 0.3, 1.0, inf]
    assert app.counts.tolist() == [[3, 0, 0, 0.5, 1], [0] * 5, [0, 4, 0, 0.5, 1], [0, 0, 2, 5, 0]]
    for at, one in enumerate(MIXED[:4]):
        scalars = {name: float(column[at]).hex() for name, column in app.scalars.items()}
        assert (one.bucket_ms, scalars) == (app.bucket_ms[at], told(one)[4])
        assert one.resources == {name: column[at] for name, column in app.resources.items() if column[at] >= 0}
    assert mesh.counts.shape == (1, 0)
    assert mesh.resources == {}


def test_buckets_without_an_observation_are_no_buckets(store: Store) -> None:
    write(store, row(requests=1.0, bounds=(0.1, inf), counts=(0.0, 0.0)))
    assert minutes(store) == [told(row(requests=1.0))]


def test_a_share_that_is_not_known_is_left_out(store: Store) -> None:
    write(store, row(resources={"cpu": nan, "pool": 0.5}))
    assert minutes(store) == [told(row(resources={"pool": 0.5}))]


def test_a_row_of_the_same_bucket_service_and_source_takes_the_place_of_the_one_before(store: Store) -> None:
    write(store, EVERYTHING)
    write(store, row(requests=7.0), row(source="mesh", requests=8.0))
    assert minutes(store) == [told(row(requests=7.0)), told(row(source="mesh", requests=8.0))]


def test_rows_stand_by_service_bucket_and_source_within_the_span_asked_for(store: Store) -> None:
    rows = [row(service, minute, requests=float(minute)) for service in (2, 1) for minute in (3, 1, 2)]
    write(store, *rows)
    found = minutes(store, first=1, end=3)
    assert [(one[0], one[3]) for one in found] == [
        (service, T0 + minute * MINUTE_MS) for service in (1, 2) for minute in (1, 2)
    ]
    assert len(minutes(store, of=[2])) == 3
    assert minutes(store, of=[]) == []


def test_hours_are_kept_beside_minutes(store: Store) -> None:
    write(store, row(requests=1.0))
    write(store, row(requests=60.0), resolution_ms=HOUR_MS)
    with store.reading() as db:
        (hour,) = signals.hours(db, start_ms=T0, end_ms=T0 + HOUR_MS)
    assert hour.scalars["requests"] == 60.0
    assert minutes(store) == [told(row(requests=1.0))]


def test_each_set_of_bounds_is_stored_once_and_read_only_where_it_is_needed(store: Store) -> None:
    many = [row(minute=n, bounds=(float(n + 1), inf), counts=(1.0, 2.0)) for n in range(600)]
    write(store, *many, *(row(2, n, bounds=(1.0, inf), counts=(1.0, 2.0)) for n in range(600)))
    with store.reading() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(schema.layouts)).scalar_one() == 600
    assert minutes(store, end=600, of=[1]) == [told(one) for one in many]
    assert len(minutes(store, end=600, of=[2])) == 600


def test_bounds_of_exponential_histograms_need_no_layout(store: Store) -> None:
    """They differ from minute to minute: there would be as many layouts as minutes."""
    write(
        store, *(row(minute=n, bounds=(2.0**n, 2.0 ** (n + 1)), counts=(0.0, 5.0), exponential=True) for n in range(9))
    )
    with store.reading() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(schema.layouts)).scalar_one() == 0
    assert [one[5] for one in minutes(store)] == [([2.0**n, 2.0 ** (n + 1)], [0.0, 5.0], True) for n in range(9)]


# --- spans


def test_a_span_adds_up_minutes_and_a_span_of_hours_reads_hours(store: Store) -> None:
    write(store, *(row(minute=n, requests=float(n), errors=0.0) for n in range(4)))
    write(store, row(requests=100.0, errors=1.0), row(minute=60, requests=50.0, errors=2.0), resolution_ms=HOUR_MS)
    with store.reading() as db:
        fine = signals.span(db, 1, start_ms=T0, end_ms=T0 + 6 * MINUTE_MS, step_ms=2 * MINUTE_MS)
        coarse = signals.span(db, 1, start_ms=T0, end_ms=T0 + 2 * HOUR_MS, step_ms=2 * HOUR_MS)
    assert np.array_equal(fine.requests, [0 + 1, 2 + 3, nan], equal_nan=True)
    assert coarse.requests.tolist() == [150.0]
    assert coarse.errors.tolist() == [3.0]


def test_a_span_takes_requests_from_the_best_source(store: Store) -> None:
    write(store, row(source="mesh", rank=30, requests=9.0, errors=0.0), row(source="app", rank=10, requests=7.0))
    with store.reading() as db:
        found = signals.span(db, 1, start_ms=T0, end_ms=T0 + MINUTE_MS, step_ms=MINUTE_MS)
        nothing = signals.span(db, 99, start_ms=T0, end_ms=T0 + MINUTE_MS, step_ms=MINUTE_MS)
    assert (found.source, found.others, found.requests.tolist()) == ("app", ("mesh",), [7.0])
    assert (nothing.source, len(nothing)) == ("", 1)


# --- forgetting


def test_minutes_and_hours_are_forgotten_apart(store: Store) -> None:
    with store.writing() as db:
        ids = services.ensure(db, [("a", ""), ("b", "")], now_ms=T0)
    for service_id in ids.values():
        write(store, *(row(service_id, n, requests=1.0) for n in range(4)))
        write(store, row(service_id, requests=1.0), resolution_ms=HOUR_MS)
    with store.writing() as db:
        assert signals.forget(db, resolution_ms=MINUTE_MS, before_ms=T0 + 3 * MINUTE_MS) == 6
    assert [one[3] for one in minutes(store)] == [T0 + 3 * MINUTE_MS] * 2
    with store.reading() as db:
        assert len(signals.hours(db, start_ms=T0, end_ms=T0 + HOUR_MS)) == 2
