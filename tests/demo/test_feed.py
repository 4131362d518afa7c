import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event, Thread
from time import monotonic, sleep

import cramjam
import orjson
import pytest

from app.demo import feed, schedule
from app.demo.cast import COMPANY
from app.demo.door import Refused, Unreachable
from app.demo.progress import BackfillProgress
from app.domain.signals import HOUR_MS
from app.wire.metrics.proto.remote_write_v1_pb2 import TimeSeries, WriteRequest
from tests.demo import front_door
from tests.demo.front_door import FrontDoor

SEED = 11
NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door.opened() as door:
        yield door


def backfill(door: FrontDoor, *, days: int = 1, stop: Event | None = None) -> list[BackfillProgress]:
    told: list[BackfillProgress] = []
    feed.backfill(door.url, seed=SEED, now=NOW, days=days, progress=told.append, stop=stop)
    return told


def written(door: FrontDoor) -> list[tuple[int, int]]:
    """The first and last instant of every remote write body, in the order they were taken."""
    return [(min(instants), max(instants)) for instants in map(instants_of, door.bodies("/api/v1/write"))]


def instants_of(body: bytes) -> list[int]:
    """The instants of a body's first series."""
    request = WriteRequest.FromString(bytes(cramjam.snappy.decompress_raw(body)))
    return [sample.timestamp for sample in TimeSeries.FromString(request.timeseries[0]).samples]


def test_a_backfill_sends_the_newest_minutes_of_everybody_first(door: FrontDoor) -> None:
    backfill(door)
    spans = written(door)
    assert max(last for _, last in spans) == NOW_MS
    assert min(first for first, _ in spans) < NOW_MS - 24 * HOUR_MS
    newest = [first > NOW_MS - schedule.FIRST_MS for first, _ in spans]
    assert newest == sorted(newest, reverse=True)
    assert 1 < sum(newest) < len(newest)
    assert len(door.bodies("/v1/metrics")) > 5


def test_progress_only_grows_and_ends_at_one(door: FrontDoor) -> None:
    told = backfill(door)
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert told[-1].samples > 1_000_000
    assert told[-1].reached_ms <= NOW_MS - 24 * HOUR_MS
    assert "days back to" in str(told[-1])


def test_every_deploy_of_the_time_is_marked_once(door: FrontDoor) -> None:
    backfill(door, days=2)
    marks = [orjson.loads(body) for body in door.bodies("/api/changes")]
    assert len(marks) == len({(mark["service"], mark["version"], mark["time"]) for mark in marks})
    assert {mark["service"] for mark in marks} <= {service.slug for service in COMPANY}
    assert len(marks) > 5
    assert all(mark["link"].startswith("https://") and mark["time"].endswith("Z") for mark in marks)


def test_what_is_refused_for_now_is_sent_again_when_asked(door: FrontDoor) -> None:
    door.moods = [(503, "0"), (429, "0"), (503, "")]
    backfill(door, days=0)
    assert door.moods == []
    with front_door.opened() as easy:
        backfill(easy, days=0)
        assert sorted(easy.posts) == sorted(door.posts)


def test_what_is_refused_for_good_is_told_in_the_servers_words(door: FrontDoor) -> None:
    door.moods = [(415, "")]
    with pytest.raises(Refused, match="answered 415"):
        backfill(door)


def test_a_server_that_is_not_there_is_told() -> None:
    with front_door.opened() as door:
        pass
    with pytest.raises(Unreachable):
        backfill(door, days=0)


def test_a_backfill_stops_when_asked_to(door: FrontDoor) -> None:
    stop = Event()
    told: list[BackfillProgress] = []

    def tell(progress: BackfillProgress) -> None:
        told.append(progress)
        stop.set()

    feed.backfill(door.url, seed=SEED, now=NOW, days=30, progress=tell, stop=stop)
    assert told[-1].fraction < 0.1


def test_a_backfill_leaves_out_what_the_server_has(door: FrontDoor) -> None:
    door.signals = [{"signal": "traffic", "value": 3.0}, {"signal": "latency", "value": None}]
    told = backfill(door)
    assert told[-1].fraction == 1.0
    assert min(first for first, _ in written(door)) > NOW_MS - schedule.FIRST_MS


def test_a_backfill_goes_on_where_it_was_stopped(door: FrontDoor) -> None:
    door.signals = [{"signal": "traffic", "value": 3.0}, {"signal": "traffic", "value": None}]
    backfill(door)
    assert min(first for first, _ in written(door)) < NOW_MS - 24 * HOUR_MS


def test_live_sends_every_beat_since_the_last_one_and_its_deploys(door: FrontDoor) -> None:
    now_ms = feed._now_ms()
    stop = Event()
    live = Thread(
        target=feed.run_live, args=(door.url,), kwargs={"seed": SEED, "stop": stop, "since_ms": now_ms - 20_000}
    )
    live.start()
    deadline = monotonic() + 20
    while not door.bodies("/v1/metrics") and monotonic() < deadline:
        sleep(0.01)
    stop.set()
    live.join(timeout=10)
    assert not live.is_alive()
    instants = instants_of(door.bodies("/api/v1/write")[0])
    assert len(instants) in {4, 5}
    assert {later - earlier for earlier, later in itertools.pairwise(instants)} == {5_000}
    assert instants[-1] <= feed._now_ms()
