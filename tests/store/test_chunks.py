"""Raw samples in chunks: all that a series has in a span, each time once, the first that came kept."""

import numpy as np
import pytest

from app.domain import histogram_codec
from app.domain.cells import COUNTER
from app.domain.histograms import ExplicitHistogram
from app.domain.samples import HistogramSample, Mark
from app.domain.series import SeriesKey, Shape, series_key
from app.store import chunks, series, spans
from app.store.chunks import Chunk, Samples
from app.store.engine import Store
from app.store.series import NewSeries
from app.store.spans import Spans

SERVICE = 4


def span(series_id: int, start_ms: int, end_ms: int) -> Spans:
    return Spans(*(np.array([one]) for one in (SERVICE, series_id, start_ms, end_ms)))


def samples(series_id: int, *found: tuple[int, float], marks: dict[int, int] | None = None) -> Samples:
    at_ms = np.array([at for at, _ in found], dtype=np.int64)
    return Samples(
        np.full(len(found), series_id, dtype=np.int64),
        at_ms,
        np.array([value for _, value in found], dtype=np.float64),
        np.array([(marks or {}).get(at, 0) for at in at_ms.tolist()], dtype=np.uint8),
        np.zeros(len(found), dtype=np.int64),
    )


def write(store: Store, found: Samples, *, seq: int = 1) -> list[Chunk]:
    made = list(chunks.pack(found, np.full(100, SERVICE, dtype=np.int64), seq=seq))
    with store.writing() as db:
        chunks.write(db, made)
    return made


def read(store: Store, series_id: int = 7, start: int = 0, end: int = 1_000) -> list[tuple[int, float]]:
    with store.reading() as db:
        found = chunks.scalars(db, span(series_id, start, end))
    return list(zip(found.at_ms.tolist(), found.values.tolist(), strict=True))


def test_each_series_has_its_own_chunk(store: Store) -> None:
    both = chunks.joined([samples(7, (10, 1.5), (20, 2.5)), samples(8, (15, 9.0))])
    made = write(store, both)
    assert [(one.series_id, one.first_ms, one.last_ms, one.samples) for one in made] == [(7, 10, 20, 2), (8, 15, 15, 1)]
    assert read(store) == [(10, 1.5), (20, 2.5)]
    assert read(store, 8) == [(15, 9.0)]


def test_marks_and_start_times_come_back(store: Store) -> None:
    sent = samples(7, (10, 1.0), (20, 0.0), marks={20: Mark.STALE})
    write(store, Samples(sent.series, sent.at_ms, sent.values, sent.marks, np.array([3, 0], dtype=np.int64)))
    with store.reading() as db:
        found = chunks.scalars(db, span(7, 0, 99))
    assert (found.marks.tolist(), found.start_ms.tolist()) == ([0, Mark.STALE], [3, 0])


def test_samples_are_read_within_the_span(store: Store) -> None:
    write(store, samples(7, (10, 1.0), (20, 2.0)))
    write(store, samples(7, (30, 3.0), (40, 4.0)), seq=2)
    assert read(store, start=20, end=30) == [(20, 2.0)]
    assert read(store, start=21, end=30) == []
    assert read(store, start=20, end=41) == [(20, 2.0), (30, 3.0), (40, 4.0)]


def test_many_series_are_read_each_in_its_own_span_and_in_the_order_of_the_spans(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "SPANS_AT_ONCE", 2)
    days = [0, 86_400_000]
    times = [day + at for day in days for at in (10, 20)]
    write(store, chunks.joined([samples(n, *((at, float(n)) for at in times)) for n in range(9)]))
    ids = np.array([5, 3, 8, 0, 7], dtype=np.int64)
    starts = np.array([15, days[1] + 15, 0, 15, days[1]], dtype=np.int64)
    wanted = Spans(np.full(5, SERVICE), ids, starts, starts + 10)
    nowhere = Spans(*(np.empty(0, dtype=np.int64) for _ in range(4)))
    with store.reading() as db:
        found = chunks.scalars(db, wanted)
        assert len(chunks.scalars(db, nowhere)) == 0
    assert list(zip(found.series.tolist(), found.at_ms.tolist(), strict=True)) == [
        (5, 20),
        (3, days[1] + 20),
        (0, 20),
    ]


def test_of_two_samples_at_one_time_the_one_sealed_first_counts(store: Store) -> None:
    write(store, samples(7, (10, 1.0), (20, 2.0)), seq=2)
    write(store, samples(7, (5, 0.5), (10, 9.0)), seq=1)
    assert read(store) == [(5, 0.5), (10, 9.0), (20, 2.0)]


