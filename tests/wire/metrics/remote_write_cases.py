"""What prometheus/compliance (remotewrite/receiver) asks of a receiver of remote write, case by case.

The suite sends real requests; here each is a value, so that the decoder and the HTTP door can be held against the same
table. Stricter than the suite: what it expects to be accepted must be accepted, and what is written must be exact.
"""

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cramjam

from tests.wire.metrics.remote_write_requests import (
    STALE,
    Declared,
    Exemplar,
    Labels,
    Sample,
    Series,
    Spans,
    native_histogram,
    write_v1,
    write_v2,
)

V1_TYPE = "application/x-protobuf"
V2_TYPE = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
HOUR_MS = 3_600_000
NORMAL_NAN: float = struct.unpack("<d", b"\x01\x00\x00\x00\x00\x00\xf8\x7f")[0]


@dataclass(frozen=True)
class Case:
    """One request and what must come of it; the counts are of what must be written, accepted or not."""

    name: str
    message: Callable[[int], bytes]
    accepted: bool = True
    samples: int = 0
    histograms: int = 0
    exemplars: int = 0
    code: str = ""
    content_type: str = V2_TYPE
    content_encoding: str = "snappy"
    damage: Callable[[bytes], bytes] = bytes

    def headers(self) -> dict[str, str]:
        return {"Content-Type": self.content_type, "Content-Encoding": self.content_encoding}

    def body(self, now_ms: int) -> bytes:
        return self.damage(bytes(cramjam.snappy.compress_raw(self.message(now_ms))))

    @property
    def status(self) -> int:
        unsupported = self.code in {"content_type_unsupported", "encoding_unsupported", "proto_unsupported"}
        return 204 if self.accepted else 415 if unsupported else 400


VALUES = {"1.0": 1.0, "a stale NaN": STALE, "NaN": NORMAL_NAN, "+Inf": math.inf, "-Inf": -math.inf}
UP = {"__name__": "up"}
UP_OF_A_JOB = {**UP, "job": "testjob", "instance": "localhost:9090"}
NAMELESS = {"job": "testjob", "instance": "localhost:9090"}
LABEL_SETS: dict[str, Labels] = {
    "a name only": UP,
    "job and instance": UP_OF_A_JOB,
    "newlines in a value": {**UP, "job": "test\njob\n", "instance": "localhost:9090"},
    "dots in names": {"__name__": "resource.cpu.usage", "job.name": "testjob", "instance.name": "localhost:9090"},
    "spaces in names": {"__name__": "resource cpu usage", "job name": "testjob", "instance name": "localhost:9090"},
}


def one(labels: Labels, value: float = 1.0, *, created_ms_ago: int = 0) -> Callable[[int], bytes]:
    def message(now_ms: int) -> bytes:
        created_ms = now_ms - created_ms_ago if created_ms_ago else 0
        return write_v2(Series(labels, (Sample(value, now_ms),), created_ms=created_ms))

    return message


def _several(series: list[Labels], value: float) -> Callable[[int], bytes]:
    return lambda now_ms: write_v2(*(Series(labels, (Sample(value, now_ms),)) for labels in series))


def _metric_cases() -> Iterator[Case]:
    for said, value in VALUES.items():
        for how, labels in LABEL_SETS.items():
            yield Case(f"{said} of a metric with {how}", one(labels, value), samples=1)
        yield Case(f"{said} without a name", one(NAMELESS, value), accepted=False, code="name_missing")
        yield Case(f"{said} without any label", one({}, value), accepted=False, code="name_missing")
        four: list[Labels] = [{**UP_OF_A_JOB, "instance": f"localhost:909{i}"} for i in range(4)]
        nameless: list[Labels] = [{**NAMELESS, "instance": f"localhost:909{i}"} for i in range(4)]
        yield Case(f"{said} of four metrics", _several(four, value), samples=4)
        yield Case(
            f"{said} of four metrics without a name", _several(nameless, value), accepted=False, code="name_missing"
        )
        yield Case(
            f"{said} of four metrics, one without a name",
            _several(nameless[:1] + four[1:], value),
            accepted=False,
            samples=3,
            code="name_missing",
        )
    created = one({"__name__": "http_requests_total", "job": "api"}, 100.0, created_ms_ago=HOUR_MS)
    yield Case("a counter with a created timestamp", created, samples=1)


