import math
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, Invalid, TooLarge
from app.domain.histograms import ExponentialHistogram
from app.domain.samples import Mark, Metadata, SampleBatch
from app.domain.series import Kind, Shape, series_key
from app.wire.metrics import remote_write_v1
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
)

NOW_MS = 1_700_000_000_000
UP = {"__name__": "up", "job": "api"}


def _series(batch: SampleBatch) -> list[str]:
    """The series of each scalar sample."""
    return [str(batch.directory.key(position)) for position in batch.series]


def test_samples_stand_in_the_order_of_the_request() -> None:
    batch = remote_write_v1.decode(
        write_v1(
            Series({"__name__": "b"}, (Sample(1.0, NOW_MS), Sample(2.0, NOW_MS - 5))),
            Series({"__name__": "a"}, (Sample(3.0, NOW_MS),)),
            Series({"__name__": "b"}, (Sample(4.0, NOW_MS + 5),)),
        )
    )
    assert _series(batch) == ["b", "b", "a", "b"]
    assert batch.at_ms.tolist() == [NOW_MS, NOW_MS - 5, NOW_MS, NOW_MS + 5]
    assert batch.values.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert batch.series[0] == batch.series[1] == batch.series[3]
    assert (batch.marks, batch.start_ms, batch.refusals) == (None, None, ())


def test_labels_in_any_order_are_one_series_and_bounds_are_spelled_one_way() -> None:
    batch = remote_write_v1.decode(
        write_v1(
            Series([("le", "1.0"), ("__name__", "x_bucket"), ("a", "b")], (Sample(1.0, NOW_MS),)),
            Series([("a", "b"), ("le", "1"), ("__name__", "x_bucket")], (Sample(2.0, NOW_MS),)),
            Series([("__name__", "x"), ("quantile", "0.50")], (Sample(2.0, NOW_MS),)),
        )
    )
    keys = [batch.directory.key(position) for position in batch.series]
    assert keys[0] == keys[1] == series_key("x_bucket", {"a": "b", "le": "1"})
    assert keys[2].labels == (("quantile", "0.5"),)


def test_a_zero_that_was_left_out_is_a_zero() -> None:
    sample = octets(2, b"")
    batch = remote_write_v1.decode(octets(1, octets(1, octets(1, "__name__") + octets(2, "up")) + sample))
    assert batch.values.tolist() == [0.0]
    assert batch.at_ms.tolist() == [0]


@pytest.mark.parametrize("at_ms", [-1, 2**63 - 1, -(2**63)])
def test_every_time_of_64_bits_is_kept(at_ms: int) -> None:
    batch = remote_write_v1.decode(write_v1(Series(UP, (Sample(1.0, at_ms),))))
    assert batch.at_ms.tolist() == [at_ms]


def test_a_stale_marker_is_told_by_its_bits_and_other_nans_keep_theirs() -> None:
    nans = [STALE, math.nan, -math.nan, *np.array([0x7FF8000000000002, 0x7FF0000000000003], np.uint64).view(float)]
    values = [Sample(value, NOW_MS + i) for i, value in enumerate([1.0, *nans, math.inf, -0.0])]
    batch = remote_write_v1.decode(write_v1(Series(UP, tuple(values))))
    assert batch.marks is not None
    assert batch.marks.dtype == np.uint8
    assert batch.marks.tolist() == [Mark.VALUE, Mark.STALE, *[Mark.VALUE] * 6]
    sent = np.array([sample.value for sample in values]).view(np.uint64)
    sent[1] = 0
    assert batch.values.view(np.uint64).tolist() == sent.tolist()


