"""A table kept over exports: the same series stand where they stood."""

import pytest

from app.wire.metrics import otlp
from app.wire.metrics.otlp import series_table
from app.wire.metrics.otlp.series_table import SeriesTable
from tests.wire.metrics.otlp.exports import export, gauge, keys


def test_series_keep_their_position_and_id_over_exports() -> None:
    table = SeriesTable()
    first = otlp.decode_protobuf(export(gauge("a"), gauge("b")).SerializeToString(), table=table)
    first.directory.ids[first.series] = [71, 72]
    again = otlp.decode_protobuf(export(gauge("c"), gauge("b"), gauge("a")).SerializeToString(), table=table)
    assert again.directory.ids[again.series].tolist() == [-1, 72, 71]
    assert [key.metric for key in keys(again)] == ["c", "b", "a"]


def test_both_encodings_share_it() -> None:
    table = SeriesTable()
    made = export(gauge("a", labels={"k": 1}), resource={"service.name": "cart"})
    from_protobuf = otlp.decode_protobuf(made.SerializeToString(), table=table)
    document = (
        b'{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeMetrics":'
        b'[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"timeUnixNano":1,"asInt":1,"attributes":[{"key":"k","value":{"intValue":1}}]}]}}]}]}]}'
    )
    assert otlp.decode_json(document, table=table).series.tolist() == from_protobuf.series.tolist()


def test_a_series_that_cannot_be_is_refused_each_time() -> None:
    table = SeriesTable()
    body = export(gauge("a", labels={"": "x"})).SerializeToString()
    for _ in range(2):
        assert [one.code for one in otlp.decode_protobuf(body, table=table).refusals] == ["label_invalid"]


def test_it_grows_and_tells_when_another_should_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_table, "MAX_WAYS_KEPT", 3_000)
    table = SeriesTable()
    metric = gauge("a")
    for number in range(2_999):
        metric.gauge.data_points.add(as_int=1, time_unix_nano=1).attributes.add(key="n").value.int_value = number
    batch = otlp.decode_protobuf(export(metric).SerializeToString(), table=table)
    assert len(set(batch.series.tolist())) == 3_000
    assert len(table.ids) >= 3_000
    assert (table.ids[: len(batch)] == -1).all()
    assert table.is_full
    assert not SeriesTable().is_full
