"""What a series means is decided when it gets its number: whose it is, what it feeds, whether it counts up."""

import pytest

from app.domain.assignments import Feed, Role
from app.domain.cells import COUNTER, DELTA, GAUGE
from app.domain.samples import Metadata, SeriesList
from app.domain.series import Kind, SeriesKey, Shape, series_key
from app.store.engine import Store
from tests.actions.registering import A, B, C, Desk
from tests.pipeline import counter


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


# --- what a series means


def visits(job: str, env: str = "", n: str = "") -> SeriesKey:
    return series_key("visits", {"job": job, "env": env, "n": n})


def test_a_service_is_made_once_whoever_names_it(store: Store) -> None:
    desk, other = Desk(store), Desk(store)
    desk.number_of(
        SeriesList([visits("shop"), visits("shop", "prod"), visits("cart")]),
        SeriesList([visits("shop", n="2"), visits("shop", "staging")]),
    )
    other.number(visits("shop", n="3"), visits("mail"))
    assert sorted(desk.services().values()) == ["cart", "mail", "shop", "shop@staging"]
    slugs = [desk.services()[one.service_id] for one in desk.stored()]
    assert sorted(slugs) == ["cart", "mail", "shop", "shop", "shop", "shop", "shop@staging"]


def test_the_recipe_that_claims_a_series_is_kept_with_it(desk: Desk) -> None:
    desk.number(visits("shop"), counter("500", job="cart"), series_key("exporter_up", {"job": "shop"}), A)
    found = {(one.source, one.rank, one.feeds, desk.services().get(one.service_id)) for one in desk.stored()}
    assert found == {
        ("visits", 3, (Feed(Role.REQUESTS),), "shop"),
        ("test", 1, (Feed(Role.REQUESTS), Feed(Role.ERRORS)), "cart"),
        ("shipped", 0, (), None),
        ("", 0, (), None),
    }


def test_a_recipe_is_asked_once_for_each_series(desk: Desk) -> None:
    desk.number(A, B)
    desk.number(B, C, A)
    assert desk.recipes.asked == [A, B, C]


def kind_of(desk: Desk, key: SeriesKey) -> int:
    (number,) = desk.number(key)
    return next(one.kind for one in desk.stored() if one.id == number)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (series_key("requests_total", {"job": "shop"}, shape=Shape.DELTA), DELTA),
        (series_key("requests", {"job": "shop"}, shape=Shape.DELTA_HISTOGRAM), DELTA),
        (series_key("visits", {"job": "shop"}, kind=Kind.GAUGE), COUNTER),
        (series_key("pool_ratio", {"job": "shop"}, kind=Kind.COUNTER), GAUGE),
        (series_key("pages", {}, kind=Kind.COUNTER), COUNTER),
        (series_key("pages_total", {}, kind=Kind.GAUGE), GAUGE),
        (series_key("pages_total", {}), COUNTER),
        (series_key("pages_seconds_sum", {}), COUNTER),
        (series_key("pages_seconds_count", {}), COUNTER),
        (series_key("pages_seconds_bucket", {"le": "1"}), COUNTER),
        (series_key("pages", {}), GAUGE),
    ],
    ids=lambda value: str(value) if isinstance(value, SeriesKey) else "",
)
def test_what_a_series_feeds_decides_its_kind_then_its_sender_then_its_name(
    desk: Desk, key: SeriesKey, kind: int
) -> None:
    assert kind_of(desk, key) == kind


@pytest.mark.parametrize("turned", [False, True], ids=["declared last", "declared first"])
def test_one_label_set_from_two_formats_is_one_series_of_the_kind_that_one_declares(desk: Desk, turned: bool) -> None:
    """A gauge by OTLP, and by a format that declares nothing under a name that looks like a counter's."""
    plain = series_key("pages_total", {"n": "1"})
    declared = series_key("pages_total", {"n": "1"}, kind=Kind.GAUGE, unit="By")
    group = [SeriesList([plain]), SeriesList([declared])]
    one, other = desk.number_of(*(group[::-1] if turned else group))
    assert one == other
    assert [each.kind for each in desk.stored()] == [GAUGE]


# --- what senders say of metrics


@pytest.mark.parametrize(
    ("declared", "metric", "kind"),
    [
        (("pages", "counter"), "pages", COUNTER),
        (("pages_total", "counter"), "pages_total", COUNTER),
        (("pages", "counter"), "pages_total", COUNTER),
        (("pages_total", "gauge"), "pages_total", GAUGE),
        (("pages", "histogram"), "pages_bucket", COUNTER),
        (("pages", "summary"), "pages_sum", COUNTER),
        (("pages", "summary"), "pages", GAUGE),
        (("pages", "gaugehistogram"), "pages_bucket", GAUGE),
        (("pages_total", "unknown"), "pages_total", COUNTER),
        (("pages", "unknown"), "pages", GAUGE),
        (("pages", "gauge"), "pages_total", COUNTER),
        (("pages", "summary"), "pages_total", COUNTER),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_the_declared_type_of_its_family_decides_before_its_name(
    desk: Desk, declared: tuple[str, str], metric: str, kind: int
) -> None:
    desk.learn(Metadata(*declared))
    assert kind_of(desk, series_key(metric, {})) == kind
    assert kind_of(Desk(desk.store), series_key(metric, {"after": "a restart"})) == kind


def test_a_series_stays_what_it_was_taken_for_when_its_type_is_told_later(desk: Desk) -> None:
    assert kind_of(desk, A) == COUNTER
    desk.learn(Metadata("pages_total", "gauge"))
    assert (kind_of(desk, A), kind_of(desk, B)) == (COUNTER, GAUGE)
    desk.learn(Metadata("pages_total", "counter"))
    assert (kind_of(desk, B), kind_of(desk, C)) == (GAUGE, COUNTER)


def test_a_type_that_was_told_in_vain_is_not_known(desk: Desk) -> None:
    desk.fail(metadata=(Metadata("pages_total", "gauge"),))
    assert kind_of(desk, A) == COUNTER
