from collections.abc import Iterator
from threading import Event
from time import monotonic

import pytest

from app.demo.door import Door, Parcel, Refused, Unreachable
from tests.demo import front_door
from tests.demo.front_door import FrontDoor

PARCEL = Parcel("/api/v1/write", {"Content-Type": "application/x-protobuf"}, b"some bytes", samples=3)


@pytest.fixture
def server() -> Iterator[FrontDoor]:
    with front_door.opened() as door:
        yield door


@pytest.fixture
def stop() -> Event:
    return Event()


@pytest.fixture
def door(server: FrontDoor, stop: Event) -> Iterator[Door]:
    with Door(server.url, stop=stop) as door:
        yield door


def test_a_parcel_is_handed_over_once(server: FrontDoor, door: Door) -> None:
    assert door.post(PARCEL) == 3
    assert server.posts == [("/api/v1/write", b"some bytes")]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_later_means_again(server: FrontDoor, door: Door, status: int) -> None:
    server.moods = [(status, "0"), (status, "0")]
    assert door.post(PARCEL) == 3
    assert len(server.posts) == 1


def test_later_means_after_the_seconds_that_were_asked_for(server: FrontDoor, door: Door) -> None:
    server.moods = [(503, "1")]
    began = monotonic()
    door.post(PARCEL)
    assert monotonic() - began >= 1


@pytest.mark.parametrize("status", [404, 413, 415, 500])
def test_never_means_never(server: FrontDoor, door: Door, status: int) -> None:
    server.moods = [(status, "")]
    with pytest.raises(Refused, match=f"/api/v1/write answered {status}"):
        door.post(PARCEL)
    assert server.posts == []


def test_what_was_partly_refused_is_not_sent_again(server: FrontDoor, door: Door) -> None:
    server.moods = [(400, "")]
    assert door.post(PARCEL) == 3
    assert server.posts == []


def test_patience_ends_with_the_tries(server: FrontDoor, door: Door) -> None:
    server.moods = [(503, "0")] * 3
    with pytest.raises(Unreachable):
        door.post(PARCEL, tries=3)
    assert door.post(PARCEL) == 3


def test_waiting_ends_when_asked_to_stop(server: FrontDoor, door: Door, stop: Event) -> None:
    server.moods = [(503, "30")]
    stop.set()
    with pytest.raises(Unreachable):
        door.post(PARCEL)
