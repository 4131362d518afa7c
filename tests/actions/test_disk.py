"""A disk that fills: samples are turned away before it is full, the ballast is given up, and both come back."""

from pathlib import Path

import pytest

from app.actions.disk import Disk, free_bytes
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter

MIB = 2**20
FLOOR = 8 * MIB


class Room:
    """A disk with this much room, the ballast not counted."""

    def __init__(self, mib: float) -> None:
        self.mib = mib

    def __call__(self, folder: Path) -> int:
        ballast = folder / "ballast"
        return round(self.mib * MIB) - (ballast.stat().st_size if ballast.exists() else 0)


def test_samples_are_turned_away_below_the_floor_until_twice_as_much_is_free(tmp_path: Path) -> None:
    told: list[str | None] = []
    room, counters = Room(100), Counters()
    disk = Disk(tmp_path, floor=FLOOR, counters=counters, tell=told.append, free=room)
    disk.look()
    assert told == []
    assert (tmp_path / "ballast").stat().st_size == 2 * MIB
    assert counters.ask("burnline_disk_full") == 0.0
    room.mib = 9.5  # 7.5 beside the ballast
    disk.look()
    assert told == ["The disk has less than 8 MiB left: no samples are taken until 16 MiB are free."]
    assert not (tmp_path / "ballast").exists()
    assert (counters.ask("burnline_disk_full"), counters.ask("burnline_disk_free_bytes")) == (1.0, 9.5 * MIB)
    room.mib = 15.9
    disk.look()
    assert len(told) == 1
    room.mib = 16
    disk.look()
    assert told[1:] == [None]
    room.mib = 17
    disk.look()
    assert (tmp_path / "ballast").exists()
    assert len(told) == 2


def test_without_a_floor_nothing_is_watched(tmp_path: Path) -> None:
    told: list[str | None] = []
    Disk(tmp_path, floor=0, counters=Counters(), tell=told.append, free=Room(0)).look()
    assert told == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_free_is_what_the_system_says(tmp_path: Path) -> None:
    before = free_bytes(tmp_path)
    assert before > 0


def test_a_closed_ingest_says_why_and_when_to_come_back_and_takes_samples_again(databases: Databases) -> None:
    pipeline = Pipeline(databases.empty("sqlite"))
    pipeline.ingest.close("The disk has less than 8 MiB left.")
    with pytest.raises(Unavailable, match="less than 8 MiB") as raised:
        pipeline.send([One(counter(), NOW_MS, 1.0)])
    assert (raised.value.code, raised.value.retry_after_seconds) == ("storage_full", 30)
    pipeline.ingest.close(None)
    assert pipeline.send([One(counter(), NOW_MS, 1.0)]).samples == 1
    pipeline.close()
