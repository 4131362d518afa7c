"""Where sealing stands, and what followers have to read again."""

from math import inf, nan

import numpy as np
import pytest

from app.domain.cells import NEVER
from app.store import seals
from app.store.engine import Store
from app.store.seals import SealState
from app.store.touches import REMEMBERED, Touched


def state(number: int = 1, cut_ms: int = 60_000) -> SealState:
    return SealState(
        number,
        cut_ms,
        np.array([3, 7, 2_000_000], dtype=np.int64),
        np.array([10, 20, NEVER], dtype=np.int64),
        np.array([30, 40, 50], dtype=np.int64),
        np.array([25, NEVER, 50], dtype=np.int64),
        np.array([1.5, nan, -inf]),
    )


def touched(number: int, first: int, end: int, *services: int) -> Touched:
    return Touched(number, first, end, frozenset(services))


def write(store: Store, *seal: Touched) -> None:
    for one in seal:
        with store.writing() as db:
            seals.write(db, state(one.number), one, now_ms=1)


def after(store: Store, number: int) -> Touched | None:
    with store.reading() as db:
        return seals.after(db, number)


def test_nothing_has_been_sealed_at_first(store: Store) -> None:
    with store.reading() as db:
        found = seals.read(db)
    assert (found.number, found.cut_ms, len(found.series), len(found.last_value)) == (0, 0, 0, 0)
    assert after(store, 0) is None


def test_the_standing_of_every_series_comes_back_bit_for_bit(store: Store) -> None:
    with store.writing() as db:
        seals.write(db, state(5, 120_000), touched(5, 0, 60_000, 1), now_ms=1)
    with store.reading() as db:
        found = seals.read(db)
    assert (found.number, found.cut_ms) == (5, 120_000)
    for name in ("series", "first_at", "last_at", "value_at", "last_value"):
        assert getattr(found, name).tobytes() == getattr(state(), name).tobytes(), name
    found.last_value[0] = 9.0  # what is read may be written to


def test_what_the_newest_seal_touched_is_told_to_those_who_have_not_seen_it(store: Store) -> None:
    write(store, touched(1, 0, 60, 7, 8))
    assert after(store, 0) == touched(1, 0, 60, 7, 8)
    assert after(store, 1) is None
    assert after(store, 5) is None


def test_several_seals_since_are_told_as_one(store: Store) -> None:
    write(store, touched(1, 500, 560, 7), touched(2, 0, 60, 8), touched(3, 120, 180, 7, 9))
    assert after(store, 0) == touched(3, 0, 560, 7, 8, 9)
    assert after(store, 1) == touched(3, 0, 180, 7, 8, 9)
    assert after(store, 2) == touched(3, 120, 180, 7, 9)


def test_a_seal_that_touched_no_service_widens_nothing(store: Store) -> None:
    write(store, touched(1, 500, 560, 7), touched(2, 0, 60))
    assert after(store, 0) == touched(2, 500, 560, 7)
    assert after(store, 1) == touched(2, 0, 60)


@pytest.mark.parametrize("seen", [0, 1, 5])
def test_of_seals_long_ago_at_least_everything_is_told(store: Store, seen: int) -> None:
    count = REMEMBERED + 10
    write(store, *(touched(number, number * 100, number * 100 + 50, number) for number in range(1, count + 1)))
    found = after(store, seen)
    assert found is not None
    assert (found.number, found.end_ms) == (count, count * 100 + 50)
    assert found.first_ms <= (seen + 1) * 100
    assert found.ids >= set(range(seen + 1, count + 1))
