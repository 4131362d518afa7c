"""The compiled loops: where they read, what they come to as plain Python, and what a sender can make them do."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import compiled
from app.wire.metrics import remote_write_loops, remote_write_walk
from app.wire.metrics.remote_write_walk import FIRST_ARENA, FIRST_BLOCKS, LabelTable, Walker
from tests.wire.metrics.protobuf_writer import octets
from tests.wire.metrics.remote_write_spellings import (
    BLOCKS,
    PLACES,
    SAMPLE,
    UP,
    Decoders,
    cut_short,
    label,
    moment,
    requests,
    value,
)

VALID = octets(1, BLOCKS[0] + octets(2, value(7) + moment(-1))) + octets(1, UP + SAMPLE)
ONE_TYPE_EACH = """
from app.actions import warm
from app.wire import decompress
from app.wire.metrics import remote_write_loops as loops
from app.wire.metrics.remote_write_walk import FIRST_BLOCKS, Walker
from tests.wire.metrics.remote_write_spellings import SAMPLE, UP, label, octets, snappy

warm.up()
before = [len(loop.signatures) for loop in (loops.walk, loops.rehash)]
body = b"".join(octets(1, UP + label("n", str(n)) + SAMPLE) for n in range(FIRST_BLOCKS + 1))
assert len(Walker().decode(body)) == FIRST_BLOCKS + 1
assert len(Walker().decode(decompress.snappy_view(snappy(body), limit=len(body)))) == FIRST_BLOCKS + 1
assert before == [len(loop.signatures) for loop in (loops.walk, loops.rehash)] == [1, 1], before
"""


class Guarded:
    """An array that is asked for nothing but what is in it: a place below 0 is none, a slice does not reach out."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, at: Any) -> Any:
        found = self.array[self._inside(at)]
        return Guarded(found) if isinstance(at, slice) else found

    def __setitem__(self, at: Any, new: Any) -> None:
        self.array[self._inside(at)] = new.array if isinstance(new, Guarded) else new

    def _inside(self, at: Any) -> Any:
        if isinstance(at, slice):
            assert 0 <= at.start <= at.stop <= len(self.array)
        else:
            assert 0 <= at < len(self.array)
        return at


@contextmanager
def python(**instead: Any) -> Iterator[ModuleType]:
    """Every walk runs as plain Python, on guarded arrays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "jit", lambda loop: loop)
        spec = importlib.util.find_spec(remote_write_loops.__name__)
        assert spec is not None
        assert spec.loader is not None
        copy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(copy)
        vars(copy).update(walk=_guarded(copy.walk), rehash=_guarded(copy.rehash), **instead)
        patch.setattr(remote_write_walk, "remote_write_loops", copy)
        yield copy


def _guarded(loop: Any) -> Any:
    return lambda *given: loop(*(Guarded(one) if isinstance(one, np.ndarray) else one for one in given))


def test_nothing_is_read_outside_of_a_request_cut_off_anywhere() -> None:
    with python():
        decoders = Decoders()
        for cut in range(len(VALID) + 1):
            decoders.agree(VALID[:cut])


def test_nothing_is_read_outside_of_a_request_in_which_any_octet_is_another() -> None:
    with python():
        decoders = Decoders()
        for at in range(len(VALID)):
            for other in (VALID[at] ^ 1 << bit for bit in range(8)):
                decoders.agree(VALID[:at] + bytes([other]) + VALID[at + 1 :])


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_read_outside_of_what_ends_too_early_by_its_own_length(place: str) -> None:
    with python():
        decoders = Decoders()
        for body in cut_short(place):
            decoders.agree(body)


@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_nothing_is_written_outside_of_a_table_that_is_small_at_first(
    blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_write_walk, "FIRST_BLOCKS", blocks)
    with python():
        for size in range(1, 60):
            monkeypatch.setattr(remote_write_walk, "FIRST_ARENA", size)
            Decoders().agree(b"".join(octets(1, block + SAMPLE) for block in BLOCKS[:3]))


def test_nothing_is_written_outside_of_the_columns() -> None:
    with python():
        for count in range(40):
            Decoders().agree(octets(1, UP + b"\x12\x00" * count))


@given(bodies=st.lists(requests, max_size=2), cut=st.integers(0, 9), end=st.binary(max_size=12))
def test_nothing_is_read_outside_of_any_request(bodies: list[bytes], cut: int, end: bytes) -> None:
    with python():
        decoders = Decoders()
        for body in bodies:
            decoders.agree(body)
            decoders.agree(body[: len(body) - cut] + end)


@pytest.mark.parametrize("constant", [0, 7, 2**63 - 1])
def test_labels_of_one_hash_are_told_apart(constant: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_write_walk, "FIRST_BLOCKS", 4)
    others = [UP + label("n", str(n)) for n in range(30)]
    with python(keyed_hash=lambda *_: constant):
        decoders = Decoders()
        for order in (BLOCKS, BLOCKS[::-1], others, BLOCKS[::3], others[::-1], [*others[:9], *BLOCKS], BLOCKS):
            decoders.agree(b"".join(octets(1, block + SAMPLE) for block in order))


@pytest.mark.parametrize("shared", [2, 16, 1_024], ids=lambda shared: f"{shared} places")
def test_labels_that_share_places_are_told_apart(shared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled, and with a table so small that there is hardly a place of one's own."""
    hashed = remote_write_loops.keyed_hash
    with python(keyed_hash=lambda *given: hashed(*(_bare(one) for one in given)) % shared):
        monkeypatch.setattr(remote_write_walk, "FIRST_BLOCKS", 1)
        decoders = Decoders()
        decoders.agree(b"".join(octets(1, UP + label("n", str(n)) + SAMPLE) for n in range(50)))


