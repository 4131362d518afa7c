"""The walk, the numpy columns and the general decoder: three ways to the same samples and the same refusals."""

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import TooLarge
from app.domain.samples import SampleBatch
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics import remote_write_walk
from app.wire.metrics.remote_write_walk import LabelTable, Walker
from tests.wire.metrics.protobuf_writer import integer, octets, varint
from tests.wire.metrics.remote_write_spellings import (
    BITS,
    BLOCKS,
    NOW_MS,
    PLACES,
    SAMPLE,
    UP,
    Decoders,
    cut_short,
    decode,
    label,
    moment,
    padded,
    plain_requests,
    requests,
    told,
    value,
)

VALID = b"".join(
    octets(1, block + SAMPLE + octets(2, moment(-1) + value(bits)))
    for block, bits in zip(BLOCKS[:3], BITS[:3], strict=True)
)
REMOTE_LENGTHS = [2**31 - 1, 2**31, 2**32 - 1, 2**35 - 1, *range(2**63 - 60, 2**63), 2**63, 2**64 - 1]


@given(bodies=st.lists(plain_requests, min_size=1, max_size=4))
def test_plain_requests_are_walked_to_what_the_general_decoder_makes_of_them(bodies: list[bytes]) -> None:
    decoders = Decoders()
    walked = [decoders.walker.decode(body) for body in bodies]
    for body, batch in zip(bodies, walked, strict=True):
        assert batch is not None
        assert told(batch) == told(decode(body))
        decoders.agree(body)


@given(bodies=st.lists(requests, min_size=1, max_size=3))
def test_whatever_a_request_is_made_of_it_is_decoded_alike(bodies: list[bytes]) -> None:
    decoders = Decoders()
    for body in bodies:
        decoders.agree(body)


@given(body=requests, places=st.lists(st.tuples(st.integers(0), st.binary(max_size=3), st.integers(0, 3)), max_size=3))
def test_whatever_is_overwritten_inserted_or_lost_is_met_alike(
    body: bytes, places: list[tuple[int, bytes, int]]
) -> None:
    decoders = Decoders()
    decoders.agree(body)
    for place, new, lost in places:
        at = place % (len(body) + 1)
        body = body[:at] + new + body[at + lost :]
        decoders.agree(body)


def test_a_request_cut_off_anywhere_is_met_alike_though_the_rest_lies_behind_it_in_memory() -> None:
    decoders = Decoders()
    for cut in range(len(VALID)):
        decoders.agree(VALID[:cut])
        walked = decoders.walker.decode(memoryview(VALID)[:cut])
        assert walked is None or told(walked) == told(decode(VALID[:cut]))
    decoders.agree(VALID)


def test_any_octet_may_be_another() -> None:
    decoders = Decoders()
    for at in range(len(VALID)):
        for other in (VALID[at] ^ 1 << bit for bit in range(8)):
            decoders.agree(VALID[:at] + bytes([other]) + VALID[at + 1 :])


@pytest.mark.parametrize("place", PLACES)
def test_a_length_may_be_spelled_with_as_many_octets_as_the_general_decoder_reads(place: str) -> None:
    decoders = Decoders()
    for octets_more in range(12):
        body = PLACES[place](lambda tag, content: tag + padded(len(content), octets_more) + content)  # noqa: B023  # called at once
        decoders.agree(body)
        decoders.agree(body + VALID)


@pytest.mark.parametrize("place", PLACES)
def test_a_length_past_the_end_is_met_alike(place: str) -> None:
    decoders = Decoders()
    for length in (*range(70), *REMOTE_LENGTHS):
        body = PLACES[place](lambda tag, content: tag + varint(length) + content)  # noqa: B023  # called at once
        decoders.agree(body)
        decoders.agree(VALID + body + VALID)


