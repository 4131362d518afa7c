"""The catalogue of series."""

import pytest

from app.domain.assignments import Feed, Role
from app.domain.cells import COUNTER, DELTA, GAUGE
from app.domain.series import Labels, SeriesKey, Shape, series_key
from app.store import series, services
from app.store.engine import Store
from app.store.series import LabelledSeries, NewSeries

HITS = series_key("hits_total", {"job": "shop", "path": "/"})
FEEDS = (Feed(Role.REQUESTS), Feed(Role.BUCKET, scale=0.001, bound=0.25, resource="disk /data", instance="a b"))


def new(key: SeriesKey, *, service_id: int = 0, kind: int = COUNTER, feeds: tuple[Feed, ...] = ()) -> NewSeries:
    return NewSeries(key, service_id, kind, "app" if feeds else "", 10 if feeds else 0, feeds)


def add(store: Store, *found: NewSeries) -> dict[bytes, int]:
    with store.writing() as db:
        series.add(db, found, now_ms=1)
        return series.ids_of(db, [one.key.fingerprint for one in found])


def test_series_are_stored_once_and_known_by_their_fingerprint(store: Store) -> None:
    ids = add(store, new(HITS))
    assert add(store, new(HITS), new(series_key("other", {}))) | ids == add(
        store, new(HITS), new(series_key("other", {}))
    )
    with store.reading() as db:
        assert dict(series.every_fingerprint(db))[HITS.fingerprint] == ids[HITS.fingerprint]
        assert series.ids_of(db, [b"0" * 16]) == {}
        assert series.ids_of(db, []) == {}


def test_many_are_looked_up_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "LOOK_UP_AT_ONCE", 3)
    keys = [series_key("many", {"n": str(number)}) for number in range(10)]
    ids = add(store, *(new(key) for key in keys))
    assert len(set(ids.values())) == 10
    with store.reading() as db:
        found = series.some(db, sorted(ids.values()))
    assert [one.id for one in found] == sorted(ids.values())


def test_what_folding_needs_comes_back(store: Store) -> None:
    delta = series_key("sizes", {"job": "shop"}, shape=Shape.DELTA_HISTOGRAM)
    ids = add(store, new(HITS, service_id=7, feeds=FEEDS), new(delta, kind=DELTA))
    with store.reading() as db:
        one, other = series.after(db, 0)
        assert list(series.after(db, other.id)) == []
    assert (one.id, one.service_id, one.shape, one.kind) == (ids[HITS.fingerprint], 7, Shape.VALUE, COUNTER)
    assert (one.source, one.rank, one.feeds) == ("app", 10, FEEDS)
    assert (other.shape, other.kind, other.source, other.feeds) == (Shape.DELTA_HISTOGRAM, DELTA, "", ())
    assert one.order != other.order


def test_the_order_of_series_does_not_depend_on_their_arrival(store: Store) -> None:
    keys = [series_key("many", {"n": str(number)}) for number in range(5)]
    add(store, *(new(key) for key in keys))
    with store.reading() as db:
        first = [one.order for one in series.after(db, 0)]
    assert first == [int.from_bytes(key.fingerprint[:8], "big", signed=True) for key in keys]


@pytest.mark.parametrize(
    "labels",
    [(), (("job", 'sh"op\\'),), (("a.b c", "é🙂\n"), ("le", "+Inf"))],
    ids=["none", "quotes", "any script"],
)
def test_the_series_of_a_metric_come_with_their_labels(store: Store, labels: Labels) -> None:
    key = SeriesKey("hits total", labels)
    ids = add(store, new(key, service_id=7, kind=GAUGE), new(series_key("hits", {"job": "shop"})))
    with store.reading() as db:
        found = series.named(db, "hits total", limit=9)
    assert found == [LabelledSeries(ids[key.fingerprint], 7, "hits total", dict(labels), Shape.VALUE, GAUGE)]


def test_no_more_series_of_a_metric_are_read_than_asked_for(store: Store) -> None:
    add(store, *(new(series_key("many", {"n": str(number)})) for number in range(5)))
    with store.reading() as db:
        assert len(series.named(db, "many", limit=3)) == 3


def test_uses_are_counted_by_metric_service_source_and_shape(store: Store) -> None:
    with store.writing() as db:
        shop = services.ensure(db, [("shop", "")], now_ms=1)["shop", ""]
    requests, failing = (Feed(Role.REQUESTS),), (Feed(Role.REQUESTS), Feed(Role.ERRORS))
    add(
        store,
        *(
            new(series_key("hits_total", {"job": "shop", "code": code}), service_id=shop, feeds=feeds)
            for code, feeds in (("200", requests), ("500", failing), ("404", requests))
        ),
        new(series_key("warp", {"deck": "1"}), kind=GAUGE),
    )
    with store.reading() as db:
        hits, warp = series.uses(db, limit=9)
        assert [one.metric for one in series.uses(db, limit=1)] == ["hits_total"]
    assert (hits.service, hits.source, hits.roles, hits.series) == ("shop", "app", (Role.REQUESTS, Role.ERRORS), 3)
    assert hits.labels.keys() == {"job", "code"}
    assert (warp.service, warp.source, warp.roles, warp.labels) == ("", "", (), {"deck": "1"})
