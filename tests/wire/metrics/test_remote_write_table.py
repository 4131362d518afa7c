from threading import Thread

import numpy as np
import pytest

from app.domain.errors import Invalid
from app.domain.samples import UNRESOLVED
from app.domain.series import Shape, series_key
from app.wire.metrics import remote_write_table
from app.wire.metrics.remote_write_families import UNDECLARED, Family
from app.wire.metrics.remote_write_table import FIRST_ROOM, SeriesTable, Texts


def _texts(number: int) -> Texts:
    return ("__name__", "up", "instance", f"host-{number}")


def test_a_series_keeps_its_position_and_its_id_while_the_table_grows() -> None:
    table = SeriesTable()
    first = table.position(_texts(0), UNDECLARED)
    table.ids[first] = 5
    positions = [table.position(_texts(number), UNDECLARED) for number in range(FIRST_ROOM + 1)]
    assert positions == list(range(FIRST_ROOM + 1))
    assert table.ids[first] == 5
    assert np.count_nonzero(table.ids == UNRESOLVED) == len(table.ids) - 1
    assert table.key(FIRST_ROOM) == series_key("up", {"instance": f"host-{FIRST_ROOM}"})


def test_a_key_can_be_asked_for_any_number_of_times() -> None:
    table = SeriesTable()
    position = table.position(_texts(1), Family("counter", "seconds"))
    assert table.key(position) == table.key(position)
    assert table.key(position).unit == "seconds"


def test_what_a_sender_declares_and_the_shape_tell_series_apart() -> None:
    table = SeriesTable()
    positions = {
        table.position(_texts(1), UNDECLARED),
        table.position(_texts(1), Family("counter", "")),
        table.position(_texts(1), Family("counter", "bytes")),
        table.position(_texts(1), UNDECLARED, shape=Shape.HISTOGRAM),
    }
    assert len(positions) == 4


def test_a_refused_series_is_not_remembered() -> None:
    table = SeriesTable()
    for _ in range(2):
        with pytest.raises(Invalid):
            table.position(("job", "api"), UNDECLARED)
    assert table.position(_texts(1), UNDECLARED) == 0


@pytest.mark.parametrize(
    ("bound", "most", "full"),
    [("MAX_SERIES_KEPT", 0, True), ("MAX_SERIES_KEPT", 1, False), ("MAX_CHARACTERS_KEPT", 20, True)],
)
def test_a_table_is_full_by_its_series_or_by_their_length(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int, full: bool
) -> None:
    table = SeriesTable()
    table.position(_texts(1), UNDECLARED)
    monkeypatch.setattr(remote_write_table, bound, most)
    assert table.is_full is full


def test_threads_agree_on_every_position() -> None:
    table = SeriesTable()
    found: list[list[int]] = []

    def ask() -> None:
        found.append([table.position(_texts(number), UNDECLARED) for number in range(3_000)])

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(positions == found[0] for positions in found)
    assert sorted(found[0]) == list(range(3_000))
    assert all(table.key(at).label("instance") == f"host-{number}" for number, at in enumerate(found[0]))
