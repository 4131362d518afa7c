"""What feeds what, on a real catalogue filled through the front of ingest with the shipped recipes."""

from collections.abc import Iterator

import numpy as np
import pytest
import sqlalchemy as sa

from app.domain.histograms import ExplicitHistogram
from app.domain.series import Kind, SeriesKey, Shape, series_key
from app.reports import recipes
from app.reports.recipes import Feeding
from app.store.engine import Store
from app.wire.recipes import load, shipped
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline

SHIPPED = load([shipped()])


def http(code: str, job: str = "shop") -> SeriesKey:
    return series_key("http_requests_total", {"job": job, "code": code})


def memory(pod: str) -> SeriesKey:
    labels = {"k8s.pod.name": pod, "service.name": "db"}
    return series_key("k8s.container.memory_limit", labels)


BUNDLED = series_key("http.server.request.duration", {"service.name": "cart"}, shape=Shape.HISTOGRAM)
IGNORED = series_key("promhttp_metric_handler_requests_total", {"job": "shop", "code": "200"})
KNOWN = [http("200"), http("404"), http("500"), http("200", "blog"), memory("db-0"), memory("db-1")]
STRANGERS = [
    series_key("warp_core_temperature", {"job": "bridge", "deck": str(deck)}, kind=Kind.GAUGE) for deck in range(3)
] + [series_key("crew_meals_total", {"job": "galley"}, kind=Kind.COUNTER)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    pipeline = Pipeline(databases.empty(str(request.param)), recipes=SHIPPED)
    pipeline.send([One(key, NOW_MS, 1.0) for key in [*KNOWN, IGNORED, *STRANGERS]])
    yield pipeline.store
    pipeline.close()


def test_a_metric_of_a_service_is_one_row_with_all_its_series_and_everything_they_give(store: Store) -> None:
    found = recipes.page(store).feeding
    assert found[0] == Feeding("shop", "http_requests_total", ("requests", "errors"), found[0].source, 3)
    assert [(one.service, one.metric, one.gives, one.series) for one in found[1:]] == [
        ("db", "k8s.container.memory_limit", ("limit",), 2),
        ("blog", "http_requests_total", ("requests",), 1),
    ]
    assert SHIPPED.recipe(found[0].source) is not None


def test_the_head_counts_all_series_that_feed_something_and_their_services(store: Store) -> None:
    found = recipes.page(store)
    assert (found.known, found.services) == (len(KNOWN), len({"shop", "blog", "db"}))


def test_what_no_recipe_knows_stands_most_series_first_with_an_example_and_a_recipe(store: Store) -> None:
    warp, meals = recipes.page(store).unrecognised
    assert (warp.metric, warp.series) == ("warp_core_temperature", 3)
    assert warp.example == 'warp_core_temperature{deck="0",job="bridge"}'
    assert "- gauge: " in warp.suggestion
    assert (meals.metric, meals.series) == ("crew_meals_total", 1)
    assert "- counter: " in meals.suggestion


def test_what_a_recipe_leaves_out_is_neither_known_nor_unknown(store: Store) -> None:
    found = recipes.page(store)
    assert IGNORED.metric not in {one.metric for one in found.feeding}
    assert IGNORED.metric not in {one.metric for one in found.unrecognised}


@pytest.mark.parametrize(
    ("search", "feeding", "unrecognised"),
    [
        ("HTTP_Requests", ["shop", "blog"], []),
        ("blog", ["blog"], []),
        (" db ", ["db"], []),
        ("core", [], ["warp_core_temperature"]),
        ("%", [], []),
    ],
    ids=["by metric in any case", "by service", "with spaces around", "a stranger", "a sign that SQL would read"],
)
def test_a_search_narrows_by_metric_or_service(
    store: Store, search: str, feeding: list[str], unrecognised: list[str]
) -> None:
    found = recipes.page(store, search=search)
    assert [one.service for one in found.feeding] == feeding
    assert [one.metric for one in found.unrecognised] == unrecognised


def test_an_empty_catalogue_has_nothing_to_show(databases: Databases) -> None:
    pipeline = Pipeline(databases.empty("sqlite"))
    assert recipes.page(pipeline.store) == recipes.Recipes((), (), 0, 0)
    pipeline.close()


def test_the_page_costs_one_query(store: Store) -> None:
    asked: list[str] = []

    def note(_db: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(store._reader, "before_cursor_execute", note)
    recipes.page(store)
    sa.event.remove(store._reader, "before_cursor_execute", note)
    assert len([one for one in asked if one.startswith("SELECT")]) == 1


def test_a_histogram_gives_all_that_it_holds(databases: Databases) -> None:
    pipeline = Pipeline(databases.empty("sqlite"), recipes=SHIPPED)
    pipeline.send([], [(BUNDLED, NOW_MS, ExplicitHistogram(np.array([1.0]), np.array([1.0, 0.0])))])
    (found,) = recipes.page(pipeline.store).feeding
    assert (found.service, found.gives, found.source) == ("cart", ("requests", "duration"), "otel-http")
    pipeline.close()