@pytest.mark.parametrize("place", PLACES)
def test_what_ends_too_early_by_its_own_length_is_met_alike(place: str) -> None:
    decoders = Decoders()
    for body in cut_short(place):
        decoders.agree(body)
        decoders.agree(VALID + body + VALID)


@pytest.mark.parametrize("place", PLACES)
def test_any_tag_may_stand_for_another(place: str) -> None:
    decoders = Decoders()
    for tag in range(256):
        decoders.agree(PLACES[place](lambda _, content: bytes([tag]) + varint(len(content)) + content))  # noqa: B023  # called at once
        decoders.agree(PLACES[place](lambda own, content: padded(own[0], 1) + varint(len(content)) + content))


@pytest.mark.parametrize("last", [0x00, 0x01, 0x02, 0x7F, 0x80, 0x81])
@pytest.mark.parametrize("octets_before", [8, 9, 10])
def test_a_time_of_more_bits_than_it_has_is_met_alike(octets_before: int, last: int) -> None:
    time = b"\x10" + b"\xff" * octets_before + bytes([last])
    Decoders().agree(octets(1, UP + octets(2, time)) + VALID)
    Decoders().agree(octets(1, UP + octets(2, time + value(1))) + VALID)


LIMITS = {
    "as many labels as there may be": UP + b"".join(label(f"n{n}", "v") for n in range(40)),
    "a label too many": UP + b"".join(label(f"n{n}", "v") for n in range(41)),
    "a label too many, and the name twice": UP * 2 + b"".join(label(f"n{n}", "v") for n in range(40)),
    "too many labels, and no name": b"".join(label(f"n{n}", "v") for n in range(42)),
    "too many labels, one of them not UTF-8": label("job", b"\xff") + UP * 42,
    "more labels than are counted": UP + label("a", "b") * 1_001,
    "empty labels by the thousand": octets(1, b"") * 40_000,
    "all that is long": UP + b"".join(label(f"{n:0256}", "v" * 4_096) for n in range(40)),
    "a block of 64 KiB": UP + label("a", "b" * (65_536 - 27)),
    "a block of one octet more": UP + label("a", "b" * (65_536 - 26)),
    "a label of a megabyte": UP + label("a", "b" * 2**20),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_labels_at_the_limits_are_met_alike(limit: str) -> None:
    decoders = Decoders()
    decoders.agree(octets(1, LIMITS[limit] + SAMPLE) + VALID)
    decoders.agree(VALID + octets(1, LIMITS[limit] + SAMPLE * 2) + VALID)


@pytest.mark.parametrize(
    ("limit", "is_walked"),
    [
        ("as many labels as there may be", True),
        ("a label too many", False),
        ("a block of 64 KiB", True),
        ("a block of one octet more", False),
    ],
)
def test_labels_within_the_limits_are_walked(limit: str, is_walked: bool) -> None:
    assert (Walker().decode(octets(1, LIMITS[limit] + SAMPLE)) is not None) is is_walked


@pytest.mark.parametrize(
    ("each", "times"), [(octets(1, UP + SAMPLE), 1), (octets(1, UP + SAMPLE * 1_000), 1_000)], ids=["one", "a thousand"]
)
def test_a_hundred_thousand_samples_are_walked_and_one_more_is_refused(each: bytes, times: int) -> None:
    walker = Walker()
    most = each * (MAX_SAMPLES // times)
    batch = walker.decode(most)
    assert batch is not None
    assert len(batch) == MAX_SAMPLES
    assert set(batch.at_ms.tolist()) == {NOW_MS}
    with pytest.raises(TooLarge):
        decode(most + octets(1, UP + SAMPLE), walker=walker)


def test_samples_as_short_as_they_come_are_all_taken() -> None:
    for count in (1, 2, 3, 10, 1_000):
        Decoders().agree(octets(1, UP + b"\x12\x00" * count))


def test_labels_by_the_million_are_refused_before_they_are_kept() -> None:
    """Two octets of an empty label become hundreds of them where it is read."""
    walker = Walker()
    for labels in (octets(1, b"") * 4_000_000, UP + label("job", "x" * 2**23)):
        assert walker.decode(octets(1, labels + SAMPLE)) is None
    batch = walker.decode(VALID)
    assert batch is not None
    assert isinstance(batch.directory, LabelTable)
    assert batch.directory.used == sum(map(len, BLOCKS[:3]))


SMALL = {
    "of room for one, at first": ({"FIRST_BLOCKS": 1, "FIRST_ARENA": 1}, 1),
    "of three series": ({"MAX_BLOCKS": 2}, 8),
    "of a hundred octets": ({"MAX_BLOCK_BYTES": 100}, 8),
}


@pytest.mark.parametrize("size", SMALL)
def test_series_keep_their_names_in_tables(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds, tables = SMALL[size]
    for name, bound in bounds.items():
        monkeypatch.setattr(remote_write_walk, name, bound)
    walker = Walker()
    bodies = [b"".join(octets(1, block + SAMPLE) for block in order) for order in _orders(BLOCKS)]
    walked = [walker.decode(body) for body in bodies]
    for body, batch in zip(bodies, walked, strict=True):
        assert batch is not None
        assert told(batch) == told(decode(body))
    directories = {id(batch.directory) for batch in walked if batch}
    assert len(directories) == tables


def test_a_label_set_has_one_position_however_often_and_wherever_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_write_walk, "FIRST_BLOCKS", 1)
    walker = Walker()
    positions: dict[bytes, set[int]] = {}
    for order in _orders(BLOCKS):
        batch = walker.decode(b"".join(octets(1, block + SAMPLE) for block in order))
        assert batch is not None
        for block, position in zip(order, batch.series.tolist(), strict=True):
            positions.setdefault(block, set()).add(position)
    assert sorted(map(len, positions.values())) == [1] * len(positions)
    assert len(set.union(*positions.values())) == len(positions)


def test_labels_that_begin_as_those_that_came_there_before_are_told_apart_on_the_walk() -> None:
    decoders = Decoders()
    shorter, longer = UP + label("job", "api"), UP + label("job", "api") + label("le", "1")
    for second in (shorter, longer, shorter, UP, longer):
        body = octets(1, UP + SAMPLE) + octets(1, second + SAMPLE)
        assert decoders.walker.decode(body) is not None
        decoders.agree(body)


def _orders(blocks: list[bytes]) -> list[list[bytes]]:
    """In order, again, backwards, each second, one of them over and over, and all with others between them."""
    others = [UP + label("job", f"other-{n}") for n in range(40)]
    mixed = [one for pair in zip(blocks, others, strict=False) for one in pair]
    return [blocks, blocks, blocks[::-1], blocks[::2], blocks[:1] * 9, mixed, others, blocks, mixed[::-1]]


def test_the_table_is_bounded_by_how_long_the_labels_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_write_walk, "MAX_BLOCK_BYTES", 2**20)
    walker = Walker()
    directories = []
    for n in range(40):
        batch = walker.decode(octets(1, UP + label("job", f"{n}" + "x" * 60_000) + SAMPLE))
        assert batch is not None
        assert isinstance(batch.directory, LabelTable)
        directories.append(batch.directory)
    assert max(len(one.arena) for one in directories) < 2**22
    assert len(set(map(id, directories))) == 3


def test_threads_share_a_walker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_write_walk, "FIRST_BLOCKS", 1)
    walker = Walker()
    wrong: list[SampleBatch | None] = []

    def send(first: int) -> None:
        numbers = range(first, first + 300)
        body = b"".join(octets(1, UP + label("n", str(n)) + octets(2, integer(2, n))) for n in numbers)
        for _ in range(5):
            batch = walker.decode(body)
            if batch is None or [int(batch.directory.key(at).label("n")) for at in batch.series] != [*numbers]:
                wrong.append(batch)

    threads = [Thread(target=send, args=(first,)) for first in (1, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
