from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, Invalid, TooLarge
from app.domain.samples import Mark, Metadata, SampleBatch
from app.domain.series import Kind, Shape
from app.wire.metrics import remote_write_v1, remote_write_v2
from app.wire.metrics.remote_write_table import SeriesTable
from tests.wire.metrics.protobuf_writer import double, integer, octets, packed
from tests.wire.metrics.remote_write_cases import custom, sided
from tests.wire.metrics.remote_write_requests import (
    STALE,
    Declared,
    Exemplar,
    Sample,
    Series,
    native_histogram,
    write_v1,
    write_v2,
)

NOW_MS = 1_700_000_000_000
START_MS = NOW_MS - 3_600_000
UP = {"__name__": "up", "job": "api"}


def _keys(batch: SampleBatch) -> list[str]:
    return [str(batch.directory.key(position)) for position in batch.series]


def test_both_versions_decode_the_same_series_to_the_same_columns() -> None:
    series = [
        Series({"__name__": "a", "zone": "z", "le": "1.0"}, (Sample(1.5, NOW_MS), Sample(STALE, NOW_MS + 1))),
        Series({"__name__": "b", "job": "café"}, (Sample(-0.0, NOW_MS),)),
        Series({"__name__": "c"}, histograms=(sided(NOW_MS, "positive"), custom(NOW_MS)), exemplars=(Exemplar(1),)),
    ]
    old, new = remote_write_v1.decode(write_v1(*series)), remote_write_v2.decode(write_v2(*series))
    assert _keys(old) == _keys(new) == ['a{le="1",zone="z"}'] * 2 + ['b{job="café"}']
    assert old.at_ms.tolist() == new.at_ms.tolist()
    assert old.values.tobytes() == new.values.tobytes()
    assert old.marks is not None
    assert new.marks is not None
    assert old.marks.tolist() == new.marks.tolist() == [Mark.VALUE, Mark.STALE, Mark.VALUE]
    assert [(one.series, one.at_ms) for one in old.histograms] == [(one.series, one.at_ms) for one in new.histograms]
    assert old.exemplars == new.exemplars == 1


def test_a_series_without_labels_or_data_is_told_apart_from_none() -> None:
    batch = remote_write_v2.decode(write_v2(Series(UP)))
    assert (len(batch), batch.histograms, batch.refusals, batch.metadata) == (0, (), (), ())
    assert remote_write_v2.decode(write_v2()).refusals == ()


def test_a_start_time_stands_on_the_sample_or_as_earlier_senders_had_it_on_the_series() -> None:
    batch = remote_write_v2.decode(
        write_v2(
            Series(UP, (Sample(1.0, NOW_MS, START_MS), Sample(2.0, NOW_MS + 1)), created_ms=START_MS - 1),
            Series({"__name__": "b"}, (Sample(1.0, NOW_MS),)),
            Series({"__name__": "c"}, histograms=(sided(NOW_MS), native_histogram(at_ms=NOW_MS, start_ms=START_MS))),
            Series({"__name__": "d"}, histograms=(sided(NOW_MS),), created_ms=START_MS),
        )
    )
    assert batch.start_ms is not None
    assert batch.start_ms.tolist() == [START_MS, START_MS - 1, 0]
    assert [one.start_ms for one in batch.histograms] == [0, START_MS, START_MS]


@pytest.mark.parametrize("start_ms", [NOW_MS + 1, -1])
def test_a_start_that_can_be_none_is_unknown(start_ms: int) -> None:
    batch = remote_write_v2.decode(
        write_v2(
            Series(UP, (Sample(1.0, NOW_MS, start_ms),)),
            Series({"__name__": "b"}, histograms=(native_histogram(at_ms=NOW_MS, start_ms=start_ms),)),
        )
    )
    assert batch.start_ms is None
    assert batch.histograms[0].start_ms == 0


def test_a_sample_at_its_start_keeps_it() -> None:
    batch = remote_write_v2.decode(write_v2(Series(UP, (Sample(0.0, NOW_MS, NOW_MS),))))
    assert batch.start_ms is not None
    assert batch.start_ms.tolist() == [NOW_MS]


def test_metadata_inline_gives_kind_and_unit_and_is_gathered_once_a_family() -> None:
    def member(name: str, declared: Declared, **labels: str) -> Series:
        return Series({"__name__": name, **labels}, (Sample(1.0, NOW_MS),), declared=declared)

    waiting, size = Declared(3, "Waiting.", "seconds"), Declared(5, "Size.", "bytes")
    batch = remote_write_v2.decode(
        write_v2(
            member("wait_bucket", waiting, le="1"),
            member("wait_bucket", waiting, le="+Inf"),
            member("wait_count", waiting),
            member("size", size, quantile="0.5"),
            member("size_sum", size),
            member("hits_total", Declared(1, "Hits.")),
            member("depth", Declared(2)),
            member("odd", Declared(0)),
        )
    )
    kinds = [batch.directory.key(position).kind for position in batch.series]
    counter, gauge = Kind.COUNTER, Kind.GAUGE
    assert kinds == [counter, counter, counter, gauge, counter, counter, gauge, None]
    assert batch.directory.key(int(batch.series[0])).unit == "seconds"
    assert batch.metadata == (
        Metadata("wait", "histogram", "Waiting.", "seconds"),
        Metadata("size", "summary", "Size.", "bytes"),
        Metadata("hits_total", "counter", "Hits."),
        Metadata("depth", "gauge"),
    )


