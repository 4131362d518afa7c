"""What only JSON has: spellings, strings for numbers, malformed documents."""

import math

import numpy as np
import orjson
import pytest

from app.domain.errors import Invalid, TooLarge
from app.domain.samples import SampleBatch
from app.domain.series import Kind, Shape
from app.wire.metrics import otlp
from app.wire.metrics.otlp import json_export
from tests.wire.metrics.otlp.exports import AT, AT_MS, keys

# The specification's examples/metrics.json, restated. Its histogram has one bound and three counts: one count too many.
EXAMPLE = {
    "resourceMetrics": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
            "scopeMetrics": [
                {
                    "scope": {
                        "name": "my.library",
                        "version": "1.0.0",
                        "attributes": [{"key": "my.scope.attribute", "value": {"stringValue": "some scope attribute"}}],
                    },
                    "metrics": [
                        {
                            "name": "my.counter",
                            "unit": "1",
                            "description": "I`m a Counter",
                            "sum": {
                                "aggregationTemporality": 1,
                                "isMonotonic": True,
                                "dataPoints": [
                                    {
                                        "asDouble": 5,
                                        "startTimeUnixNano": 1544712660300000000,
                                        "timeUnixNano": 1544712660300000000,
                                        "attributes": [
                                            {"key": "my.counter.attr", "value": {"stringValue": "some value"}}
                                        ],
                                    }
                                ],
                            },
                        },
                        {
                            "name": "my.gauge",
                            "unit": "1",
                            "description": "I`m a Gauge",
                            "gauge": {
                                "dataPoints": [
                                    {
                                        "asDouble": 10,
                                        "timeUnixNano": 1544712660300000000,
                                        "attributes": [
                                            {"key": "my.gauge.attr", "value": {"stringValue": "some value"}}
                                        ],
                                    }
                                ]
                            },
                        },
                        {
                            "name": "my.histogram",
                            "unit": "1",
                            "description": "I`m a Histogram",
                            "histogram": {
                                "aggregationTemporality": 1,
                                "dataPoints": [
                                    {
                                        "startTimeUnixNano": 1544712660300000000,
                                        "timeUnixNano": 1544712660300000000,
                                        "count": 3,
                                        "sum": 3,
                                        "bucketCounts": [1, 1, 1],
                                        "explicitBounds": [1],
                                        "min": 1,
                                        "max": 1,
                                        "attributes": [
                                            {"key": "my.histogram.attr", "value": {"stringValue": "some value"}}
                                        ],
                                    }
                                ],
                            },
                        },
                    ],
                }
            ],
        }
    ]
}


def decoded(document: object) -> SampleBatch:
    return otlp.decode_json(orjson.dumps(document))


def points(kind: str, *data_points: dict[str, object], **data: object) -> dict[str, object]:
    metric = {"name": "m", kind: {"dataPoints": list(data_points), **data}}
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}


def gauge(**point: object) -> dict[str, object]:
    return points("gauge", {"timeUnixNano": str(AT), "asDouble": 1} | point)


def test_the_example_of_the_specification_is_taken_but_for_the_bucket_too_many() -> None:
    batch = decoded(EXAMPLE)
    assert [(str(key), key.shape, key.kind, key.unit) for key in keys(batch)] == [
        ('my.counter{my.counter.attr="some value",service.name="my.service"}', Shape.DELTA, Kind.COUNTER, "1"),
        ('my.gauge{my.gauge.attr="some value",service.name="my.service"}', Shape.VALUE, Kind.GAUGE, "1"),
    ]
    assert (batch.values.tolist(), batch.at_ms.tolist()) == ([5.0, 10.0], [1544712660300] * 2)
    assert [(one.code, one.samples, one.histograms) for one in batch.refusals] == [("histogram_invalid", 0, 1)]
    assert batch.refusals[0].message == "my.histogram has a malformed histogram: 1 bounds need 2 counts, not 3."


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        (1, 1.0),
        (1.5, 1.5),
        ("1.5", 1.5),
        ("-2e3", -2000.0),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("NaN", math.nan),
    ],
)
def test_a_double_is_a_number_or_its_text(sent: object, value: float) -> None:
    assert decoded(gauge(asDouble=sent)).values.tobytes() == np.float64(value).tobytes()


@pytest.mark.parametrize("sent", [7, "7", 7.0, "007"])
def test_an_integer_is_a_number_or_its_text(sent: object) -> None:
    assert decoded(gauge(asDouble=None, asInt=sent)).values.tolist() == [7.0]


