"""How attributes become labels."""

import math

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData

from app.domain.errors import Invalid
from app.wire.metrics import otlp
from app.wire.metrics.otlp.attributes import MAX_NESTING, PROMOTED
from tests.wire.metrics.otlp.exports import Decode, Value, any_value, export, gauge, keys


def one_attribute(value: AnyValue) -> MetricsData:
    metric = gauge("m")
    metric.gauge.data_points[0].attributes.append(KeyValue(key="k", value=value))
    return export(metric)


def nested(levels: int) -> AnyValue:
    value = AnyValue(int_value=1)
    for _ in range(levels):
        value = AnyValue(array_value=ArrayValue(values=[value]))
    return value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("GET", "GET"),
        ("line\nbreak, ünïcode, \u202e", "line\nbreak, ünïcode, \u202e"),
        (True, "true"),
        (False, "false"),
        (200, "200"),
        (-(2**63), "-9223372036854775808"),
        (200.0, "200"),
        (0.5, "0.5"),
        (-0.0, "0"),
        (1e300, "1e+300"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (b"\x00\xff", "AP8="),
        (None, ""),
        ("", ""),
    ],
)
def test_a_value_is_the_same_text_in_every_encoding(decode: Decode, value: Value, text: str) -> None:
    assert keys(decode(one_attribute(any_value(value))))[0].label("k") == text


def test_arrays_and_maps_are_json_with_sorted_names(decode: Decode) -> None:
    array = AnyValue(
        array_value=ArrayValue(values=[any_value(one) for one in ("a", 1, 2.0, 2.5, True, None, math.nan)])
    )
    pairs = KeyValueList(values=[KeyValue(key="z", value=array), KeyValue(key="a", value=any_value(b"\x01\x02"))])
    label = keys(decode(one_attribute(AnyValue(kvlist_value=pairs))))[0].label("k")
    assert label == '{"a":"AQI=","z":["a",1,2,2.5,true,null,"NaN"]}'


def test_the_resource_attributes_that_say_where_are_labels_of_every_point(decode: Decode) -> None:
    resource: dict[str, Value] = {"process.pid": 4, "os.type": "linux", **dict.fromkeys(sorted(PROMOTED), "there")}
    (key,) = keys(decode(export(gauge("m", labels={"own": 1}), resource=resource)))
    assert dict(key.labels) == dict.fromkeys(PROMOTED, "there") | {"own": "1"}


def test_an_unknown_service_keeps_its_name(decode: Decode) -> None:
    (key,) = keys(decode(export(gauge("m"), resource={"service.name": "unknown_service:python"})))
    assert key.label("service.name") == "unknown_service:python"


def test_a_points_own_attribute_wins_over_its_resources(decode: Decode) -> None:
    made = export(gauge("m", labels={"host.name": "measured"}), resource={"host.name": "measuring"})
    assert keys(decode(made))[0].labels == (("host.name", "measured"),)


def test_attributes_without_a_value_are_no_labels_however_many(decode: Decode) -> None:
    labels = {f"empty.{i}": "" for i in range(80)} | {f"label.{i}": "x" for i in range(40)}
    assert len(keys(decode(export(gauge("m", labels=labels))))[0].labels) == 40


def test_names_keep_their_dots(decode: Decode) -> None:
    (key,) = keys(decode(export(gauge("http.server.active_requests", labels={"http.request.method": "GET"}))))
    assert (key.metric, key.labels) == ("http.server.active_requests", (("http.request.method", "GET"),))


@pytest.mark.parametrize("levels", [0, MAX_NESTING])
def test_values_may_nest(decode: Decode, levels: int) -> None:
    assert keys(decode(one_attribute(nested(levels))))[0].label("k") == "[" * levels + "1" + "]" * levels


def test_values_may_not_nest_without_end(decode: Decode) -> None:
    with pytest.raises(Invalid) as raised:
        decode(one_attribute(nested(MAX_NESTING + 1)))
    assert raised.value.code == "attribute_depth"


def test_a_value_nested_three_thousand_deep_is_refused_in_json() -> None:
    value = b'{"arrayValue":{"values":[' * 3_000 + b'{"intValue":1}' + b"]}}" * 3_000
    point = b'{"timeUnixNano":"1","asInt":1,"attributes":[{"key":"k","value":' + value + b"}]}"
    with pytest.raises(Invalid) as raised:
        otlp.decode_json(
            b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[' + point + b"]}}]}]}]}"
        )
    assert raised.value.code == "json_depth"


def test_a_value_nested_between_our_limit_and_the_parsers_is_refused_in_json() -> None:
    value = b'{"arrayValue":{"values":[' * 300 + b'{"intValue":1}' + b"]}}" * 300
    point = b'{"timeUnixNano":"1","asInt":1,"attributes":[{"key":"k","value":' + value + b"}]}"
    with pytest.raises(Invalid) as raised:
        otlp.decode_json(
            b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[' + point + b"]}}]}]}]}"
        )
    assert raised.value.code == "attribute_depth"
