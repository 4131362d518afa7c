"""What only protobuf has: bytes that are no text, lists that are not packed, bodies that are no export."""

import struct

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, MetricsData

from app.domain.errors import Invalid, TooLarge
from app.domain.histograms import ExplicitHistogram, ExponentialHistogram
from app.domain.samples import Mark
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics import otlp
from app.wire.metrics.otlp import protobuf_values, size
from tests.wire.metrics.otlp.exports import AT, CUMULATIVE, TIMES, any_value, attributes, export, gauge, keys


def field(number: int, payload: bytes) -> bytes:
    """A length-delimited field."""
    length = len(payload)
    encoded = bytearray()
    while length > 0x7F:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([number << 3 | 2, *encoded, length]) + payload


def around(metric: bytes) -> bytes:
    """An export of one metric."""
    return field(1, field(2, field(2, metric)))


def spoiled(made: MetricsData, *, good: bytes, bad: bytes) -> bytes:
    body = made.SerializeToString()
    assert body.count(good) == 1
    assert len(good) == len(bad)
    return body.replace(good, bad)


def test_an_empty_body_is_an_export_of_nothing() -> None:
    batch = otlp.decode_protobuf(b"")
    assert (len(batch), batch.histograms, batch.refusals) == (0, (), ())


@pytest.mark.parametrize(
    "body",
    [
        bytes(range(256)) * 4,
        b"{}",
        b"\x0a",
        b"\x0a\x05ab",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x0b\x0c",
        around(field(9, field(1, b"\x19" + b"\x01" * 8 + field(6, b"\x01" * 7)))),
        around(field(9, field(1, field(9, b"\x0a\x05a")))),
        around(field(10, field(1, field(8, field(2, b"\xff"))))),
        around(field(11, field(1, field(6, b"\x09\x00")))),
    ],
    ids=[
        "bytes in order",
        "JSON",
        "a tag and no more",
        "a length beyond the end",
        "a length without end",
        "groups",
        "bucket counts cut off",
        "an attribute cut off",
        "exponential buckets cut off",
        "a quantile cut off",
    ],
)
def test_what_is_no_export_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Invalid) as raised:
        otlp.decode_protobuf(body)
    assert raised.value.code == "proto_decode"


def test_a_value_nested_three_thousand_deep_is_refused() -> None:
    value = AnyValue(int_value=1).SerializeToString()
    for _ in range(3_000):
        value = field(5, field(1, value))
    point = (
        b"\x19" + struct.pack("<Q", AT) + b"\x31" + struct.pack("<q", 1) + field(7, field(1, b"k") + field(2, value))
    )
    with pytest.raises(Invalid) as raised:
        otlp.decode_protobuf(around(field(1, b"m") + field(5, field(1, point))))
    assert raised.value.code == "proto_decode"


def test_an_attribute_that_is_no_text_refuses_its_points_only() -> None:
    made = export(gauge("before"), gauge("bad", labels={"url": "caf\u00e9"}), gauge("after"))
    batch = otlp.decode_protobuf(spoiled(made, good="é".encode(), bad=b"e\xe9"))
    assert [key.metric for key in keys(batch)] == ["before", "after"]
    assert [(one.code, one.samples) for one in batch.refusals] == [("utf8_invalid", 1)]
    assert "cafe\\xe9" in batch.refusals[0].message


def test_a_summarys_attribute_that_is_no_text_refuses_it() -> None:
    metric = Metric(name="bad")
    metric.summary.data_points.add(count=1, attributes=attributes({"url": "caf\u00e9"}), **TIMES)
    batch = otlp.decode_protobuf(spoiled(export(metric, gauge("good")), good="é".encode(), bad=b"e\xe9"))
    assert [key.metric for key in keys(batch)] == ["good"]
    assert [(one.code, one.samples) for one in batch.refusals] == [("utf8_invalid", 1)]


def test_a_resource_attribute_that_is_no_label_may_be_no_text() -> None:
    made = export(gauge("m"), resource={"service.name": "cart", "process.command": "caf\u00e9"})
    batch = otlp.decode_protobuf(spoiled(made, good="é".encode(), bad=b"e\xe9"))
    assert keys(batch)[0].labels == (("service.name", "cart"),)


def test_a_service_name_that_is_no_text_refuses_the_export() -> None:
    made = export(gauge("m"), resource={"service.name": "caf\u00e9"})
    with pytest.raises(Invalid) as raised:
        otlp.decode_protobuf(spoiled(made, good="é".encode(), bad=b"e\xe9"))
    assert raised.value.code == "utf8_invalid"


def test_the_nan_that_prometheus_marks_an_end_with_marks_it_here() -> None:
    made = export(gauge("ended", 1.25), gauge("nan", 2.25))
    body = made.SerializeToString()
    body = body.replace(struct.pack("<d", 1.25), struct.pack("<Q", 0x7FF0000000000002))
    batch = otlp.decode_protobuf(body.replace(struct.pack("<d", 2.25), struct.pack("<Q", 0x7FF8000000000001)))
    assert batch.marks is not None
    assert batch.marks.tolist() == [Mark.STALE, Mark.VALUE]
    assert (batch.values[0], batch.values[1:].tobytes()) == (0.0, struct.pack("<Q", 0x7FF8000000000001))


def test_bucket_lists_may_come_unpacked() -> None:
    counts = b"".join(b"\x31" + struct.pack("<Q", count) for count in (1, 2, 3))
    bounds = b"".join(b"\x39" + struct.pack("<d", bound) for bound in (0.1, 0.5))
    point = b"\x19" + struct.pack("<Q", AT) + b"\x21" + struct.pack("<Q", 6) + counts + bounds
    batch = otlp.decode_protobuf(around(field(1, b"m") + field(9, b"\x10\x02" + field(1, point))))
    made = batch.histograms[0].histogram
    assert isinstance(made, ExplicitHistogram)
    assert (made.counts.tolist(), made.bounds.tolist()) == ([1.0, 2.0, 3.0], [0.1, 0.5])