def test_metadata_tells_kind_and_unit_of_the_series_beside_it() -> None:
    names = ["hits_total", "hits", "depth", "wait_bucket", "wait_count", "wait_sum", "wait", "size", "size_sum", "odd"]
    declared = (
        Declared(1, "Hits.", "", "hits"),
        Declared(2, "", "", "depth"),
        Declared(3, "Waiting.", "seconds", "wait"),
        Declared(5, "", "bytes", "size"),
        Declared(99, "From the future.", "", "odd"),
    )
    samples = (Sample(1.0, NOW_MS),)
    batch = remote_write_v1.decode(
        write_v1(*(Series({"__name__": name}, samples) for name in names), declared=declared)
    )
    keys = {key.metric: key for key in map(batch.directory.key, batch.series)}
    assert {name: keys[name].kind for name in names} == {
        "hits_total": Kind.COUNTER,
        "hits": Kind.COUNTER,
        "depth": Kind.GAUGE,
        "wait_bucket": Kind.COUNTER,
        "wait_count": Kind.COUNTER,
        "wait_sum": Kind.COUNTER,
        "wait": None,
        "size": Kind.GAUGE,
        "size_sum": Kind.COUNTER,
        "odd": None,
    }
    assert [keys[name].unit for name in ("hits_total", "wait_bucket", "size")] == ["", "seconds", "bytes"]
    assert batch.metadata[0] == Metadata("hits", "counter", help="Hits.")
    assert [metadata.type for metadata in batch.metadata] == ["counter", "gauge", "histogram", "summary", "unknown"]


def test_without_metadata_kind_and_unit_are_unknown() -> None:
    batch = remote_write_v1.decode(write_v1(Series({"__name__": "hits_total"}, (Sample(1.0, NOW_MS),))))
    key = batch.directory.key(int(batch.series[0]))
    assert (key.kind, key.unit, key.shape) == (None, "", Shape.VALUE)


def test_metadata_alone_is_a_batch_without_samples() -> None:
    batch = remote_write_v1.decode(
        write_v1(declared=(Declared(1, "Café.", "", "hits"), Declared(1, "Café.", "", "hits")))
    )
    assert len(batch) == 0
    assert batch.metadata == (Metadata("hits", "counter", help="Café."),)


def test_a_help_text_is_made_fit_to_keep() -> None:
    latin_1 = integer(1, 2) + octets(2, "x") + octets(4, b"caf\xe9 \x00" + b"y" * 5_000)
    batch = remote_write_v1.decode(octets(3, latin_1))
    assert batch.metadata[0].help.startswith("caf\N{REPLACEMENT CHARACTER} yyy")
    assert len(batch.metadata[0].help) == 1024


def test_samples_and_histograms_of_one_series_are_two_series_of_different_shape() -> None:
    both = Series(UP, (Sample(1.0, NOW_MS),), (sided(NOW_MS, "positive"),), (Exemplar(NOW_MS),))
    batch = remote_write_v1.decode(write_v1(both))
    scalar, distribution = batch.directory.key(int(batch.series[0])), batch.directory.key(batch.histograms[0].series)
    assert (scalar.shape, distribution.shape) == (Shape.VALUE, Shape.HISTOGRAM)
    assert scalar.labels == distribution.labels
    assert batch.exemplars == 1
    assert isinstance(batch.histograms[0].histogram, ExponentialHistogram)
    assert (batch.histograms[0].at_ms, batch.histograms[0].start_ms) == (NOW_MS, 0)


def test_a_gauge_histogram_is_a_gauge() -> None:
    batch = remote_write_v1.decode(write_v1(Series(UP, histograms=(native_histogram(at_ms=NOW_MS, hint=3),))))
    assert batch.directory.key(batch.histograms[0].series).kind is Kind.GAUGE


def test_what_is_left_out_is_counted_by_reason_and_the_first_is_named() -> None:
    bad = native_histogram(at_ms=NOW_MS, schema=99)
    samples = (Sample(1.0, NOW_MS), Sample(2.0, NOW_MS + 1))
    batch = remote_write_v1.decode(
        write_v1(
            Series({"job": "first"}, samples, exemplars=(Exemplar(NOW_MS),)),
            Series({"job": "second"}, samples[:1], (custom(NOW_MS),)),
            Series(UP, samples, (bad, custom(NOW_MS), bad)),
        )
    )
    nameless, malformed = batch.refusals
    assert (nameless.code, nameless.samples, nameless.histograms, nameless.exemplars) == ("name_missing", 3, 1, 1)
    assert nameless.message == 'A series has no metric name (`__name__`): {job="first"}.'
    assert (malformed.code, malformed.samples, malformed.histograms) == ("histogram_invalid", 0, 2)
    assert malformed.message.startswith('up{job="api"}: A histogram is malformed: schema 99 ')
    assert (len(batch), len(batch.histograms), batch.exemplars) == (2, 1, 0)


