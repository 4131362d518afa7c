"""Which stored series an indicator may be measured by."""

from app.domain.assignments import Feed, Role
from app.domain.cells import COUNTER
from app.domain.selectors import Match, Matcher, MetricSelector, SignalSelector
from app.domain.series import series_key
from app.domain.slis.ratio import Ratio
from app.store import series, services
from app.store.engine import Store
from app.store.series import NewSeries
from tests.objectives import failures

REQUESTS = (Feed(Role.REQUESTS),)


def add(store: Store, metric: str, source: str = "", *, service: str = "", **labels: str) -> int:
    key = series_key(metric, labels)
    feeds = REQUESTS if service else ()
    with store.writing() as db:
        service_id = services.ensure(db, [(service, "")], now_ms=1)[service, ""] if service else 0
        series.add(db, [NewSeries(key, service_id, COUNTER, source, 1, feeds)], now_ms=1)
        return series.ids_of(db, [key.fingerprint])[key.fingerprint]


def test_series_are_told_by_field_with_everything_a_selector_asks_for(store: Store) -> None:
    good = add(store, "requests_total", "app", service="shop", code="200")
    bad = add(store, "requests_total", code="500")
    add(store, "others_total", code="500")
    with store.reading() as db:
        found = series.candidates(db, failures())
        (again,) = series.candidates_of(db, [good])
    assert {name: [one.id for one in many] for name, many in found.items()} == {"bad": [bad], "total": [good, bad]}
    assert again == found["total"][0]
    assert (again.service, again.metric, dict(again.labels)) == ("shop", "requests_total", {"code": "200"})
    assert (again.source, again.feeds, again.kind) == ("app", REQUESTS, COUNTER)
    assert found["bad"][0].service == ""


def test_series_of_a_recipes_source_are_found_by_service_and_source(store: Store) -> None:
    wanted = add(store, "hits_total", "app", service="shop")
    add(store, "hits_total", "app", service="bank")
    add(store, "spans_total", "traces", service="shop")
    asked = SignalSelector("shop", "app", frozenset({Role.REQUESTS}))
    none = MetricSelector("nothing_total", (Matcher("code", Match.LIKE, "5.."),))
    with store.reading() as db:
        found = series.candidates(db, Ratio(bad=none, total=asked))
    assert {name: [one.id for one in many] for name, many in found.items()} == {"bad": [], "total": [wanted]}


def test_those_already_known_are_not_read_again(store: Store) -> None:
    first = add(store, "requests_total", code="200")
    second = add(store, "requests_total", code="500")
    with store.reading() as db:
        assert [one.id for one in series.candidates_for(db, [failures()])] == [first, second]
        assert [one.id for one in series.candidates_for(db, [failures()], known={first})] == [second]
        assert series.candidates_for(db, []) == []
