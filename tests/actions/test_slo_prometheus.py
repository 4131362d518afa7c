"""SLIs and Debian's Prometheus, given the same samples: equal where PromQL is exact, and where not, why.

How the samples were made and the answers recorded stands in the README beside them.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.actions import slos
from app.actions.backfill import Backfill
from app.actions.ingest import Ingest
from app.actions.seal import Sealer
from app.domain.counters import Counters
from app.domain.json_values import Fields
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import SliMinutes
from app.domain.slis import KINDS
from app.domain.slo_fields import Draft
from app.store import migrate, sli_rollups
from app.store.engine import Store, open_store
from app.store.slos import Edit
from app.wire import recipes
from app.wire.metrics import text
from tests.actions.captures.slo_prometheus import samples
from tests.databases import Databases

ANSWERS: dict[str, Any] = json.loads((Path(samples.__file__).parent / "answers.json").read_text(encoding="utf-8"))
MINUTES: list[dict[str, float]] = ANSWERS["minutes"]
SPANS: dict[str, dict[str, float]] = ANSWERS["spans"]
DAY_MS = 86_400_000
FIRST = samples.START // 60
NOW_MS = samples.START * 1000 + DAY_MS + 5 * MINUTE_MS

REQUESTS = "http_requests_total"
BUCKETS = "request_seconds_bucket"
SIDES: dict[str, Fields] = {
    "bad of total": {"bad": REQUESTS + '{code="500"}', "total": REQUESTS},
    "good of total": {"good": REQUESTS + '{code!~"5.."}', "total": REQUESTS},
    "good and bad": {"good": REQUESTS + '{code="200"}', "bad": REQUESTS + '{code=~"5.."}'},
}
DISKS: Fields = {
    "series": "disk_used_bytes",
    "tells": "used",
    "limit": "disk_limit_bytes",
    "at_most": 0.5,
    "per": ["pod"],
}
AGE: Fields = {"series": "queue_age_seconds", "side": "lte", "value": 60}
SLIS: dict[str, tuple[str, Fields]] = {
    **{name: ("ratio", sides) for name, sides in SIDES.items()},
    "at a bound": ("latency", {"series": BUCKETS, "threshold": 0.25}),
    "between bounds": ("latency", {"series": BUCKETS, "threshold": 0.4, "between": "interpolate"}),
    "worst": ("threshold", {**AGE, "across": "worst"}),
    "mean": ("threshold", {**AGE, "across": "mean"}),
    "backup": ("freshness", {"series": "backup_time_seconds", "tells": "time", "within": 1_200}),
    "disks": ("saturation", DISKS),
    "probes": ("synthetic", {"series": "probe_success"}),
    **{
        metric: ("ratio", {"good": metric, "total": metric})
        for metric in ("stepping_total", "restarting_total", "born_total", "born_told_total", "day_total")
    },
}


@dataclass(frozen=True)
class Measured:
    """A database with an SLI of each name, whose minutes are in the tables."""

    store: Store
    numbers: dict[str, int]

    def minutes(self, name: str) -> SliMinutes:
        with self.store.reading() as db:
            return sli_rollups.minutes(db, self.numbers[name], first=FIRST, end=FIRST + 1_500)

    def in_order(self, name: str) -> tuple[list[float], list[float]]:
        """(bad, total) of the minutes that were asked about; all of them are known."""
        inside = self.minutes(name).between(FIRST, FIRST + len(MINUTES))
        assert inside.minute.tolist() == list(range(FIRST, FIRST + len(MINUTES)))
        return (inside.bad / 1e6).tolist(), (inside.total / 1e6).tolist()

    def total(self, name: str, *, start: int, end: int) -> float:
        """Events in the minutes [start, end), Unix seconds."""
        return float(self.minutes(name).between(start // 60, end // 60).total.sum()) / 1e6


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["sealed", "filled"])
def measured(request: pytest.FixtureRequest, database: str, databases: Databases) -> Iterator[Measured]:
    """SLIs that were there before the samples were sealed, or that were filled in from what is stored."""
    store = open_store(databases.empty(database))
    migrate.upgrade(store)
    _take_in(store)
    numbers = _defined(store) if request.param == "sealed" else {}
    sealer = Sealer(store, counters=Counters())
    sealer.seal(now_ms=NOW_MS + DAY_MS)
    sealer.let_go()
    if request.param == "filled":
        numbers = _defined(store)
        backfill = Backfill(store, keep_lead=lambda _: None, minutes_kept_ms=30 * DAY_MS)
        while backfill.step(now_ms=NOW_MS + DAY_MS):
            pass
    yield Measured(store, numbers)
    store.close()


def _take_in(store: Store) -> None:
    book = recipes.load([recipes.shipped()])
    ingest = Ingest(store, book, raw_retention_ms=15 * DAY_MS, counters=Counters(), committed=lambda *_: None)
    ingest.start()
    body = samples.text().encode()
    batch = text.decode(body, content_type="application/openmetrics-text; version=1.0.0", now_ms=NOW_MS)
    assert ingest.write(batch, source="text", now_ms=NOW_MS).refusals == ()
    ingest.stop()


def _defined(store: Store) -> dict[str, int]:
    """The numbers of the SLIs, each of an objective of its own."""
    found = {}
    for at, (name, (kind, fields)) in enumerate(SLIS.items()):
        indicator = KINDS[kind](fields, field="indicator.fields")
        draft = Draft(f"slo-{at}", name, "shop", indicator, Decimal("0.99"), unseen=True)
        with store.writing() as db:
            found[name] = slos.create(db, draft, Edit("test", "api"), now_ms=NOW_MS + DAY_MS).sli_id
    return found


def answered(name: str) -> list[float]:
    return [one[name] for one in MINUTES]


# --- equal where PromQL is exact


def test_the_samples_are_those_that_prometheus_was_given() -> None:
    assert hashlib.blake2b(samples.text().encode(), digest_size=16).hexdigest() == ANSWERS["samples"]
    assert sum(answered("requests")) > 100_000
    assert sum(answered("errors")) > 100


@pytest.mark.parametrize("name", SIDES)
def test_a_ratio_counts_what_prometheus_counts(measured: Measured, name: str) -> None:
    assert measured.in_order(name) == (answered("errors"), answered("requests"))


def test_latency_at_a_bound_counts_what_prometheus_counts(measured: Measured) -> None:
    bad, total = measured.in_order("at a bound")
    assert total == answered("answered")
    assert [all_of_them - one for one, all_of_them in zip(bad, total, strict=True)] == answered("within_0.25")


def test_latency_between_two_bounds_is_interpolated_as_histogram_fraction_is(measured: Measured) -> None:
    """0.4 s is three fifths of the way from 0.25 s to 0.5 s."""
    bad, total = measured.in_order("between bounds")
    within = [
        0.4 * lower + 0.6 * upper for lower, upper in zip(answered("within_0.25"), answered("within_0.5"), strict=True)
    ]
    assert [all_of_them - one for one, all_of_them in zip(bad, total, strict=True)] == pytest.approx(within, abs=1e-6)


@pytest.mark.parametrize(("across", "name"), [("worst", "queue_age_worst"), ("mean", "queue_age_mean")])
def test_a_threshold_is_met_in_the_same_minutes(measured: Measured, across: str, name: str) -> None:
    bad, total = measured.in_order(across)
    assert total == [1.0] * len(MINUTES)
    assert bad == [float(value > 60) for value in answered(name)]
    assert 0 < sum(bad) < len(MINUTES)


def test_a_backup_is_too_old_in_the_same_minutes(measured: Measured) -> None:
    bad, _ = measured.in_order("backup")
    assert bad == [float(age > 1_200) for age in answered("backup_age")]
    assert sum(bad) == 25  # the one of 12:30 is too old from the minute 12:50 on; of the next is heard at 13:15


def test_disks_are_too_full_in_the_same_minutes(measured: Measured) -> None:
    bad, _ = measured.in_order("disks")
    assert bad == [float(share > 0.5) for share in answered("disk_share")]
    assert 0 < sum(bad) < len(MINUTES)


def test_probes_are_up_to_the_same_share(measured: Measured) -> None:
    bad, _ = measured.in_order("probes")
    assert [1 - one for one in bad] == pytest.approx(answered("up"), abs=1e-6)


# --- different, and why


def test_increase_extrapolates_to_the_ends_of_its_window_and_we_count(measured: Measured) -> None:
    """It sees 3 585 s of 3 600 and leaves out the increment that crosses the start: samples are 7 s in, 8 s before."""
    guessed = sum(SPANS["increase_first_hour"].values())
    counted = measured.total("bad of total", start=samples.START, end=samples.START + 3_600)
    first, before = samples.SCRAPES.index(samples.START + 7), samples.SCRAPES.index(samples.START - 8)
    last = samples.SCRAPES.index(samples.START + 3_592)
    series = [
        values
        for _, kind, all_of_them in samples.families()
        if kind == "counter"
        for name, values in all_of_them
        if name.startswith(REQUESTS)
    ]
    inside = sum(values[last][1] - values[first][1] for values in series)
    assert guessed == pytest.approx(inside * 3_600 / 3_585, rel=1e-12)
    assert counted == sum(values[last][1] - values[before][1] for values in series)
    assert guessed != counted


def test_hours_of_increase_lose_what_crosses_from_one_to_the_next_and_ours_do_not(measured: Measured) -> None:
    """600 events between the last scrape before 13:00 and the first one after it."""
    hours = [sum(SPANS[f"stepping_{name}_hour"].values()) for name in ("first", "second")]
    assert hours == [0.0, 0.0]
    hour = samples.START + 3_600
    assert measured.total("stepping_total", start=hour - 3_600, end=hour) == 0
    assert measured.total("stepping_total", start=hour, end=hour + 3_600) == 600


def test_the_minute_of_a_restart_is_counted_from_0_where_differences_fall_and_increase_misses_it(
    measured: Measured,
) -> None:
    """The counter stood at 1 000 and is heard of again at 600."""
    assert min(answered("restarting")) == 600 - 1_000
    assert [sum(SPANS[f"restarting_{name}_hour"].values()) for name in ("first", "second")] == [0.0, 0.0]
    assert measured.total("restarting_total", start=samples.START, end=samples.START + 7_200) == 600


def test_a_series_born_at_5_counts_nothing_without_a_start_time_and_all_with_one(measured: Measured) -> None:
    """Prometheus 2.42 knows no start times: 0 of 5 either way. Nor does anybody without one: it may be a rename."""
    assert [sum(SPANS[name].values()) for name in ("born", "born_told")] == [0.0, 0.0]
    span = {"start": samples.START, "end": samples.START + 7_200}
    assert measured.total("born_total", **span) == 0
    assert measured.total("born_told_total", **span) == 5


def test_what_was_counted_between_the_last_scrape_and_a_restart_is_lost_to_everybody(measured: Measured) -> None:
    """Ten a second for a day, a restart right before a scrape: 600 of 864 000 were never told to anybody."""
    assert sum(SPANS["day"].values()) == 863_400
    assert measured.total("day_total", start=samples.START + 60, end=samples.START + DAY_MS // 1000 + 60) == 863_400


def test_sums_are_the_same_by_the_minute_and_over_the_whole_span(measured: Measured) -> None:
    found = measured.minutes("bad of total")
    inside = found.between(FIRST, FIRST + len(MINUTES))
    assert int(inside.total.sum()) == round(sum(answered("requests")) * 1e6)
    assert np.all(inside.known_ms == 60_000)
