"""What the company lives through shows in its numbers."""

import itertools

import numpy as np

from app.demo import deploys
from app.demo.company import Service
from app.demo.faults import Fault, Trouble
from app.demo.world import World
from app.domain.samples import Floats, Ints
from app.domain.signals import HOUR_MS, MINUTE_MS

SEED = 11
DAY_MS = 24 * HOUR_MS


def instants(start_ms: int, end_ms: int, step_ms: int) -> Ints:
    return np.arange(start_ms, end_ms, step_ms, dtype=np.int64)


def test_a_working_day_has_more_traffic_than_its_night(world: World, cast: dict[str, Service], now_ms: int) -> None:
    midnight = now_ms // DAY_MS * DAY_MS
    night = requests(world, cast["catalog"], midnight + 3 * HOUR_MS, midnight + 4 * HOUR_MS)
    evening = requests(world, cast["catalog"], midnight + 19 * HOUR_MS, midnight + 20 * HOUR_MS)
    assert night < 0.4 * evening


def test_the_office_rests_at_the_weekend(world: World, cast: dict[str, Service], now_ms: int) -> None:
    wednesday = requests(world, cast["checkout@staging"], now_ms - HOUR_MS, now_ms)
    sunday = requests(world, cast["checkout@staging"], now_ms - HOUR_MS + 4 * DAY_MS, now_ms + 4 * DAY_MS)
    assert sunday < 0.6 * wednesday


def requests(world: World, service: Service, start_ms: int, end_ms: int) -> float:
    return float(increases(world, service, start_ms, end_ms, "http_requests_total").sum())


def increases(world: World, service: Service, start_ms: int, end_ms: int, metric: str, **labels: str) -> Floats:
    """What all instances of matching series grew by in each minute of [start_ms, end_ms)."""
    found = world.scrape(service, instants(start_ms, end_ms + 1, MINUTE_MS))
    wanted = [{"__name__": metric, **labels}.items() <= dict(one).items() for one in found.series]
    steps = np.diff(found.values[wanted], axis=1)
    grown: Floats = np.maximum(steps, 0).sum(axis=0)
    return grown


def test_an_error_burst_shows_in_the_failed_share(world: World, cast: dict[str, Service], now_ms: int) -> None:
    service = cast["media"]
    burst = fault(world, service, Trouble.ERRORS, before_ms=now_ms)
    assert failed(world, service, burst.start, burst.end) > 0.01
    assert failed(world, service, burst.start - 5, burst.start) < 0.005


def failed(world: World, service: Service, first: int, last: int) -> float:
    span = (first * MINUTE_MS, last * MINUTE_MS)
    failures = sum(increases(world, service, *span, "http_requests_total", code=code).sum() for code in ("500", "503"))
    return float(failures / increases(world, service, *span, "http_requests_total").sum())


def test_a_slowness_shows_in_the_mean_duration(world: World, cast: dict[str, Service], now_ms: int) -> None:
    service = cast["catalog"]
    slow = fault(world, service, Trouble.SLOWNESS, before_ms=now_ms)
    assert mean(world, service, slow.start, slow.end) > 1.5 * mean(world, service, slow.start - 5, slow.start)


def mean(world: World, service: Service, first: int, last: int) -> float:
    span = (first * MINUTE_MS, last * MINUTE_MS)
    seconds = increases(world, service, *span, "http_request_duration_seconds_sum").sum()
    return float(seconds / increases(world, service, *span, "http_request_duration_seconds_count").sum())


def test_a_rush_shows_in_the_traffic(world: World, cast: dict[str, Service], now_ms: int) -> None:
    service = cast["pricing"]
    rush = fault(world, service, Trouble.RUSH, before_ms=now_ms)
    during = requests(world, service, rush.start * MINUTE_MS, rush.end * MINUTE_MS) / rush.minutes
    before = requests(world, service, (rush.start - 5) * MINUTE_MS, rush.start * MINUTE_MS) / 5
    assert during > 1.3 * before


def test_pressure_shows_in_the_pool(world: World, cast: dict[str, Service], now_ms: int) -> None:
    service = cast["checkout"]
    pressed = fault(world, service, Trouble.PRESSURE, before_ms=now_ms, minutes=3)
    during, before = (
        level(world, service, (pressed.start + minute) * MINUTE_MS, "go_sql_in_use_connections") for minute in (1, -3)
    )
    assert during > before + 10


def level(world: World, service: Service, at_ms: int, metric: str) -> float:
    found = world.scrape(service, np.array([at_ms]))
    return float(
        max(
            value
            for one, value in zip(found.series, found.values[:, 0], strict=True)
            if dict(one)["__name__"] == metric
        )
    )


def test_a_silent_service_sends_nothing(world: World, cast: dict[str, Service], now_ms: int) -> None:
    service = cast["warehouse-sync"]
    silence = fault(world, service, Trouble.SILENCE, before_ms=now_ms)
    sent = world.scrape(
        service, instants((silence.start - 2) * MINUTE_MS, (silence.end + 2) * MINUTE_MS, MINUTE_MS)
    ).sent
    assert sent.tolist() == [True, True, *[False] * silence.minutes, True, True]


def fault(world: World, service: Service, trouble: Trouble, *, before_ms: int, minutes: int = 4) -> Fault:
    """The latest fault of a kind that is alone for a while before and after it."""
    mine = [one for one in world.faults(before_ms - 12 * DAY_MS, before_ms) if one.service == service]
    for earlier, one, later in reversed([*zip(mine, mine[1:], mine[2:], strict=False)]):
        alone = earlier.end + 5 < one.start and one.end + 5 < later.start
        calm = not deploys.restarts(SEED, service, 0, one.start - 25, one.end + 25)
        if alone and calm and one.trouble is trouble and one.minutes >= minutes:
            return one
    raise AssertionError(f"no {trouble} of {service.slug}")


def test_a_leak_grows_with_the_age_of_the_process(world: World, cast: dict[str, Service], now_ms: int) -> None:
    service = cast["media"]
    starts = deploys.restarts(SEED, service, 0, now_ms // MINUTE_MS - 6 * 1_440, now_ms // MINUTE_MS)
    born, gone = max(itertools.pairwise(starts), key=lambda life: life[1] - life[0])
    memory = [
        level(world, service, at * MINUTE_MS, "container_memory_working_set_bytes") for at in (born + 90, gone - 6)
    ]
    assert memory[1] > 1.25 * memory[0]


def test_the_disk_fills_for_days_and_is_cleaned(world: World, cast: dict[str, Service], now_ms: int) -> None:
    found = world.scrape(cast["orders-db"], instants(now_ms - 14 * DAY_MS, now_ms, HOUR_MS))
    free = next(
        row
        for one, row in zip(found.series, found.values, strict=True)
        if dict(one)["__name__"] == "node_filesystem_avail_bytes"
    )
    assert 2 <= (np.diff(free) > 0).sum() <= 3
    assert free.min() < 0.1 * free.max() * 2
