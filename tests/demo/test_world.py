"""The world is one world, whoever asks and when."""

import numpy as np
import pytest

from app.demo import export, parcels
from app.demo.cast import COMPANY
from app.demo.company import Dialect, Service
from app.demo.export import Shape
from app.demo.world import World
from app.domain.samples import Ints
from app.domain.signals import HOUR_MS, MINUTE_MS

SEED = 11
DAY_MS = 24 * HOUR_MS

WRITTEN = [service for service in COMPANY if not service.speaks_otlp]
EXPORTED = [service for service in COMPANY if service.speaks_otlp]
written = pytest.mark.parametrize("service", WRITTEN, ids=lambda service: service.slug)
exported = pytest.mark.parametrize("service", EXPORTED, ids=lambda service: service.slug)


def instants(start_ms: int, end_ms: int, step_ms: int) -> Ints:
    return np.arange(start_ms, end_ms, step_ms, dtype=np.int64)


def test_the_same_seed_gives_the_same_bytes(now_ms: int) -> None:
    at = instants(now_ms, now_ms + MINUTE_MS, 5_000)
    one, other = (list(parcels.Packer(World(SEED)).parcels(at, since_ms=now_ms - 5_000)) for _ in range(2))
    assert one == other
    assert one != list(parcels.Packer(World(SEED + 1)).parcels(at, since_ms=now_ms - 5_000))


@written
def test_history_and_live_agree_at_every_instant_of_a_day_with_restarts(service: Service, now_ms: int) -> None:
    history = World(SEED).scrape(service, instants(now_ms - DAY_MS, now_ms, 15 * MINUTE_MS))
    live = World(SEED)
    for position, at in enumerate(history.at_ms):
        now = live.scrape(service, np.array([at - 5_000, at]))
        assert (now.values[:, 1] == history.values[:, position]).all()


@exported
def test_an_export_of_history_is_the_live_one_byte_for_byte(service: Service, now_ms: int) -> None:
    at = instants(now_ms - 2 * HOUR_MS, now_ms, 5 * MINUTE_MS)
    history = World(SEED).export(service, at, since_ms=int(at[0]) - 5 * MINUTE_MS)
    live = World(SEED)
    for position, instant in enumerate(at):
        now = live.export(service, np.array([instant]), since_ms=int(instant) - 5 * MINUTE_MS)
        for one, other in zip(history, now, strict=True):
            assert picked(one, instant) == picked(other, instant), f"instant {position}"


def picked(exported: export.Export, at_ms: int) -> list[tuple[str, object, list[float]]]:
    """The points at one instant."""
    found: list[tuple[str, object, list[float]]] = []
    for metric in exported.metrics:
        for points in metric.points:
            here = points.at_ms == at_ms
            if here.any():
                total = points.total[here].tolist() if len(points.total) else []
                found.append((metric.name, points.attributes, [*np.ravel(points.values[here]).tolist(), *total]))
    return found


def test_deltas_add_up_to_what_they_cover_and_join_end_to_end(
    world: World, cast: dict[str, Service], now_ms: int
) -> None:
    service = cast["orders"]
    at = instants(now_ms + MINUTE_MS, now_ms + HOUR_MS + 1, MINUTE_MS)
    fine = world.export(service, at, since_ms=now_ms)
    coarse = world.export(service, at[-1:], since_ms=now_ms)
    for one, other in zip(fine, coarse, strict=True):
        parts, whole = durations(one), durations(other)
        assert {key: points.values.sum(axis=0).tolist() for key, points in parts.items() if len(points.at_ms)} == {
            key: points.values.sum(axis=0).tolist() for key, points in whole.items() if len(points.at_ms)
        }
        assert all((points.start_ms < points.at_ms).all() for points in parts.values())


def durations(exported: export.Export) -> dict[object, export.Points]:
    metric = exported.metrics[0]
    assert metric.delta
    assert metric.shape is Shape.HISTOGRAM
    return {points.attributes: points for points in metric.points}


def test_every_otlp_dialect_is_spoken(world: World, now_ms: int) -> None:
    shapes = {
        service.dialect: world.export(service, np.array([now_ms]), since_ms=now_ms - 5_000)[0].metrics[0].shape
        for service in EXPORTED
    }
    assert shapes[Dialect.OTEL_EXPONENTIAL] is Shape.EXPONENTIAL
    assert set(shapes) == {Dialect.OTEL, Dialect.OTEL_DELTA, Dialect.OTEL_EXPONENTIAL, Dialect.OTEL_QUEUE}
