"""The short way against the general decoder: whatever is sent, both come to the same batch."""

import math
import struct
from threading import Thread
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError
from app.domain.samples import Metadata, SampleBatch
from app.wire.metrics import remote_write_v1, remote_write_v2
from app.wire.metrics.remote_write_table import SeriesTable
from tests.wire.metrics.protobuf_writer import double, integer, octets, packed
from tests.wire.metrics.remote_write_cases import COMPLIANCE, NORMAL_NAN, V2_TYPE, Case, custom
from tests.wire.metrics.remote_write_own_cases import OWN
from tests.wire.metrics.remote_write_requests import STALE, Declared, Exemplar, Sample, Series, write_v1, write_v2

NOW_MS = 1_700_000_000_000
UP = {"__name__": "up", "job": "api"}


def _told(batch: SampleBatch) -> tuple[object, ...]:
    """All that a batch says, comparable: series by name, values by their bytes."""
    keys = [batch.directory.key(position) for position in batch.series.tolist()]
    return (
        [(str(key), key.kind, key.unit) for key in keys],
        batch.at_ms.tolist(),
        batch.values.tobytes(),
        None if batch.marks is None else batch.marks.tolist(),
        None if batch.start_ms is None else batch.start_ms.tolist(),
        [(str(batch.directory.key(one.series)), one.at_ms, one.start_ms) for one in batch.histograms],
        sorted(map(str, batch.metadata)),
        batch.exemplars,
        batch.refusals,
    )


def _outcome(body: bytes, table: SeriesTable | None, version: ModuleType) -> object:
    try:
        return _told(version.decode(body, table=table))
    except AppError as error:
        return type(error), error.code, str(error)


def _agree(body: bytes, table: SeriesTable, version: ModuleType = remote_write_v2) -> None:
    general = _outcome(body, None, version)
    assert _outcome(body, table, version) == general
    assert _outcome(body, table, version) == general


CASES = [*COMPLIANCE, *OWN]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_is_decoded_alike(case: Case) -> None:
    version = remote_write_v2 if case.content_type == V2_TYPE else remote_write_v1
    _agree(case.message(NOW_MS), SeriesTable(), version)


names = st.sampled_from(["up", "wait_bucket", "hits_total", "", "bad\n", "x" * 300, "café"])
labels = st.builds(
    lambda name, pairs: {"__name__": name, **pairs},
    names,
    st.dictionaries(st.sampled_from(["job", "le", "zone", ""]), st.sampled_from(["a", "1.0", "", "\x00", "z" * 90])),
)
values = st.sampled_from([0.0, -0.0, 1.5, math.inf, STALE, NORMAL_NAN])
times = st.sampled_from([0, 1, 2**35, 2**42 - 1, 2**42, NOW_MS, NOW_MS - 60_000, -1, 2**63 - 1])
samples = st.builds(Sample, values, times, times)
declared = st.none() | st.builds(
    Declared, st.integers(-1, 9), st.sampled_from(["", "Help."]), st.sampled_from(["", "s"])
)
plain = st.builds(lambda *parts: Series(parts[0], (parts[1],), declared=parts[2]), labels, samples, declared)
unusual = st.builds(
    Series,
    labels,
    st.lists(samples, max_size=2).map(tuple),
    st.just(()) | st.just((custom(NOW_MS),)),
    st.just(()) | st.just((Exemplar(NOW_MS, {"trace_id": "x"}),)),
    declared,
    times,
)
requests = st.lists(plain | plain | unusual, max_size=8)


@settings(deadline=None)
@given(one=requests, other=requests)
def test_any_mixture_of_series_is_decoded_alike(one: list[Series], other: list[Series]) -> None:
    table = SeriesTable()
    _agree(write_v2(*one), table)
    _agree(write_v2(*other, symbols=("", "padding", "job")), table)
    _agree(write_v1(*one), table, remote_write_v1)
    _agree(write_v1(*other), table, remote_write_v1)


SERIES = (
    *(
        Series({**UP, "n": str(n)}, (Sample(n / 2, NOW_MS + n, NOW_MS - n),), declared=Declared(1, "h"))
        for n in range(3)
    ),
    Series(UP, (Sample(0.0, NOW_MS),), exemplars=(Exemplar(NOW_MS),)),
    Series(UP, (Sample(0.0, NOW_MS + 1),)),
)
VALID, VALID_V1 = write_v2(*SERIES), write_v1(*SERIES)


@settings(deadline=None)
@given(at=st.integers(0, len(VALID) - 1), to=st.integers(0, 255), cut=st.integers(0, 20))
def test_any_damage_is_met_alike(at: int, to: int, cut: int) -> None:
    table = SeriesTable()
    _agree(VALID, table)
    damaged = bytearray(VALID)
    damaged[at] = to
    _agree(bytes(damaged[: len(damaged) - cut]), table)


@settings(deadline=None)
@given(at=st.integers(0, len(VALID_V1) - 1), to=st.integers(0, 255), cut=st.integers(0, 20))
def test_any_damage_to_1_0_is_met_alike(at: int, to: int, cut: int) -> None:
    table = SeriesTable()
    _agree(VALID_V1, table, remote_write_v1)
    damaged = bytearray(VALID_V1)
    damaged[at] = to
    _agree(bytes(damaged[: len(damaged) - cut]), table, remote_write_v1)