def _bare(one: Any) -> Any:
    return one.array if isinstance(one, Guarded) else one


def _hash(text: bytes, key: Any) -> int:
    """Of a text that stands amidst others."""
    found = remote_write_loops.keyed_hash(np.frombuffer(b"xyz" + text + b"xyz", dtype=np.uint8), 3, len(text), key)
    return int(found)


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="this Python hashes otherwise")
def test_the_hash_is_the_one_that_python_has_for_its_dictionaries() -> None:
    seed, texts = 42, [Random(size).randbytes(size) for size in (*range(1, 70), 255, 256, 257, 5_000)]
    program = "import sys; print(*(hash(bytes.fromhex(line)) for line in sys.stdin))"
    told = subprocess.run(
        [sys.executable, "-S", "-c", program],
        input="\n".join(text.hex() for text in texts),
        env={"PYTHONHASHSEED": str(seed)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert [_hash(text, _python_key(seed)) for text in texts] == [int(one) % 2**63 for one in told.stdout.split()]


def _python_key(seed: int) -> Any:
    """What Python makes of PYTHONHASHSEED: sixteen octets of a linear congruence."""
    octets_of_key = bytearray()
    for _ in range(16):
        seed = (seed * 214_013 + 2_531_011) % 2**32
        octets_of_key.append(seed >> 16 & 0xFF)
    return np.frombuffer(octets_of_key, dtype="<u8").astype(np.uint64)


def test_the_hash_needs_both_halves_of_the_key() -> None:
    keys = ([0, 0], [1, 0], [0, 1], [2**63, 0], [0, 2**63])
    assert len({_hash(UP, np.array(key, dtype=np.uint64)) for key in keys}) == len(keys)


def test_labels_that_share_a_place_in_one_table_do_not_in_another() -> None:
    """Whoever finds out which labels are slow here has found nothing for the next table, or the next process."""
    one, other = LabelTable().hash_key, LabelTable().hash_key
    sought = [block for block in (UP + label("n", str(n)) for n in range(20_000)) if _hash(block, one) % 64 == 0]
    assert len(sought) > 200
    assert len({_hash(block, other) % 64 for block in sought}) > 50


def test_a_table_makes_room_for_what_is_wanted_at_once() -> None:
    table = LabelTable()
    table.make_room(5 * FIRST_ARENA)
    assert len(table.arena) >= 5 * FIRST_ARENA
    assert len(table.ids) == len(table.begins) == len(table.lengths) == len(table.followers) == 2 * FIRST_BLOCKS


def test_labels_that_follow_as_they_did_are_not_hashed_again() -> None:
    hashed: list[int] = []

    def counted(_array: Any, begin: int, *_: Any) -> int:
        hashed.append(begin)
        return begin

    with python(keyed_hash=counted):
        walker = Walker()
        for times in (len(BLOCKS), 1, 1):
            hashed.clear()
            assert walker.decode(b"".join(octets(1, block + SAMPLE) for block in BLOCKS)) is not None
            assert len(hashed) == times


def test_a_table_keeps_its_key_while_it_grows() -> None:
    table = LabelTable()
    before = table.hash_key.tolist()
    table.make_room(1)
    assert table.hash_key.tolist() == before


@pytest.mark.skipif(compiled.numba is None, reason="nothing is compiled without numba")
def test_no_request_waits_for_a_compiler_once_all_is_warm() -> None:
    subprocess.run([sys.executable, "-c", ONE_TYPE_EACH], check=True, capture_output=True, timeout=120)
