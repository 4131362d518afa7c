"""Series and counters are such as a Prometheus server would send."""

import numpy as np
import pytest

from app.demo import deploys, export, scrape
from app.demo.cast import COMPANY
from app.demo.company import Service
from app.demo.world import World
from app.domain.samples import Floats, Ints
from app.domain.series import series_key
from app.domain.signals import HOUR_MS, MINUTE_MS

SEED = 11
DAY_MS = 24 * HOUR_MS

WRITTEN = [service for service in COMPANY if not service.speaks_otlp]
EXPORTED = [service for service in COMPANY if service.speaks_otlp]
written = pytest.mark.parametrize("service", WRITTEN, ids=lambda service: service.slug)


def instants(start_ms: int, end_ms: int, step_ms: int) -> Ints:
    return np.arange(start_ms, end_ms, step_ms, dtype=np.int64)


@written
def test_every_series_is_one_that_ingest_takes_and_none_comes_twice(service: Service) -> None:
    labels = scrape.series(service)
    keys = {series_key(dict(one)["__name__"], [pair for pair in one if pair[0] != "__name__"]) for one in labels}
    assert len(keys) == len(labels)
    assert all([name for name, _ in one] == sorted(name for name, _ in one) for one in labels)


def test_the_company_has_the_size_it_should() -> None:
    assert 1_500 <= sum(len(scrape.series(service)) for service in WRITTEN) <= 2_500
    assert 80 <= sum(export.count(service) for service in EXPORTED) <= 200


@written
def test_counters_fall_only_at_a_restart_and_then_to_almost_nothing(
    service: Service, world: World, now_ms: int
) -> None:
    at = instants(now_ms - 2 * DAY_MS, now_ms, MINUTE_MS // 2)
    counters = counters_of(world, service, at)
    for instance, rows in enumerate(counters):
        starts = deploys.restarts(SEED, service, instance, int(at[0]) // MINUTE_MS + 1, int(at[-1]) // MINUTE_MS)
        fallen = np.unique(np.nonzero(np.diff(rows, axis=1) < 0)[1] + 1)
        restarted = np.searchsorted(at, np.array(starts) * MINUTE_MS)
        assert fallen.tolist() == restarted.tolist()
        assert starts
        assert (rows[:, restarted] == 0).all()


def counters_of(world: World, service: Service, at_ms: Ints) -> Floats:
    """The counters of each instance (I, T, K)."""
    names = scrape.counter_names(service)
    values = world.scrape(service, at_ms).values
    return values.reshape(service.instances, -1, len(at_ms))[:, : len(names)]


@written
def test_buckets_keep_their_order_at_every_instant(service: Service, world: World, now_ms: int) -> None:
    at = instants(now_ms, now_ms + 10 * MINUTE_MS, 5_000)
    values = dict(zip(scrape.series(service), world.scrape(service, at).values, strict=True))
    buckets = [dict(labels) for labels in values if dict(labels)["__name__"].endswith("_bucket")]
    families: dict[tuple[tuple[str, str], ...], list[tuple[float, Floats]]] = {}
    for labels in buckets:
        rest = tuple(sorted((name, value) for name, value in labels.items() if name != "le"))
        families.setdefault(rest, []).append((float(labels["le"]), values[tuple(sorted(labels.items()))]))
    for rest, family in families.items():
        rows = np.array([row for _, row in sorted(family, key=lambda one: one[0])])
        assert (np.diff(rows, axis=0) >= 0).all()
        total = {**dict(rest), "__name__": dict(rest)["__name__"].replace("_bucket", "_count")}
        assert (rows[-1] == values[tuple(sorted(total.items()))]).all()
