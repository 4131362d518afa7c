"""Exports of real SDKs against the numbers their programs printed (see captures/otlp/README.md)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.domain.histograms import ExplicitHistogram, ExponentialHistogram, Histogram
from app.domain.samples import SampleBatch
from app.domain.series import Kind, SeriesKey, Shape
from app.wire import decompress
from app.wire.metrics import FORMATS
from tests.wire.metrics.otlp.exports import histogram_keys, keys

FOLDER = Path(__file__).parents[1] / "captures" / "otlp"
SDK = sorted(path.stem for path in FOLDER.glob("*.body") if not path.stem.startswith("fastapi"))


@dataclass(frozen=True)
class Capture:
    batch: SampleBatch
    told: dict[str, Any]

    @property
    def numbers(self) -> dict[tuple[str, frozenset[tuple[str, str]]], tuple[SeriesKey, float]]:
        found = zip(keys(self.batch), self.batch.values.tolist(), strict=True)
        return {identity(key): (key, value) for key, value in found}

    @property
    def histograms(self) -> dict[tuple[str, frozenset[tuple[str, str]]], tuple[SeriesKey, Histogram]]:
        found = zip(histogram_keys(self.batch), self.batch.histograms, strict=True)
        return {identity(key): (key, one.histogram) for key, one in found if one.histogram}

    def points(self, *kinds: str) -> Iterator[dict[str, Any]]:
        return (point for point in self.told["points"] if point["kind"] in kinds)


def identity(key: SeriesKey) -> tuple[str, frozenset[tuple[str, str]]]:
    return key.metric, frozenset(key.labels)


def told_identity(point: dict[str, Any]) -> tuple[str, frozenset[tuple[str, str]]]:
    return point["metric"], frozenset(point["labels"].items())


def capture(name: str) -> Capture:
    told = orjson.loads((FOLDER / f"{name}.json").read_bytes())
    wire = (FOLDER / f"{name}.body").read_bytes()
    body = decompress.bounded_decode(told["content_encoding"], wire, limit=1 << 20)
    spoken = FORMATS["otlp_json" if told["content_type"] == "application/json" else "otlp_protobuf"]
    assert told["content_type"] in spoken.content_types
    return Capture(spoken.decode(body), told)


@pytest.mark.parametrize("name", SDK)
def test_all_of_an_sdks_export_is_taken_and_nothing_else(name: str) -> None:
    one = capture(name)
    assert one.batch.refusals == ()
    assert one.numbers.keys() | one.histograms.keys() == {told_identity(point) for point in one.told["points"]}
    assert len(one.batch) + len(one.batch.histograms) == len(one.told["points"])


@pytest.mark.parametrize("name", SDK)
def test_values_of_an_sdk_are_what_its_program_counted(name: str) -> None:
    one = capture(name)
    for point in one.points("counter", "up_down_counter", "gauge"):
        key, value = one.numbers[told_identity(point)]
        assert value == point["value"], key
        assert key.kind is (Kind.COUNTER if point["kind"] == "counter" else Kind.GAUGE)


@pytest.mark.parametrize("name", SDK)
def test_temporality_of_an_sdk_is_kept(name: str) -> None:
    one = capture(name)
    delta = one.told["temporality"] == "delta"
    for point in one.points("counter"):
        key, _ = one.numbers[told_identity(point)]
        assert key.shape is (Shape.DELTA if delta else Shape.VALUE)
    for point in one.points("histogram", "exponential_histogram"):
        distributed, _ = one.histograms[told_identity(point)]
        assert distributed.shape is (Shape.DELTA_HISTOGRAM if delta else Shape.HISTOGRAM)
    for sample in one.batch.histograms:
        assert 0 < sample.start_ms <= sample.at_ms


@pytest.mark.parametrize("name", SDK)
def test_histograms_of_an_sdk_are_what_its_program_counted(name: str) -> None:
    one = capture(name)
    for point in one.points("histogram"):
        _, histogram = one.histograms[told_identity(point)]
        assert isinstance(histogram, ExplicitHistogram)
        assert histogram.bounds.tolist() == point["bounds"]
        assert histogram.counts.tolist() == point["buckets"]
        assert histogram.total == pytest.approx(point["sum"], abs=1e-9)


@pytest.mark.parametrize("name", SDK)
def test_exponential_histograms_of_an_sdk_hold_what_its_program_measured(name: str) -> None:
    one = capture(name)
    for point in one.points("exponential_histogram"):
        _, histogram = one.histograms[told_identity(point)]
        assert isinstance(histogram, ExponentialHistogram)
        assert (histogram.count, histogram.total) == (point["count"], point["sum"])
        assert histogram.zero_count == histogram.count / (5 if "queue" in point["labels"] else 4)
        top = histogram.positive.offset + max(histogram.positive.counts.nonzero()[0].tolist())
        assert top == math.ceil(math.log2(point["max"]) * 2**histogram.scale) - 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("python-protobuf-gzip-cumulative-1", "python-json-none-cumulative-1"),
        ("python-protobuf-none-delta-2", "python-json-gzip-delta-2"),
    ],
)
def test_the_same_program_says_the_same_in_both_encodings(first: str, second: str) -> None:
    one, other = capture(first), capture(second)
    assert one.batch.metadata == other.batch.metadata
    assert one.numbers == other.numbers
    assert one.histograms.keys() == other.histograms.keys()


@pytest.mark.parametrize(
    ("name", "metric", "unit", "seconds", "status", "route"),
    [
        ("fastapi-old-conventions", "http.server.duration", "ms", 0.001, "http.status_code", "http.target"),
        (
            "fastapi-new-conventions",
            "http.server.request.duration",
            "s",
            1.0,
            "http.response.status_code",
            "http.route",
        ),
    ],
    ids=["old conventions", "new conventions"],
)
def test_fastapi_under_auto_instrumentation_is_what_its_client_saw(
    name: str, metric: str, unit: str, seconds: float, status: str, route: str
) -> None:
    one = capture(name)
    method = "http.request.method" if unit == "s" else "http.method"
    durations = [(key, made) for key, made in one.histograms.values() if key.metric == metric]
    assert {key.unit for key, _ in durations} == {unit}
    assert {key.label("service.name") for key, _ in durations} == {"checkout"}
    assert {key.label("deployment.environment.name") for key, _ in durations} == {"production"}
    seen = {f"{key.label(method)} {key.label(route)} {key.label(status)}": int(made.count) for key, made in durations}
    assert seen == one.told["requests"]
    spent = sum(made.total or 0 for _, made in durations) * seconds
    assert 0 < spent < one.told["elapsed_seconds"]
    assert one.batch.refusals == ()