@pytest.mark.parametrize("field", ["asDouble", "asInt", "timeUnixNano", "flags"])
@pytest.mark.parametrize("sent", [True, "x", "", " 1", "1_0", "٣", "0x10", "1e999", "inf", [], {}, "--1"], ids=repr)
def test_what_is_no_number_is_named_by_its_field(field: str, sent: object) -> None:
    with pytest.raises(Invalid) as raised:
        decoded(gauge(**{"asDouble": None, field: sent}))
    assert (raised.value.code, raised.value.field) == ("json_shape", field)


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("asInt", 2**63),
        ("asInt", "-9223372036854775809"),
        ("timeUnixNano", -1),
        ("timeUnixNano", "18446744073709551616"),
        ("flags", 2**32),
        ("asInt", 1.5),
    ],
)
def test_an_integer_out_of_its_range_is_refused(field: str, sent: object) -> None:
    with pytest.raises(Invalid, match=field):
        decoded(gauge(**{"asDouble": None, field: sent}))


@pytest.mark.parametrize("sent", ["1", "AGGREGATION_TEMPORALITY_UNSPECIFIED", "delta", 3, True, None, [], 0])
def test_a_temporality_that_is_none_refuses_the_points_only(sent: object) -> None:
    batch = decoded(points("sum", {"timeUnixNano": AT, "asInt": 1}, aggregationTemporality=sent))
    assert [(one.code, one.samples) for one in batch.refusals] == [("temporality_missing", 1)]


def test_unknown_fields_are_passed_over() -> None:
    document = gauge(novelty={"a": [1]}, Attributes=5)
    document["deprecatedFields"] = [None]
    assert decoded(document).values.tolist() == [1.0]


def test_null_is_the_same_as_absent() -> None:
    batch = decoded(gauge(asInt=None, attributes=None, startTimeUnixNano=None, flags=None, exemplars=None))
    assert (batch.values.tolist(), batch.at_ms.tolist(), batch.refusals) == ([1.0], [AT_MS], ())
    assert decoded({"resourceMetrics": None}).refusals == ()


@pytest.mark.parametrize(
    ("sent", "text"),
    [("+/+/", "+/+/"), ("-_-_", "+/+/"), ("AQI=", "AQI="), ("AQI", "AQI=")],
    ids=["base64", "its alphabet for addresses", "padded", "not padded"],
)
def test_bytes_are_base64_of_either_alphabet(sent: str, text: str) -> None:
    batch = decoded(gauge(attributes=[{"key": "digest", "value": {"bytesValue": sent}}]))
    assert keys(batch)[0].label("digest") == text


@pytest.mark.parametrize(
    "value",
    [
        {"bytesValue": "é"},
        {"bytesValue": "A"},
        {"bytesValue": 5},
        {"stringValue": 5},
        {"intValue": "x"},
        {"boolValue": "true"},
        {"doubleValue": "one"},
        {"arrayValue": []},
        {"kvlistValue": {"values": [1]}},
        7,
    ],
    ids=str,
)
def test_an_attribute_of_another_type_than_it_says_is_no_attribute(value: object) -> None:
    with pytest.raises(Invalid) as raised:
        decoded(gauge(attributes=[{"key": "k", "value": value}]))
    assert raised.value.code == "json_shape"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_invalid"),
        (b"{", "json_invalid"),
        (b'{"a":NaN}', "json_invalid"),
        (b'{"a":1e999}', "json_invalid"),
        (b'"\\ud800"', "json_invalid"),
        (b'{"a":"\xff"}', "json_invalid"),
        ("{}".encode("utf-16"), "json_invalid"),
        (b"null", "json_shape"),
        (b"[]", "json_shape"),
        (b'"x"', "json_shape"),
        (b"123", "json_shape"),
        (b'{"resourceMetrics":{}}', "json_shape"),
        (b'{"resourceMetrics":[1]}', "json_shape"),
        (b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":5}]}]}]}', "json_shape"),
        (b"[" * 100_000, "json_depth"),
    ],
)
def test_what_is_no_export_is_refused_whole(body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        otlp.decode_json(body)
    assert raised.value.code == code


@pytest.mark.parametrize("fill", [b"{},", b"0,"], ids=["objects", "numbers"])
def test_a_document_of_countless_values_is_refused_before_it_is_read(
    fill: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_export, "MAX_OBJECTS", 1_000)
    monkeypatch.setattr(json_export, "MAX_COMMAS", 2_000)
    with pytest.raises(TooLarge) as raised:
        otlp.decode_json(b'{"resourceMetrics":[' + fill * 2_001 + b"{}]}")
    assert raised.value.code == "too_many_series"