POSITIVE = Spans(((0, 3), (2, 2)), deltas=(1, 2, 1, 3, 1))  # 1 3 4 . . 7 8
NEGATIVE = Spans(((0, 2),), deltas=(1, 1))  # 1 2
SIDES = {"positive": (POSITIVE, 23), "negative": (NEGATIVE, 3)}
CUSTOM = Spans(((0, 6),), deltas=(2, 1, 2, 3, -1, -2))  # 2 3 5 8 7 5
CUSTOM_BOUNDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0)


def sided(at_ms: int, *sides: str, zero: bool = False, count: int | None = None, total: float = 1.0) -> bytes:
    """The suite's histogram with some of its sides."""
    counted = sum(SIDES[side][1] for side in sides) + zero
    return native_histogram(
        at_ms=at_ms,
        count=counted if count is None else count,
        total=total,
        zero_count=int(zero),
        **{side: SIDES[side][0] for side in sides},  # type: ignore[arg-type]
    )


def custom(at_ms: int) -> bytes:
    return native_histogram(at_ms=at_ms, count=30, total=1.0, schema=-53, positive=CUSTOM, bounds=CUSTOM_BOUNDS)


def _histogram_cases() -> Iterator[Case]:
    def with_exemplars(histogram: Callable[[int], bytes], *exemplars: dict[str, str]) -> Callable[[int], bytes]:
        return lambda now_ms: write_v2(
            Series(
                {"__name__": "latency", "method": "GET"},
                histograms=(histogram(now_ms),),
                exemplars=tuple(Exemplar(now_ms, labels) for labels in exemplars),
                declared=Declared(3, "Duration in seconds", "seconds"),
                created_ms=now_ms - HOUR_MS // 2,
            )
        )

    shapes: dict[str, Callable[[int], bytes]] = {
        "both sides and zero": lambda now_ms: sided(now_ms, "positive", "negative", zero=True),
        "custom buckets": custom,
        "a positive side and zero": lambda now_ms: sided(now_ms, "positive", zero=True),
        "a negative side": lambda now_ms: sided(now_ms, "negative"),
        "zero only": lambda now_ms: sided(now_ms, zero=True),
        "nothing in it": lambda now_ms: sided(now_ms, total=0.0),
    }
    for what, build in shapes.items():
        yield Case(f"a histogram with {what}", with_exemplars(build), histograms=1)
        traced = with_exemplars(build, {"trace_id": "abc123def456", "span_id": "span789"})
        yield Case(f"a histogram with {what} and an exemplar", traced, histograms=1, exemplars=1)
    bad = with_exemplars(lambda now_ms: sided(now_ms, "positive", count=99))
    yield Case("a histogram that miscounts", bad, accepted=False, code="histogram_invalid")
    yield Case(
        "fifty histograms with an exemplar each",
        lambda now_ms: write_v2(
            *(
                Series(
                    {"__name__": f"histogram_{i}", "bucket": f"bucket_{i}"},
                    histograms=(sided(now_ms, *["positive", "negative"][: 1 + i % 2], zero=True, total=i / 10),),
                    exemplars=(Exemplar(now_ms, {"trace_id": f"trace_{i}"}, i / 10),),
                    declared=Declared(3, f"Histogram {i}", "seconds"),
                )
                for i in range(50)
            )
        ),
        histograms=50,
        exemplars=50,
    )


def _exemplar_cases() -> Iterator[Case]:
    def traced(labels: Labels, exemplar: dict[str, str], value: float = 1.0) -> Callable[[int], bytes]:
        return lambda now_ms: write_v2(
            Series(labels, (Sample(value, now_ms),), exemplars=(Exemplar(now_ms, exemplar, value),))
        )

    for how, exemplar in {
        "a trace id": {"trace_id": "abc123def456"},
        "a trace and a span id": {"trace_id": "xyz789", "span_id": "span123"},
        "no trace id": {"user_id": "user123"},
        "several labels": {"trace_id": "trace456", "user": "admin", "endpoint": "/login"},
        "no labels": {},
        "punctuation": {"trace_id": "trace-with-dashes_and_underscores.123"},
        "unicode": {"trace_id": "unicode_trace_测试"},
    }.items():
        unicode = {"__name__": "unicode_test", "region": "🌍"}
        yield Case(f"an exemplar with {how}", traced(unicode, exemplar), samples=1, exemplars=1)
    for value in (0.0, -123.456, 1e10, 1e-10, NORMAL_NAN, math.inf, -math.inf):
        yield Case(f"an exemplar of {value}", traced(UP, {"trace_id": "t"}, value), samples=1, exemplars=1)
    for how, labels in {"without a name": {"job": "test"}, "with an empty name": {"__name__": ""}}.items():
        yield Case(f"an exemplar {how}", traced(labels, {"trace_id": "t"}), accepted=False, code="name_missing")
    yield Case(
        "exemplars of one series at three times",
        lambda now_ms: write_v2(
            *(
                Series(UP, (Sample(0.05, at_ms),), exemplars=(Exemplar(at_ms, {"trace_id": str(at_ms)}),))
                for at_ms in (now_ms - HOUR_MS, now_ms - 60_000, now_ms)
            )
        ),
        samples=3,
        exemplars=3,
    )


