"""Our JSON through `decode` and `answer`."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid, TooLarge
from app.domain.histograms import ExplicitHistogram
from app.domain.samples import Refusal, SampleBatch
from app.domain.series import Kind, Shape
from app.wire.metrics import json_samples
from app.wire.metrics.json_errors import SampleRefusal

NOW = 1_795_448_500_000
GOOD = {"metric": "up", "value": 1}


def decode(body: Any) -> SampleBatch:
    return json_samples.decode(body if isinstance(body, bytes) else orjson.dumps(body), now_ms=NOW)


def refusal_of(**fields: Any) -> SampleRefusal:
    """The refusal of one sample between two good ones, which are kept."""
    batch = decode([GOOD, {"metric": "requests_total", "value": 12, **fields}, GOOD])
    assert batch.values.tolist() == [1.0, 1.0]
    (refusal,) = batch.refusals
    assert isinstance(refusal, SampleRefusal)
    assert refusal.index == 1
    assert refusal.message.startswith("Sample 1: ")
    return refusal


SAMPLE = {
    "metric": "http_requests_total",
    "labels": {"service": "checkout", "code": "200"},
    "type": "counter",
    "time": "2026-11-23T15:00:00Z",
    "value": 12,
    "unit": "1",
}


@pytest.mark.parametrize("body", [{"samples": [SAMPLE]}, [SAMPLE], SAMPLE], ids=["wrapped", "bare list", "one object"])
def test_a_sample_is_read_in_any_wrapping(body: Any) -> None:
    batch = decode(body)
    key = batch.directory.key(0)
    assert str(key) == 'http_requests_total{code="200",service="checkout"}'
    assert (key.shape, key.kind, key.unit) == (Shape.VALUE, Kind.COUNTER, "1")
    assert batch.series.tolist() == [0]
    assert batch.at_ms.tolist() == [1795446000000]
    assert batch.values.tolist() == [12.0]
    assert batch.refusals == ()


@pytest.mark.parametrize(
    ("kind", "shape", "declared"),
    [
        ("counter", Shape.VALUE, Kind.COUNTER),
        ("gauge", Shape.VALUE, Kind.GAUGE),
        ("delta", Shape.DELTA, None),
    ],
)
def test_the_type_decides_how_a_value_reads(kind: str, shape: Shape, declared: Kind | None) -> None:
    key = decode({**GOOD, "type": kind}).directory.key(0)
    assert (key.shape, key.kind) == (shape, declared)


def test_type_time_labels_and_unit_may_be_left_out() -> None:
    batch = decode(GOOD)
    key = batch.directory.key(0)
    assert (key.labels, key.kind, key.unit) == ((), None, "")
    assert batch.at_ms.tolist() == [NOW]


def test_samples_of_one_series_share_it() -> None:
    batch = decode([GOOD, {**GOOD, "labels": {"a": "b"}}, {**GOOD, "labels": {}}, {**GOOD, "type": "delta"}])
    assert batch.series.tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize(
    ("kind", "shape"), [("histogram", Shape.HISTOGRAM), ("delta_histogram", Shape.DELTA_HISTOGRAM)]
)
@pytest.mark.parametrize("total", [{"sum": 3.5}, {"sum": None}, {}])
def test_a_histogram_is_read(kind: str, shape: Shape, total: dict[str, float]) -> None:
    batch = decode(
        {
            "metric": "took",
            "type": kind,
            "unit": "s",
            "bounds": [0.1, 1],
            "counts": [8, 3, 0],
            "time": 1795446000,
            **total,
        }
    )
    assert len(batch) == 0
    (sample,) = batch.histograms
    key = batch.directory.key(sample.series)
    assert (key.metric, key.shape, key.unit, sample.at_ms) == ("took", shape, "s", 1795446000000)
    histogram = sample.histogram
    assert isinstance(histogram, ExplicitHistogram)
    assert (histogram.bounds.tolist(), histogram.counts.tolist()) == ([0.1, 1], [8, 3, 0])
    assert histogram.total == total.get("sum")


@pytest.mark.parametrize(
    ("time", "at_ms"),
    [
        ("2026-11-23T15:00:00Z", 1795446000000),
        ("2026-11-23t15:00:00z", 1795446000000),
        ("2026-11-23 15:00:00+00:00", 1795446000000),
        ("2026-11-23T17:30:00.5+02:30", 1795446000500),
        ("2026-11-23T05:00:00.123456789-10:00", 1795446000123),
        ("2000-01-01T00:00:00Z", 946684800000),
        ("2024-02-29T12:00:00Z", 1709208000000),
        ("9999-12-31T23:59:59-14:00", 253402351199000),
        (1795446000, 1795446000000),
        (1795446000.25, 1795446000250),
        (1795446000123, 1795446000123),
        (1.795446e12, 1795446000000),
        (946684800, 946684800000),
        (946684800000, 946684800000),
        (99_999_999_999, 99_999_999_999_000),
    ],
)
def test_times_are_read_as_text_seconds_or_milliseconds(time: Any, at_ms: int) -> None:
    assert decode({**GOOD, "time": time}).at_ms.tolist() == [at_ms]


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ("2026-01-01T00:00:00", "timezone_missing"),
        ("2026-01-01 00:00:00.5", "timezone_missing"),
        ("0001-01-01T00:00:00+14:00", "timestamp_too_old"),
        ("1999-12-31T23:59:59Z", "timestamp_too_old"),
        ("0000-01-01T00:00:00Z", "time_invalid"),
        ("2026-02-30T00:00:00Z", "time_invalid"),
        ("2026-12-31T23:59:60Z", "time_invalid"),
        ("2026-01-01T24:00:00Z", "time_invalid"),
        ("2026-13-01T00:00:00Z", "time_invalid"),
        ("2026-01-01T00:00:00+24:00", "time_invalid"),
        ("2026-01-01T00:00:00+02:60", "time_invalid"),
        ("2026-W01-1T00:00:00Z", "time_invalid"),
        ("2026-001T00:00:00Z", "time_invalid"),
        ("20260101T000000Z", "time_invalid"),
        ("2026-01-01", "time_invalid"),
        ("２０２６-01-01T00:00:00Z", "time_invalid"),
        ("1795446000", "time_invalid"),
        ("now", "time_invalid"),
        ("", "time_invalid"),
        (0, "timestamp_too_old"),
        (-1, "timestamp_too_old"),
        (946684799, "timestamp_too_old"),
        (99_999_999_999_000 // 200, "timestamp_too_old"),
        (-1e300, "timestamp_too_old"),
        (-1.797e308, "timestamp_too_old"),
        (1795446000123456, "timestamp_future"),
        (1795446000123456789, "timestamp_future"),
        (1.7e308, "timestamp_future"),
        (True, "type"),
        (None, "type"),
        ([], "type"),
    ],
)
def test_other_times_are_refused_with_the_way_to_write_them(time: Any, code: str) -> None:
    refusal = refusal_of(time=time)
    assert (refusal.code, refusal.field) == (code, "time")
    assert refusal.hint


@given(
    st.text(alphabet="0123456789-:TZ+. ", max_size=32)
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
def test_no_time_does_more_than_be_refused(time: Any) -> None:
    batch = decode([GOOD, {**GOOD, "time": time}])
    assert len(batch) + len(batch.refusals) == 2


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("12", "type"),
        ("NaN", "type"),
        (" 1_0 ", "type"),
        (True, "type"),
        (None, "type"),
        ([1], "type"),
        ({}, "type"),
        (2**63, "out_of_range"),
        (2**64 - 1, "out_of_range"),
        (-1e300, "out_of_range"),
    ],
)
def test_values_that_are_no_plain_number_are_refused(value: Any, code: str) -> None:
    refusal = refusal_of(value=value)
    assert (refusal.code, refusal.field) == (code, "value")
    assert refusal.hint


@pytest.mark.parametrize("value", [0, -0.0, 5e-324, 1e18, -3, 9.2e18])
def test_every_plain_number_is_kept(value: float) -> None:
    assert decode({**GOOD, "value": value}).values.tolist() == [value]


@pytest.mark.parametrize("kind", ["counter", "delta"])
def test_what_only_grows_cannot_be_negative(kind: str) -> None:
    assert refusal_of(type=kind, value=-1).code == "counter_negative"


@pytest.mark.parametrize(
    ("fields", "field", "code", "words"),
    [
        ({"vaule": 1}, "vaule", "unknown_field", "Did you mean value?"),
        ({"is_admin": True}, "is_admin", "unknown_field", "Known fields: labels, metric, time, type, unit, value."),
        ({"bounds": [1]}, "bounds", "unknown_field", "Known fields"),
        ({"type": "conter"}, "type", "type_unknown", "Known types: counter, gauge"),
        ({"type": ""}, "type", "type_unknown", "Known types"),
        ({"type": ["counter"]}, "type", "type", "Write"),
        ({"metric": ""}, "metric", "name_missing", ""),
        ({"metric": 5}, "metric", "type", "Write"),
        ({"metric": "a\x00b"}, "labels", "label_nul", ""),
        ({"metric": "m" * 257}, "labels", "label_too_long", ""),
        ({"labels": None}, "labels", "type", "Write"),
        ({"labels": ["service"]}, "labels", "type", "Write"),
        ({"labels": {"code": 200}}, "labels.code", "type", 'Write "200" in quotes.'),
        ({"labels": {"code": None}}, "labels.code", "type", "text"),
        ({"labels": {"__name__": "x"}}, "labels.__name__", "label_invalid", ""),
        ({"labels": {"": "x"}}, "labels", "label_invalid", ""),
        ({"labels": {"a": "\x00"}}, "labels", "label_nul", ""),
        ({"labels": {"a\n": "x"}}, "labels", "label_invalid", ""),
        ({"labels": {"a": "x" * 4097}}, "labels", "label_too_long", ""),
        ({"labels": {f"l{n}": "v" for n in range(41)}}, "labels", "too_many_labels", ""),
        ({"unit": 5}, "unit", "type", "Write"),
        ({"unit": "s\x00"}, "unit", "unit_invalid", '"s"'),
        ({"unit": "x" * 65}, "unit", "unit_invalid", '"s"'),
    ],
)
def test_a_refusal_names_the_field_the_reason_and_the_cure(
    fields: dict[str, Any], field: str, code: str, words: str
) -> None:
    refusal = refusal_of(**fields)
    assert (refusal.field, refusal.code, refusal.samples) == (field, code, 1)
    assert words in refusal.hint


@pytest.mark.parametrize("name", ["metric", "value"])
def test_what_a_sample_cannot_do_without_is_named(name: str) -> None:
    sample = {field: value for field, value in GOOD.items() if field != name}
    (refusal,) = decode([GOOD, sample]).refusals
    assert (refusal.code, refusal.message) == (f"{name}_missing", f"Sample 1: There is no {name}.")


@pytest.mark.parametrize("sample", [None, 5, "up 1", [], True])
def test_a_sample_that_is_no_object_is_refused(sample: Any) -> None:
    (refusal,) = decode([GOOD, sample]).refusals
    assert refusal.code == "type"
    assert "not an object" in refusal.message


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"bounds": [1, 0.5]}, "bounds", "histogram_invalid"),
        ({"bounds": [1, 1]}, "bounds", "histogram_invalid"),
        ({"counts": [1, 2]}, "counts", "histogram_invalid"),
        ({"counts": [1, -2, 0]}, "counts[1]", "histogram_invalid"),
        ({"counts": [1, "2", 0]}, "counts[1]", "type"),
        ({"bounds": [1, None]}, "bounds[1]", "type"),
        ({"bounds": "1,2"}, "bounds", "type"),
        ({"bounds": list(range(10_001)), "counts": []}, "bounds", "histogram_invalid"),
        ({"bounds": list(range(10_000)), "counts": [0] * 10_000}, "counts", "histogram_invalid"),
        ({"sum": "5"}, "sum", "type"),
        ({"value": 5}, "value", "unknown_field"),
    ],
)
def test_a_malformed_histogram_is_refused_by_field(fields: dict[str, Any], field: str, code: str) -> None:
    sample = {"metric": "took", "type": "histogram", "bounds": [0.5, 1], "counts": [1, 2, 3], **fields}
    batch = decode([GOOD, sample])
    (refusal,) = batch.refusals
    assert isinstance(refusal, SampleRefusal)
    assert (refusal.field, refusal.code) == (field, code)
    assert (refusal.samples, refusal.histograms) == (0, 1)
    assert batch.histograms == ()


@pytest.mark.parametrize("name", ["bounds", "counts"])
def test_a_histogram_needs_bounds_and_counts(name: str) -> None:
    sample = {"metric": "took", "type": "histogram", "bounds": [1], "counts": [1, 2]}
    del sample[name]
    (refusal,) = decode([GOOD, sample]).refusals
    assert refusal.code == f"{name}_missing"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"{", "json_invalid"),
        (b"up 1", "json_invalid"),
        (b'{"metric": "a", "value": NaN}', "json_invalid"),
        (b'{"metric": "a", "value": -Infinity}', "json_invalid"),
        (b'{"metric": "a", "value": 1e999}', "json_invalid"),
        (b'{"metric": "a", "value": ' + b"1" * 5000 + b"}", "json_invalid"),
        (b'{"metric": "\\ud800", "value": 1}', "json_invalid"),
        (b'{"metric": "\xff", "value": 1}', "json_invalid"),
        (b'\xef\xbb\xbf{"metric": "a", "value": 1}', "json_invalid"),
        ('{"metric": "a", "value": 1}'.encode("utf-16"), "json_invalid"),
        ('{"metric": "a", "value": 1}'.encode("utf-32"), "json_invalid"),
        (b"[" * 100_000, "json_depth"),
        (b"null", "shape"),
        (b'"x"', "shape"),
        (b"123", "shape"),
        (b"[]", "shape"),
        (b'{"samples": []}', "shape"),
        (b'{"samples": {}}', "shape"),
        (b'{"samples": null}', "shape"),
        (b'{"samples": [], "labels": {}}', "unknown_field"),
    ],
)
def test_a_body_that_is_no_list_of_samples_is_invalid(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(body)
    assert caught.value.code == code


def test_a_misspelt_list_is_told_what_was_meant() -> None:
    with pytest.raises(Invalid, match="There is no field 'sample'") as caught:
        decode({"sample": [GOOD]})
    assert caught.value.hint == "Did you mean samples?"


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    assert decode(b'{"metric": "a", "value": 1, "value": 2}').values.tolist() == [2.0]


def test_more_than_100_000_samples_are_too_many() -> None:
    assert len(decode([GOOD] * 100_000)) == 100_000
    with pytest.raises(TooLarge) as caught:
        decode([GOOD] * 100_001)
    assert caught.value.code == "too_many_points"


def test_the_answer_counts_everything_and_explains_the_first_twenty() -> None:
    took = {"metric": "took", "type": "histogram"}
    batch = decode([GOOD, {"metric": "a", "vaule": 1}, *[{**GOOD, "value": "1"}] * 30, *[took] * 3])
    answer = json_samples.answer(len(batch), batch.refusals)
    errors = answer.pop("errors")
    assert isinstance(errors, list)
    assert answer == {"accepted": 1, "refused": 34}
    assert len(errors) == 20
    assert errors[0] == {
        "index": 1,
        "field": "vaule",
        "code": "unknown_field",
        "message": "Sample 1: There is no field 'vaule'.",
        "hint": "Did you mean value?",
    }
    assert orjson.dumps(errors)


def test_refusals_of_later_checks_stand_in_the_answer_too() -> None:
    later = Refusal("timestamp_future", "up is 900 s ahead of the server's clock.", samples=2)
    assert json_samples.answer(3, [later]) == {
        "accepted": 3,
        "refused": 2,
        "errors": [
            {"index": None, "field": None, "code": later.code, "message": later.message, "hint": None},
        ],
    }


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "{{7*7}}", "=cmd()", "\u202e", "a\u0301" * 500])
def test_hostile_text_is_kept_as_it_is(text: str) -> None:
    assert decode({**GOOD, "labels": {"a": text}}).directory.key(0).label("a") == text


def test_the_examples_in_the_documentation_are_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "ingest.md").read_text()
    examples = re.findall(r"/api/samples -d '(.*?)'", page, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert decode(example.encode()).refusals == ()
