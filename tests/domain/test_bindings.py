"""Which series SLIs are bound to: several of each to several of the other."""

from dataclasses import replace

import numpy as np

from app.domain.bindings import Bound
from app.domain.distributions import Bins
from app.domain.json_values import Fields
from app.domain.selectors import Candidate
from app.domain.series import Shape
from app.domain.slis import KINDS, Indicator
from tests.domain.slis.measuring import counter, gauge, histogram


def ratio(good: str, total: str) -> Indicator:
    return KINDS["ratio"]({"good": good, "total": total}, field="indicator")


def composite(*of: int) -> Indicator:
    return KINDS["composite"]({"rule": "all_of", "of": [{"sli": one} for one in of]}, field="indicator")


def series(number: int, metric: str, **labels: str) -> Candidate:
    return replace(counter(metric, []).one, labels=labels, id=number, order=-number, service_id=number % 2)


def fed(bound: Bound, series_id: int) -> list[tuple[int, float]]:
    """(lane, scale) of everything a series feeds."""
    feeds = bound.feeds
    return [(int(feeds.lane[at]), float(feeds.scale[at])) for at in range(feeds.begin[series_id], feeds.end[series_id])]


SLIS = {3: ratio("hits_total", "asked_total"), 1: ratio('asked_total{code="200"}', "asked_total"), 8: composite(1, 3)}


def test_a_series_feeds_every_sli_that_selects_it_and_no_other() -> None:
    bound = Bound(SLIS)
    assert bound.learn([series(5, "asked_total", code="200"), series(6, "hits_total"), series(7, "other_total")]) == [
        1,
        3,
    ]
    good, total, of_other, hits = range(4)
    assert [lane for lane, _ in fed(bound, 5)] == [good, total, of_other]
    assert [lane for lane, _ in fed(bound, 6)] == [hits]
    assert fed(bound, 7) == []
    assert (bound.rows[1].numbers, bound.rows[3].numbers) == ([good, total], [of_other, hits])
    assert {sli_id: [one.id for one in found] for sli_id, found in bound.series.items()} == {1: [5], 3: [5, 6]}


def test_a_series_is_learned_once_and_new_ones_join() -> None:
    bound = Bound(SLIS)
    bound.learn([series(5, "asked_total")])
    assert bound.learn([series(5, "asked_total")]) == []
    assert bound.learn([series(5, "asked_total"), series(9, "hits_total")]) == [3]
    assert [one.id for one in bound.series[3]] == [5, 9]


def test_selectors_find_their_series_by_whatever_labels_they_name() -> None:
    texts = [
        "a",
        'a{job="x"}',
        'a{job="x",pod="1"}',
        'a{pod=""}',
        'a{job=~"x|y"}',
        'a{job!="x"}',
        'b{job="x"}',
        'a{le="1.0"}',
    ]
    bound = Bound({at: ratio(text, "asked_total") for at, text in enumerate(texts)})
    labels: list[dict[str, str]] = [{"job": "x"}, {"job": "x", "pod": "1"}, {"job": "z"}, {"le": "1"}]
    bound.learn(series(10 + at, "a", **one) for at, one in enumerate(labels))
    found = [
        [at for at in range(len(texts)) if 10 + k in [one.id for one in bound.series[at]]] for k in range(len(labels))
    ]
    assert found == [[0, 1, 3, 4], [0, 1, 2, 4], [0, 3, 5], [0, 3, 5, 7]]


def test_series_are_added_in_their_order_whatever_their_number() -> None:
    bound = Bound(SLIS)
    bound.learn([series(5, "asked_total")])
    assert (bound.feeds.order[5], bound.feeds.service[5], bound.feeds.kind[5]) == (-5, 1, 0)


def test_which_of_some_samples_are_of_use_can_be_asked_for_any_number() -> None:
    bound = Bound(SLIS)
    bound.learn([series(5, "asked_total"), series(7, "other_total"), series(4_000, "hits_total")])
    asked = np.array([5, 6, 7, 4_000, 4_001, 10**9])
    assert bound.taps(asked).tolist() == [True, False, False, True, False, False]


def test_composites_have_no_lanes_and_come_after_their_members() -> None:
    bound = Bound({**SLIS, 9: composite(8, 1)})
    assert bound.composites == (8, 9)
    assert set(bound.rows) == {1, 3}


def test_a_histogram_has_its_lanes_as_soon_as_it_is_known() -> None:
    bound = Bound({2: ratio("failed", "duration"), 4: ratio("hits_total", "duration")})
    one = replace(histogram("duration", []).one, id=5)
    assert bound.learn([one, replace(one, id=6, metric="other")]) == [2, 4]
    assert (len(bound.lanes.row_of_lane), list(bound.histograms)) == (2, [5])
    bins = Bins(np.array([1.0, np.inf]), np.array([3.0, 4.0]), None, exponential=False)
    numbers, amounts = bound.histograms[5].contributions(bins, bound.lanes)
    assert (numbers.tolist(), amounts.tolist()) == ([0, 1], [7.0, 7.0])
    assert bound.taps(np.array([5])).tolist() == [False]


def test_the_same_metric_may_be_a_histogram_of_deltas() -> None:
    bound = Bound({2: ratio("failed", "duration")})
    one = replace(histogram("duration", []).one, id=5, shape=Shape.DELTA_HISTOGRAM)
    bound.learn([one])
    assert list(bound.histograms) == [5]


def test_instances_have_lanes_of_their_own() -> None:
    fields: Fields = {"series": "used", "tells": "used", "limit": "most", "at_most": 0.9, "per": ["pod"]}
    bound = Bound({1: KINDS["saturation"](fields, field="indicator")})
    told = [(metric, pod) for pod in "ab" for metric in ("used", "most")]
    bound.learn(replace(gauge(metric, [], pod=pod).one, id=at + 1) for at, (metric, pod) in enumerate(told))
    assert [fed(bound, number) for number in (1, 2, 3, 4)] == [[(0, 1.0)], [(1, 1.0)], [(2, 1.0)], [(3, 1.0)]]