TYPES = ("unspecified", "counter", "gauge", "histogram", "gauge histogram", "summary", "info", "state set")


def _metadata_cases() -> Iterator[Case]:
    def declared(labels: Labels, metadata: Declared) -> Callable[[int], bytes]:
        return lambda now_ms: write_v2(Series(labels, (Sample(1.0, now_ms),), declared=metadata))

    for number, word in enumerate(TYPES):
        metadata = Declared(number, 'Test metric with\nnewlines and "quotes", äöü', "special/units")
        yield Case(f"metadata of type {word}", declared(UP_OF_A_JOB, metadata), samples=1)
        yield Case(f"metadata of type {word} alone", declared(UP_OF_A_JOB, Declared(number)), samples=1)
    for how, labels in {"without a name": {"job": "test"}, "with an empty name": {"__name__": ""}}.items():
        message = declared(labels, Declared(1, "Test help", "unit"))
        yield Case(f"metadata {how}", message, accepted=False, code="name_missing")


def _combined_cases() -> Iterator[Case]:
    def counter(number: int, now_ms: int) -> Series:
        return Series(
            {"__name__": f"counter_{number}", "environment": "test🚀", "job": "test-job_with.special@chars"},
            (Sample(number * 100.0, now_ms),),
            exemplars=(Exemplar(now_ms, {"trace_id": f"special_trace_äöü-{number}"}, number * 100.0),),
            declared=Declared(1, f"Counter number {number}", "count"),
        )

    yield Case(
        "fifty samples with metadata and an exemplar each",
        lambda now_ms: write_v2(*(counter(number, now_ms) for number in range(50))),
        samples=50,
        exemplars=50,
    )
    yield Case("metadata without data", lambda _: write_v2(Series(UP, declared=Declared(1, "Orphaned", "count"))))
    yield Case(
        "an exemplar without data", lambda now_ms: write_v2(Series(UP, exemplars=(Exemplar(now_ms),))), exemplars=1
    )
    yield Case(
        "an hour ago and now",
        lambda now_ms: write_v2(
            Series({"__name__": "old"}, (Sample(1.0, now_ms - HOUR_MS),), exemplars=(Exemplar(now_ms - HOUR_MS // 2),)),
            Series({"__name__": "new"}, (Sample(2.0, now_ms),)),
        ),
        samples=2,
        exemplars=1,
    )


def _corrupt(body: bytes) -> bytes:
    return b"0" + body[1:]


def _request_cases() -> Iterator[Case]:
    refused = replace(Case("", one(UP)), accepted=False, damage=_corrupt)
    for content_type in ("application/json", "image/png"):
        yield replace(refused, name=f"as {content_type}", content_type=content_type, code="content_type_unsupported")
    for encoding in ("gzip", "deflate"):
        yield replace(refused, name=f"as {encoding}", content_encoding=encoding, code="encoding_unsupported")
    yield replace(refused, name="a corrupt body", code="decompress_failed")
    of_v1 = Case(
        "two samples by 1.0",
        lambda now_ms: write_v1(Series(UP_OF_A_JOB, (Sample(1.0, now_ms),)), Series(UP, (Sample(100.0, now_ms),))),
        samples=2,
        content_type=V1_TYPE,
    )
    yield of_v1
    yield replace(
        of_v1,
        name="a corrupt body by 1.0",
        damage=lambda body: b"\xff" + body[1:],
        accepted=False,
        samples=0,
        code="decompress_failed",
    )


COMPLIANCE: tuple[Case, ...] = (
    *_metric_cases(),
    *_histogram_cases(),
    *_exemplar_cases(),
    *_metadata_cases(),
    *_combined_cases(),
    *_request_cases(),
)
