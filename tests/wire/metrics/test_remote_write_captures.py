"""What real senders sent, against what Prometheus itself said of the same samples and against a decoder of 20 lines."""

import json
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import cramjam
import numpy as np
import pytest

from app.domain.histograms import ExponentialHistogram
from app.domain.samples import Mark, SampleBatch
from app.domain.series import canonical_bound, series_key
from app.wire.metrics import remote_write
from app.wire.metrics.remote_write import Protocol
from app.wire.metrics.remote_write_table import SeriesTable

CAPTURES = Path(__file__).parent / "captures" / "prometheus"
BODIES = sorted(path.stem for path in CAPTURES.glob("*.body"))
ANSWERS: list[dict[str, Any]] = json.loads((CAPTURES / "answers.json").read_text())
STALE_BITS = 0x7FF0000000000002

Point = tuple[str, int]  # series, milliseconds


def _decoded(name: str, table: SeriesTable | None = None) -> SampleBatch:
    return remote_write.decode((CAPTURES / f"{name}.body").read_bytes(), protocol=Protocol.V1, table=table)


def _named(labels: dict[str, str]) -> str:
    """One spelling of a series, without the label that Prometheus adds only when it sends."""
    rest = {name: value for name, value in labels.items() if name not in {"__name__", "cluster"}}
    return str(series_key(labels["__name__"], rest))


def _name_of(batch: SampleBatch, position: int) -> str:
    key = batch.directory.key(position)
    return _named({"__name__": key.metric, **dict(key.labels)})


def _points(batch: SampleBatch) -> dict[Point, float]:
    rows = zip(batch.series.tolist(), batch.at_ms.tolist(), batch.values.tolist(), strict=True)
    return {(_name_of(batch, series), at_ms): value for series, at_ms, value in rows}


def _answered(kind: str) -> dict[Point, Any]:
    return {
        (_named(answer["metric"]), round(at * 1000)): value for answer in ANSWERS for at, value in answer.get(kind, [])
    }


def test_samples_are_those_that_prometheus_answers_with() -> None:
    found, answered = _points(_decoded("samples")), _answered("values")
    times = {at_ms for _, at_ms in found}
    expected = {point: float(value) for point, value in answered.items() if point[1] in times}
    assert len(found) == 41
    assert found == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


def test_a_native_histogram_is_the_one_that_prometheus_answers_with() -> None:
    batch = _decoded("samples")
    (sample,) = batch.histograms
    answer = _answered("histograms")[_name_of(batch, sample.series), sample.at_ms]
    histogram = sample.histogram
    assert isinstance(histogram, ExponentialHistogram)
    assert (histogram.count, histogram.total) == (float(answer["count"]), float(answer["sum"]))
    assert histogram.zero_threshold == 2.938735877055719e-39
    base = 2.0**2.0**-histogram.scale
    buckets = [
        (base**index, base ** (index + 1), count)
        for index, count in enumerate(histogram.positive.counts, histogram.positive.offset)
        if count
    ]
    positive = [tuple(map(float, bucket[1:])) for bucket in answer["buckets"] if float(bucket[1]) > 0]
    assert np.array(buckets) == pytest.approx(np.array(positive))
    assert histogram.negative.counts.tolist() == [1]


def test_exemplars_are_counted() -> None:
    assert _decoded("samples").exemplars == 6


def test_a_request_of_metadata_alone_tells_every_family() -> None:
    batch = _decoded("metadata")
    assert (len(batch), batch.refusals) == (0, ())
    assert {one.metric: one.type for one in batch.metadata} == json.loads((CAPTURES / "metadata.json").read_text())
    assert next(one.help for one in batch.metadata if one.metric == "shop_orders") == "Orders taken."


def test_targets_that_went_away_end_all_their_series_and_no_other() -> None:
    batch = _decoded("stale")
    assert batch.marks is not None
    ended = {_name_of(batch, series) for series in batch.series[batch.marks == Mark.STALE]}
    scraped = {name for name, _ in _answered("values") if name.startswith(("shop_", "rpc_"))}
    assert ended == scraped
    assert len(ended) == 18
    assert [(_name_of(batch, one.series), one.histogram) for one in batch.histograms] == [
        ('rpc_seconds{instance="127.0.0.1:19293",job="rpc",route="/cart"}', None)
    ]
    down = [value for (name, _), value in _points(batch).items() if name.startswith("up{") and "1929" in name]
    assert sorted(down) == [0.0, 0.0, 1.0]


def test_vmagent_sends_what_the_shop_exposed() -> None:
    found = {name: value for (name, _), value in _points(_decoded("vmagent-samples")).items()}
    for line in (CAPTURES / "shop.txt").read_text().splitlines():
        if not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            metric, _, labels = series.partition("{")
            name, _, label = labels.removesuffix("}").partition("=")
            text = canonical_bound(label.strip('"')) if name == "le" else label.strip('"')
            target = {"instance": "127.0.0.1:19292", "job": "shop"}
            expected = str(series_key(metric, {**target, name: text} if name else target))
            assert found[expected] == pytest.approx(float(value), nan_ok=True)


def test_vmagent_marks_what_is_gone_as_prometheus_does() -> None:
    batch = _decoded("vmagent-stale")
    assert batch.marks is not None
    assert batch.marks.tolist() == [Mark.STALE] * 17


def _walk(message: bytes) -> Iterator[tuple[int, Any]]:
    """Fields of a protobuf message that has no more than remote write needs: (number, value)."""
    at = iter(message)

    def varint() -> int:
        shift = value = 0
        for byte in at:
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        return value

    for first in at:
        number, wire = first >> 3, first & 7
        if wire == 0:
            yield number, varint()
        else:
            yield number, bytes(islice(at, 8 if wire == 1 else varint()))


@pytest.mark.parametrize("name", BODIES)
def test_every_bit_is_what_a_decoder_of_twenty_lines_reads(name: str) -> None:
    expected = []
    for field, series in _walk(bytes(cramjam.snappy.decompress_raw((CAPTURES / f"{name}.body").read_bytes()))):
        if field == 1:
            parts = list(_walk(series))
            labels = {
                dict(_walk(part)).get(1, b"").decode(): dict(_walk(part)).get(2, b"").decode()
                for number, part in parts
                if number == 1
            }
            for number, part in parts:
                if number == 2:
                    sample = dict(_walk(part))
                    bits = struct.unpack("<Q", sample.get(1, bytes(8)))[0]
                    expected.append((_named(labels), sample.get(2, 0), 0 if bits == STALE_BITS else bits))
    kept = SeriesTable()
    for table in (None, kept, kept):
        batch = _decoded(name, table)
        bits_found = batch.values.view(np.uint64).tolist()
        names = [_name_of(batch, series) for series in batch.series.tolist()]
        assert list(zip(names, batch.at_ms.tolist(), bits_found, strict=True)) == expected
