"""New series of a source in an hour: those over the budget are named, and nobody else is touched."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.domain.errors import Unavailable
from app.domain.histograms import ExplicitHistogram
from app.domain.samples import HistogramSample, SampleBatch, SeriesList
from app.domain.series import SeriesKey, series_key
from app.domain.stamps import stamped
from app.store import journal
from app.store.engine import Store
from tests.actions.ingesting import Door, fresh, in_one_group
from tests.pipeline import NOW_MS, One, batch, histogram_series

HOUR_MS = 3_600_000


@pytest.fixture
def small(shared: Store) -> Iterator[Door]:
    """An ingest that takes three new series an hour of each source."""
    door = Door(shared, new_series_per_hour=3)
    door.start()
    yield door
    door.close()


def sent(*keys: SeriesKey, at_ms: int = NOW_MS) -> SampleBatch:
    return batch([One(key, at_ms, 1.0) for key in keys])


def test_what_is_over_the_budget_is_named_and_the_rest_is_kept(small: Door) -> None:
    keys = [fresh() for _ in range(5)]
    accepted = small.write(sent(*keys))
    (refusal,) = accepted.refusals
    assert (accepted.samples, refusal.code, refusal.samples) == (3, "series_budget", 2)
    assert str(keys[3]) in refusal.message
    assert "and 1 more" in refusal.message
    assert small.counters.value("burnline_samples_refused_total", source="test", reason="series_budget") == 2


def test_series_that_are_known_flow_on_while_new_ones_are_refused(small: Door) -> None:
    known = [fresh() for _ in range(3)]
    small.write(sent(*known))
    for turn in range(1, 4):
        accepted = small.write(sent(*known, fresh(), fresh(), at_ms=NOW_MS + turn))
        assert (accepted.samples, [one.samples for one in accepted.refusals]) == (3, [2])


def test_the_next_hour_takes_what_the_last_one_refused(small: Door) -> None:
    keys = [fresh() for _ in range(5)]
    request = sent(*keys)
    assert small.write(request).samples == 3
    again = small.write(request, now_ms=NOW_MS + HOUR_MS)
    assert (again.samples, again.refusals) == (5, ())


def test_sources_have_budgets_of_their_own_and_one_that_a_token_names_is_a_source(small: Door) -> None:
    for request in (sent(fresh(), fresh(), fresh()), stamped(sent(fresh(), fresh(), fresh()), "payments")):
        assert small.write(request).refusals == ()
    (refusal,) = small.write(stamped(sent(fresh()), "payments")).refusals
    assert "payments has begun 3 series" in refusal.message


def test_the_same_new_series_in_two_requests_of_one_commit_is_paid_for_once(shared: Store) -> None:
    door = Door(shared, new_series_per_hour=1)
    key = fresh()
    answers = in_one_group(door, [sent(key, at_ms=NOW_MS + turn) for turn in range(3)])
    door.close()
    assert [getattr(one, "refusals", one) for one in answers] == [(), (), ()]


def test_the_label_that_has_grown_is_named_and_on_record_for_the_health_page(small: Door) -> None:
    keys = [series_key("logins", {"zone": "eu", "user": f"budget-{number}"}) for number in range(9)]
    (refusal,) = small.write(sent(*keys)).refusals
    assert refusal.message.endswith("Their label user has 6 values.")
    found = small.counters.by("burnline_series_refused_last_seconds", "source", "label")
    assert found == {("test", "user"): NOW_MS / 1000}


def test_histograms_are_new_series_too(small: Door) -> None:
    small.write(sent(fresh(), fresh(), fresh()))
    histogram = ExplicitHistogram(np.array([1.0]), np.array([1.0, 2.0]), 2.5)
    key = series_key(histogram_series().metric, {"n": fresh().label("n")}, shape=histogram_series().shape)
    none = np.array([], dtype=np.int64)
    accepted = small.write(
        SampleBatch(SeriesList([key]), none, none, np.array([]), histograms=(HistogramSample(0, NOW_MS, histogram),))
    )
    (refusal,) = accepted.refusals
    assert (accepted.histograms, refusal.code, refusal.samples, refusal.histograms) == (0, "series_budget", 0, 1)


def test_a_commit_that_fails_spends_nothing(small: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> int:
        raise Unavailable("The database did not answer: gone", code="database_unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "append", fail)
        with pytest.raises(Unavailable):
            small.write(sent(fresh(), fresh(), fresh()))
    assert small.write(sent(fresh(), fresh(), fresh())).refusals == ()
