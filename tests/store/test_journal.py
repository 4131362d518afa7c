"""The journal: rows in order, whole, each number used once, on both databases."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Unavailable
from app.domain.histograms import ExplicitHistogram
from app.domain.samples import HistogramSample
from app.store import codec, journal, migrate
from app.store.codec import Columns
from app.store.engine import Store, open_store
from app.store.journal import Outline

T0 = 1_795_000_000_000


def columns(*at_ms: int, histograms: tuple[int, ...] = ()) -> Columns:
    return Columns(
        np.arange(len(at_ms), dtype=np.int64) + 1,
        np.array(at_ms, dtype=np.int64),
        np.arange(len(at_ms)) / 8,
        histograms=tuple(
            HistogramSample(9, at, ExplicitHistogram(np.array([1.0]), np.array([2.0, 3.0]), 4.0)) for at in histograms
        ),
    )


def append(store: Store, *rows: Columns) -> list[int]:
    with store.writing() as db:
        return [journal.append(db, one, received_ms=T0 + 5) for one in rows]


def times(found: Columns) -> list[int]:
    return [int(at) for at in found.at_ms]


def test_rows_come_back_in_order_under_growing_numbers(store: Store) -> None:
    seqs = append(store, columns(T0), columns(T0 + 1, T0 + 2), columns(histograms=(T0 + 3,)))
    assert seqs == sorted(set(seqs))
    with store.reading() as db:
        assert journal.seqs_after(db, 0, limit=10) == seqs
        assert journal.seqs_after(db, seqs[0], limit=1) == seqs[1:2]
        assert times(journal.one(db, seqs[1])) == [T0 + 1, T0 + 2]
        assert [times(one) for _, one in journal.some(db, seqs[:2])] == [[T0], [T0 + 1, T0 + 2]]
        assert [one.at_ms for one in journal.one(db, seqs[2]).histograms] == [T0 + 3]


def test_a_row_that_does_not_fit_on_the_disk_is_trouble_with_the_database_and_leaves_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'full.db'}")
    migrate.upgrade(store)
    many = columns(*range(T0, T0 + 200_000))
    with store.writing() as db:
        db.exec_driver_sql("PRAGMA max_page_count=1")  # no more than there are
    with pytest.raises(Unavailable, match="full"):
        append(store, many)
    with store.reading() as db:
        assert journal.outline(db) == []
    store.close()


def test_the_outline_knows_how_many_samples_a_row_has_and_from_when(store: Store) -> None:
    seqs = append(store, columns(T0 + 7, T0, T0 + 3), columns(T0 + 9, histograms=(T0 - 1, T0 + 20)))
    with store.reading() as db:
        assert journal.outline(db) == [
            Outline(seqs[0], T0 + 5, 3, T0, T0 + 7),
            Outline(seqs[1], T0 + 5, 3, T0 - 1, T0 + 20),
        ]


def test_rows_that_hold_nothing_so_old_are_passed_over(store: Store) -> None:
    append(store, columns(T0 + 10), columns(T0 + 30, T0), columns(T0 + 20, histograms=(T0 + 1,)))
    with store.reading() as db:
        assert [times(one) for one in journal.holding(db, before_ms=T0 + 10)] == [[T0 + 30, T0], [T0 + 20]]
        assert list(journal.holding(db, before_ms=T0)) == []


def test_more_rows_than_are_read_at_once_are_all_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ROWS_AT_ONCE", 3)
    seqs = append(store, *(columns(T0 + number) for number in range(10)))
    with store.reading() as db:
        assert [times(one) for one in journal.holding(db, before_ms=T0 + 99)] == [[T0 + n] for n in range(10)]
        assert [times(one) for _, one in journal.some(db, seqs)] == [[T0 + n] for n in range(10)]
    with store.writing() as db:
        journal.forget(db, seqs[:9])
    with store.reading() as db:
        assert [one.seq for one in journal.outline(db)] == seqs[9:]


def test_a_number_is_never_used_twice(store: Store) -> None:
    """A follower that has read up to it would miss the second row."""
    seqs = append(store, columns(T0), columns(T0 + 1))
    with store.writing() as db:
        journal.forget(db, seqs)
        journal.forget(db, [])
    assert append(store, columns(T0))[0] > seqs[-1]


def test_what_is_left_of_a_row_keeps_its_place(store: Store) -> None:
    first, second = append(store, columns(T0, T0 + 9), columns(T0 + 1))
    with store.writing() as db:
        journal.shrink(db, [(first, columns(T0 + 9))])
        journal.shrink(db, [])
    with store.reading() as db:
        assert [(seq, times(one)) for seq, one in journal.some(db, [first, second])] == [
            (first, [T0 + 9]),
            (second, [T0 + 1]),
        ]
        assert journal.outline(db)[0] == Outline(first, T0 + 5, 1, T0 + 9, T0 + 9)
        assert journal.seqs_after(db, second, limit=9) == [], "nobody who has read it reads it again"


def test_a_row_that_was_not_committed_is_not_there(store: Store) -> None:
    def fail() -> None:
        with store.writing() as db:
            journal.append(db, columns(T0), received_ms=T0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.reading() as db:
        assert journal.outline(db) == []


# --- the form of a row


values = st.lists(
    st.tuples(st.integers(0, 2**40), st.integers(0, 2**43), st.integers(0, 2**64 - 1), st.integers(0, 1)), max_size=30
)


@given(values, st.booleans(), st.booleans())
def test_columns_come_back_bit_for_bit(found: list[tuple[int, int, int, int]], marks: bool, starts: bool) -> None:
    series = np.array([one[0] for one in found], dtype=np.int64)
    sent = Columns(
        series,
        np.array([one[1] for one in found], dtype=np.int64),
        np.array([one[2] for one in found], dtype=np.uint64).view(np.float64),
        np.array([one[3] for one in found], dtype=np.uint8) if marks else None,
        series[::-1].copy() if starts else None,
    )
    got = codec.unpack_columns(codec.pack_columns(sent))
    assert (len(got), got.samples) == (len(found), len(found))
    for name in ("series", "at_ms", "values", "marks", "start_ms"):
        one, other = getattr(sent, name), getattr(got, name)
        assert (one is None and other is None) or one.tobytes() == other.tobytes(), name


@given(st.binary(max_size=200) | st.integers(1, 3000).map(lambda size: b"same" * size), st.booleans())
def test_what_is_compressed_comes_back_and_never_grows_by_more_than_a_byte(data: bytes, quick: bool) -> None:
    packed = codec.compress(data, quick=quick)
    assert codec.expand(packed) == data
    assert len(packed) <= len(data) + 1