def test_tidying_sorts_by_series_and_time_and_keeps_the_first_of_doubles() -> None:
    mixed = chunks.joined([samples(8, (10, 1.0)), samples(7, (20, 2.0), (10, 3.0), (20, 4.0))])
    found = chunks.tidy(mixed)
    assert list(zip(found.series.tolist(), found.at_ms.tolist(), found.values.tolist(), strict=True)) == [
        (7, 10, 3.0),
        (7, 20, 2.0),
        (8, 10, 1.0),
    ]


def test_nothing_is_no_samples(store: Store) -> None:
    assert len(chunks.joined([])) == 0
    assert list(chunks.pack(chunks.no_samples(), np.empty(0, dtype=np.int64), seq=1)) == []
    assert read(store) == []


# --- histograms


def histogram(series_id: int, at_ms: int, count: float) -> HistogramSample:
    return HistogramSample(series_id, at_ms, ExplicitHistogram(np.array([1.0]), np.array([count, 0.0])))


def write_histograms(store: Store, series_id: int, *found: HistogramSample, seq: int = 1) -> None:
    with store.writing() as db:
        chunks.write(db, [chunks.pack_histograms(histogram_codec.packed(found), SERVICE, seq=seq)])


def test_histogram_samples_are_sorted_and_the_first_of_doubles_kept(store: Store) -> None:
    write_histograms(store, 7, histogram(7, 20, 5.0), histogram(7, 30, 6.0), seq=1)
    write_histograms(store, 7, histogram(7, 10, 4.0), histogram(7, 20, 99.0), seq=2)
    with store.reading() as db:
        found = chunks.histograms(db, span(7, 0, 30))[0]
    assert [(one.at_ms, one.histogram and one.histogram.count) for one in found] == [(10, 4.0), (20, 5.0)]


# --- by metric


@pytest.fixture
def ids(store: Store) -> dict[str, int]:
    """Series of two metrics, two of one, one of them histogram-shaped."""
    keys = {
        "a": series_key("hits", {"job": "a"}),
        "b": series_key("hits", {"job": "b"}),
        "other": series_key("misses", {"job": "a"}),
        "histogram": series_key("sizes", {"job": "a"}, shape=Shape.HISTOGRAM),
    }
    return store_series(store, keys)


def store_series(store: Store, keys: dict[str, SeriesKey]) -> dict[str, int]:
    with store.writing() as db:
        series.add(db, [NewSeries(key, SERVICE, COUNTER, "", 0, ()) for key in keys.values()], now_ms=1)
        found = series.ids_of(db, [key.fingerprint for key in keys.values()])
    return {name: found[key.fingerprint] for name, key in keys.items()}


def test_a_metric_is_read_series_by_series_in_order_of_sealing(store: Store, ids: dict[str, int]) -> None:
    services = np.full(max(ids.values()) + 1, SERVICE, dtype=np.int64)
    with store.writing() as db:
        for seq, (name, at_ms) in enumerate([("b", 10), ("a", 30), ("other", 10), ("a", 20)], start=1):
            chunks.write(db, chunks.pack(samples(ids[name], (at_ms, float(seq))), services, seq=seq))
    with store.reading() as db:
        found = [
            (one, chunks.scalars_in(one, data).at_ms.tolist())
            for one, data in chunks.of_metric(db, "hits", start_ms=0, end_ms=30)
        ]
        all_of_it = list(chunks.of_metric(db, "hits", start_ms=0, end_ms=31))
    assert found == [(ids["a"], [20]), (ids["b"], [10])]
    assert [one for one, _ in all_of_it] == [ids["a"], ids["a"], ids["b"]]
    assert chunks.scalars_in(ids["a"], all_of_it[0][1]).at_ms.tolist() == [30], "sealed first"


def test_the_newest_distribution_of_each_series_is_found(store: Store, ids: dict[str, int]) -> None:
    one = ids["histogram"]
    write_histograms(store, one, histogram(one, 10, 1.0), histogram(one, 20, 2.0), seq=1)
    write_histograms(store, one, histogram(one, 15, 9.0), HistogramSample(one, 30, None), seq=2)
    with store.reading() as db:
        (found,) = chunks.newest_histograms(db, since_ms=20)
        assert list(chunks.newest_histograms(db, since_ms=31)) == []
    assert (found.at_ms, found.histogram and found.histogram.count) == (20, 2.0)


# --- forgetting


def test_a_chunk_is_forgotten_when_its_newest_sample_is_too_old(store: Store) -> None:
    write(store, samples(7, (10, 1.0), (20, 2.0)))
    write(store, samples(7, (30, 3.0)), seq=2)
    with store.writing() as db:
        assert chunks.forget(db, before_ms=20) == 0
        assert chunks.forget(db, before_ms=21) == 1
    assert read(store) == [(30, 3.0)]