def test_a_native_histogram_has_no_kind_unless_it_is_a_gauge() -> None:
    def declared(number: int) -> Series:
        return Series({"__name__": f"h{number}"}, histograms=(sided(NOW_MS),), declared=Declared(number))

    batch = remote_write_v2.decode(write_v2(declared(3), declared(4)))
    keys = [batch.directory.key(one.series) for one in batch.histograms]
    assert [(key.shape, key.kind) for key in keys] == [(Shape.HISTOGRAM, None), (Shape.HISTOGRAM, Kind.GAUGE)]


def test_a_symbol_that_is_not_utf_8_costs_only_the_series_that_use_it() -> None:
    bad: list[tuple[str | bytes, str | bytes]] = [("__name__", "up"), ("job", b"caf\xe9")]
    batch = remote_write_v2.decode(write_v2(Series(bad, (Sample(1.0, NOW_MS),)), Series(UP, (Sample(2.0, NOW_MS),))))
    assert _keys(batch) == ['up{job="api"}']
    assert batch.refusals[0].message == "A name or value is not UTF-8: caf\\xe9."


def test_a_doubled_symbol_names_the_same_series() -> None:
    series = b"".join(
        octets(5, packed(1, refs) + octets(2, double(1, 1.0) + integer(2, NOW_MS))) for refs in ([1, 2], [1, 3])
    )
    batch = remote_write_v2.decode(b"".join(octets(4, text) for text in ("", "__name__", "up", "up")) + series)
    assert batch.series.tolist() == [0, 0]


def test_a_bad_exemplar_costs_only_itself() -> None:
    series = packed(1, [1, 2]) + octets(2, integer(2, NOW_MS)) + octets(4, packed(1, [9, 9])) + octets(4, b"")
    batch = remote_write_v2.decode(b"".join(octets(4, text) for text in ("", "__name__", "up")) + octets(5, series))
    assert (len(batch), batch.exemplars) == (1, 1)
    assert [(one.code, one.samples, one.exemplars) for one in batch.refusals] == [("symbols_invalid", 0, 1)]
    assert batch.refusals[0].message == "up: A series refers to symbol 9 of 3."


def test_series_beyond_any_sense_are_too_large() -> None:
    refs = write_v2() + octets(5, packed(1, [0] * 70_000))
    with pytest.raises(TooLarge) as refused:
        remote_write_v2.decode(refs)
    assert refused.value.code == "too_many_labels"


def test_a_message_of_another_protocol_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        remote_write_v2.decode(write_v1(Series(UP, (Sample(1.0, NOW_MS),))))
    assert refused.value.code == "proto_mismatch"
    assert "proto=prometheus.WriteRequest" in str(refused.value.hint)


VALID = write_v2(
    Series(UP, (Sample(1.5, NOW_MS, START_MS),), exemplars=(Exemplar(NOW_MS, {"trace_id": "x"}),)),
    Series({"__name__": "x"}, histograms=(sided(NOW_MS, "positive", "negative", zero=True), custom(NOW_MS))),
    Series({"__name__": "y"}, (Sample(1.5, NOW_MS),), declared=Declared(1, "help", "unit"), created_ms=START_MS),
)


@settings(deadline=None)
@given(at=st.integers(0, len(VALID) - 1), to=st.integers(0, 255), cut=st.integers(0, 30))
def test_no_damage_to_a_request_raises_anything_but_our_own_errors(at: int, to: int, cut: int) -> None:
    damaged = bytearray(VALID)
    damaged[at] = to
    with suppress(AppError):
        remote_write_v2.decode(bytes(damaged[: len(damaged) - cut]))


def test_a_kept_table_finds_series_again_under_other_symbols() -> None:
    table = SeriesTable()
    first = remote_write_v2.decode(write_v2(Series(UP, (Sample(1.0, NOW_MS),))), table=table)
    table.ids[first.series[0]] = 77
    other = write_v2(Series(UP, (Sample(2.0, NOW_MS),)), symbols=("", "api", "padding", "up"))
    again = remote_write_v2.decode(other, table=table)
    assert again.directory is first.directory
    assert again.directory.ids[again.series].tolist() == [77]
    assert np.count_nonzero(table.ids >= 0) == 1