def test_fields_that_are_not_known_are_passed_over() -> None:
    later = octets(100, "new") + integer(101, 7)
    label = octets(1, octets(1, "__name__") + octets(2, "up") + later)
    batch = remote_write_v1.decode(octets(1, label + octets(2, double(1, 5.0) + integer(2, NOW_MS) + later)) + later)
    assert batch.values.tolist() == [5.0]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (octets(1, octets(2, double(1, 1.0) + integer(2, 1)) * 100_001), "too_many_samples"),
        (octets(1, octets(4, b"") * 100_001), "too_many_histograms"),
        (octets(1, octets(1, b"") * 40_000), "too_many_labels"),
        (octets(1, octets(3, b"") * 100_001), "too_many_exemplars"),
        (write_v1(*[Series({"__name__": "a"}, (Sample(1.0, 1),) * 1000)] * 101), "too_many_samples"),
    ],
    ids=["samples of one series", "histograms", "labels", "exemplars", "samples of many series"],
)
def test_a_request_over_a_limit_is_too_large(message: bytes, code: str) -> None:
    with pytest.raises(TooLarge) as refused:
        remote_write_v1.decode(message)
    assert refused.value.code == code


def test_a_hundred_thousand_samples_are_taken() -> None:
    batch = remote_write_v1.decode(write_v1(*[Series({"__name__": "a"}, (Sample(1.0, 1),) * 1000)] * 100))
    assert len(batch) == 100_000


BOMB = """
import resource, sys
from app.domain.errors import TooLarge
from app.wire.metrics import FORMATS

bombs = {
    "empty series": bytes([int(sys.argv[2])  << 3 | 2, 0]) * (4 << 20),
    "empty samples": b"\\x0a" + b"\\x80\\x80\\x80\\x04" + b"\\x12\\x00" * (4 << 20),
}
if sys.argv[2] == "5":
    bombs["empty samples"] = b"\\x22\\x00\\x2a" + bombs["empty samples"][1:]
body = bombs[sys.argv[3]]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    FORMATS[sys.argv[1]].decode(body)
except TooLarge as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error.code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss counts kilobytes on Linux only")
@pytest.mark.parametrize("bomb", ["empty series", "empty samples"])
@pytest.mark.parametrize(("name", "field"), [("remote_write_1", "1"), ("remote_write_2", "5")])
def test_millions_of_empty_messages_are_counted_before_they_are_built(name: str, field: str, bomb: str) -> None:
    command = [sys.executable, "-c", BOMB, name, field, bomb]
    run = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    grown_kib, code = run.stdout.split()
    assert code == ("too_many_series" if bomb == "empty series" else "too_many_samples")
    assert int(grown_kib) < 40 << 10


VALID = write_v1(
    Series(UP, (Sample(1.5, NOW_MS),), (sided(NOW_MS, "positive", "negative", zero=True),), (Exemplar(NOW_MS),)),
    Series({"__name__": "x"}, histograms=(custom(NOW_MS),)),
    declared=(Declared(1, "help", "unit", "up"),),
)


@settings(deadline=None)
@given(at=st.integers(0, len(VALID) - 1), to=st.integers(0, 255), cut=st.integers(0, 30))
@example(at=0, to=0, cut=0)
def test_no_damage_to_a_request_raises_anything_but_our_own_errors(at: int, to: int, cut: int) -> None:
    damaged = bytearray(VALID)
    damaged[at] = to
    with suppress(AppError):
        remote_write_v1.decode(bytes(damaged[: len(damaged) - cut]))


def test_a_message_of_another_protocol_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        remote_write_v1.decode(octets(4, "") + octets(5, packed(1, [])))
    assert refused.value.code == "proto_mismatch"
    assert "proto=io.prometheus.write.v2.Request" in str(refused.value.hint)