def test_bucket_lists_may_come_in_several_pieces() -> None:
    counts = field(6, struct.pack("<Q", 1)) + field(6, struct.pack("<QQ", 2, 3))
    bounds = field(7, struct.pack("<d", 0.1)) + field(7, struct.pack("<d", 0.5))
    point = b"\x19" + struct.pack("<Q", AT) + b"\x21" + struct.pack("<Q", 6) + counts + bounds
    batch = otlp.decode_protobuf(around(field(1, b"m") + field(9, b"\x10\x02" + field(1, point))))
    made = batch.histograms[0].histogram
    assert isinstance(made, ExplicitHistogram)
    assert (made.counts.tolist(), made.bounds.tolist()) == ([1.0, 2.0, 3.0], [0.1, 0.5])


def test_exponential_buckets_may_come_unpacked() -> None:
    buckets = b"\x08\x03" + b"\x10\xac\x02" + b"\x10\x05"  # offset -2, then 300 and 5
    point = b"\x19" + struct.pack("<Q", AT) + b"\x21" + struct.pack("<Q", 305) + field(8, buckets)
    batch = otlp.decode_protobuf(around(field(1, b"m") + field(10, b"\x10\x02" + field(1, point))))
    made = batch.histograms[0].histogram
    assert isinstance(made, ExponentialHistogram)
    assert (made.positive.offset, made.positive.counts.tolist()) == (-2, [300.0, 5.0])


def test_unknown_fields_are_passed_over() -> None:
    body = export(gauge("m")).SerializeToString()
    novelty = field(14, b"later") + b"\x78\x01" + b"\x7d\x00\x00\x00\x00" + b"\xc1\x3e" + b"\x00" * 8
    batch = otlp.decode_protobuf(novelty + body + novelty)
    assert [key.metric for key in keys(batch)] == ["m"]


def test_a_histogram_of_too_many_buckets_is_refused() -> None:
    metric = Metric(name="wide")
    metric.exponential_histogram.aggregation_temporality = CUMULATIVE
    point = metric.exponential_histogram.data_points.add(count=10_001, **TIMES)
    point.positive.bucket_counts.extend([1] * 10_001)
    explicit = Metric(name="wide.too")
    explicit.histogram.aggregation_temporality = CUMULATIVE
    explicit.histogram.data_points.add(count=0, bucket_counts=[0] * 10_001, explicit_bounds=range(10_000), **TIMES)
    batch = otlp.decode_protobuf(export(metric, explicit).SerializeToString())
    assert batch.histograms == ()
    assert batch.refusals[0].message == "wide has a malformed histogram: 10001 buckets are over the limit of 10000."
    assert batch.refusals[0].histograms == 2


@pytest.mark.parametrize("levels", range(5), ids=["resources", "scopes", "metrics", "kinds of data", "points"])
def test_an_export_of_too_many_parts_is_refused_before_anything_is_built(levels: int) -> None:
    wrap = [1, 2, 2, 9, 1][:levels]
    body = field([1, 2, 2, 9, 1][levels], b"") * (MAX_SAMPLES + 1)
    for number in reversed(wrap):
        body = field(number, body)
    with pytest.raises(TooLarge) as raised:
        otlp.decode_protobuf(body)
    assert raised.value.code == "too_many_series"


def test_too_many_points_in_metrics_of_few_each_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = export(*(gauge(f"m{i}") for i in range(11)))
    monkeypatch.setattr(size, "MAX_SAMPLES", 10)
    with pytest.raises(TooLarge):
        otlp.decode_protobuf(made.SerializeToString())


def test_a_point_of_countless_attributes_is_refused() -> None:
    point = b"\x19" + struct.pack("<Q", AT) + field(7, b"") * 100_000
    batch = otlp.decode_protobuf(around(field(1, b"m") + field(5, field(1, point))))
    assert (len(batch), [one.code for one in batch.refusals]) == (0, ["too_many_labels"])


@pytest.mark.parametrize(
    "body",
    [
        around(field(1, b"m") + field(5, field(1, field(7, b"") * 600_000))),
        around(field(1, b"m") + field(11, field(1, field(6, b"") * 600_000))),
        field(1, field(1, field(1, b"") * 600_000)),
        field(1, field(1, field(1, b"") * 6_000)) * 2,
        around(field(1, b"m") + field(5, field(1, field(7, field(2, field(5, field(1, b"") * 11_000)))))),
        around(field(1, b"m") + field(5, field(1, field(7, field(2, field(6, field(1, b"") * 11_000)))))),
    ],
    ids=[
        "attributes of a point",
        "quantiles of a point",
        "attributes of a resource",
        "attributes of resources",
        "values in arrays",
        "pairs in a map",
    ],
)
def test_countless_values_are_refused(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf_values, "MAX_VALUES", 10_000)
    with pytest.raises(TooLarge) as raised:
        otlp.decode_protobuf(body)
    assert raised.value.code == "too_many_series"


def test_attributes_that_hold_lists_are_read_once_and_alike() -> None:
    value = AnyValue(array_value=ArrayValue(values=[any_value(1), any_value("a")]))
    first, second = gauge("a", labels={"k": "x"}), gauge("b", labels={"k": "x"})
    for metric in (first, second):
        metric.gauge.data_points[0].attributes[0].value.CopyFrom(value)
    assert [key.label("k") for key in keys(otlp.decode_protobuf(export(first, second).SerializeToString()))] == [
        '[1,"a"]',
        '[1,"a"]',
    ]