@pytest.mark.parametrize("sample", [Sample(1.5, NOW_MS), Sample(0.0, NOW_MS)], ids=["18 octets", "9 octets"])
def test_the_end_of_a_label_that_looks_like_a_sample_is_a_label(sample: Sample) -> None:
    """A value may hold any UTF-8, and with it any octets below 0x80; a time has octets above, so it is spelled so."""
    tail = write_v1(Series({}, (sample,)))[2:]
    label = octets(1, octets(1, "__name__") + octets(2, b"up" + tail))
    table = SeriesTable()
    for ending in (b"", octets(2, double(1, 2.0) + integer(2, NOW_MS)), octets(2, integer(2, NOW_MS))):
        _agree(octets(1, label + ending), table, remote_write_v1)


def test_a_small_value_that_looks_like_a_sample_without_one_is_a_value() -> None:
    """Of a sample of 18 octets the last nine may read as a sample of 0: then its value ends in 12 07."""
    value = struct.unpack("<d", bytes(6) + b"\x12\x07")[0]
    table = SeriesTable()
    body = write_v1(Series(UP, (Sample(value, NOW_MS),)))
    _agree(body, table, remote_write_v1)
    assert remote_write_v1.decode(body, table=table).values.tolist() == [value]


def test_metadata_in_the_request_tells_the_kind_though_the_series_is_known() -> None:
    table = SeriesTable()
    hits = Series({"__name__": "hits_total"}, (Sample(1.0, NOW_MS),))
    _agree(write_v1(hits), table, remote_write_v1)
    _agree(write_v1(hits, declared=(Declared(1, metric="hits"),)), table, remote_write_v1)


def test_plain_and_other_series_stand_in_the_order_of_the_request() -> None:
    table = SeriesTable()
    for decode, body in ((remote_write_v1.decode, VALID_V1), (remote_write_v2.decode, VALID)) * 2:
        batch = decode(body, table=table)
        assert batch.at_ms.tolist() == [NOW_MS, NOW_MS + 1, NOW_MS + 2, NOW_MS, NOW_MS + 1]


def test_known_series_are_found_without_asking_for_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    table = SeriesTable()
    body = write_v2(*(Series({**UP, "n": str(n)}, (Sample(1.0, NOW_MS),), declared=Declared(2)) for n in range(9)))
    first = remote_write_v2.decode(body, table=table)
    old = write_v1(Series(UP, (Sample(1.0, NOW_MS),)))
    remote_write_v1.decode(old, table=table)
    monkeypatch.setattr(SeriesTable, "position", None)
    again = remote_write_v2.decode(body, table=table)
    assert again.series.tolist() == first.series.tolist()
    assert again.metadata == first.metadata == (Metadata("up", "gauge"),)
    assert len(remote_write_v1.decode(old, table=table)) == 1


def test_a_change_of_metadata_is_told() -> None:
    table = SeriesTable()
    for help_text in ("Old.", "New."):
        batch = remote_write_v2.decode(
            write_v2(Series(UP, (Sample(1.0, NOW_MS),), declared=Declared(2, help_text))), table=table
        )
        assert batch.metadata == (Metadata("up", "gauge", help_text),)


def test_long_references_are_read() -> None:
    """With 20 000 symbols a reference takes three bytes."""
    symbols = ("", *(f"symbol {n}" for n in range(20_000)))
    _agree(write_v2(Series(UP, (Sample(1.0, NOW_MS),)), symbols=symbols), SeriesTable())


def test_a_reference_of_more_bytes_than_it_needs_is_read() -> None:
    table = SeriesTable()
    refs = octets(1, b"\x81\x80\x80\x80\x00\x82\x00")
    body = b"".join(octets(4, text) for text in ("", "__name__", "up"))
    body += octets(5, refs + octets(2, double(1, 1.0) + integer(2, NOW_MS)))
    _agree(body, table)
    assert len(remote_write_v2.decode(body, table=table)) == 1


def test_a_hundred_thousand_plain_series_are_taken_and_one_more_is_not() -> None:
    symbols = b"".join(octets(4, text) for text in ("", "__name__", "up"))
    one = octets(5, packed(1, [1, 2]) + octets(2, double(1, 1.0) + integer(2, NOW_MS)))
    exemplar_only = octets(5, packed(1, [1, 2]) + octets(2, integer(2, NOW_MS)) * 2)
    table = SeriesTable()
    assert len(remote_write_v2.decode(symbols + one * 100_000, table=table)) == 100_000
    _agree(symbols + one * 99_999 + exemplar_only, table)
    _agree(symbols + one * 100_001, table)


def test_threads_know_the_same_symbols_by_the_same_numbers() -> None:
    table = SeriesTable()
    bodies = [
        write_v2(*(Series({**UP, "n": str(n * k)}, (Sample(float(n * k), NOW_MS),)) for n in range(200)))
        for k in range(1, 5)
    ]
    wrong: list[str] = []

    def send(body: bytes) -> None:
        for _ in range(5):
            batch = remote_write_v2.decode(body, table=table)
            for position, value in zip(batch.series.tolist(), batch.values.tolist(), strict=True):
                if batch.directory.key(position).label("n") != str(int(value)):
                    wrong.append(str(batch.directory.key(position)))

    threads = [Thread(target=send, args=(body,)) for body in bodies * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
