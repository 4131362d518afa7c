"""What we ask of our receiver of remote write beyond the compliance suite: bad input, each with its code."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import cramjam

from tests.wire.metrics.protobuf_writer import double, integer, octets, packed, varint
from tests.wire.metrics.remote_write_cases import UP, UP_OF_A_JOB, V1_TYPE, Case, custom, one, sided
from tests.wire.metrics.remote_write_requests import (
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

PROTO_V1_TYPE = f"{V1_TYPE};proto=prometheus.WriteRequest"
GOOD = UP_OF_A_JOB

ILLEGAL_LABELS: dict[str, tuple[Labels, str]] = {
    "a nameless series": ({"job": "api"}, "name_missing"),
    "an empty metric name": ({"__name__": "", "job": "api"}, "name_missing"),
    "two metric names": ([("__name__", "up"), ("__name__", "down")], "label_invalid"),
    "a label twice": ([("__name__", "up"), ("job", "a"), ("job", "b")], "label_invalid"),
    "a label twice with one value": ([("__name__", "up"), ("job", "a"), ("job", "a")], "label_invalid"),
    "an empty label name": ({**UP, "": "a"}, "label_invalid"),
    "an empty label value": ({**UP, "job": ""}, "label_invalid"),
    "a control character in the metric name": ({"__name__": "up\n"}, "label_invalid"),
    "a control character in a label name": ({**UP, "a\x07": "b"}, "label_invalid"),
    "a NUL in a value": ({**UP, "job": "a\x00b"}, "label_nul"),
    "a NUL in a name": ({**UP, "job\x00": "b"}, "label_nul"),
    "NULs that imitate two labels": ({"__name__": "up\x00job\x00api"}, "label_nul"),
    "a value that is not UTF-8": ([("__name__", "up"), ("job", b"caf\xe9")], "utf8_invalid"),
    "41 labels": ({**UP, **{f"label_{i}": "x" for i in range(41)}}, "too_many_labels"),
    "a value of 4 097 bytes": ({**UP, "job": "x" * 4097}, "label_too_long"),
    "a label name of 257 bytes": ({**UP, "x" * 257: "x"}, "label_too_long"),
    "a metric name of 258 bytes": ({"__name__": "é" * 129}, "label_too_long"),
}
STRANGE_VALUES = {
    "markup": "<img src=x onerror=alert(1)></script>{{7*7}}=cmd()\u202e",
    "a thousand combining marks": "e" + "\u0301" * 1_000,
    "the replacement character": "\ufffd",
    "4 096 bytes": "x" * 4096,
}


def _label_cases() -> Iterator[Case]:
    for name, (labels, code) in ILLEGAL_LABELS.items():
        yield from _beside_a_good_one(name, labels, code)
    for name, text in STRANGE_VALUES.items():
        yield Case(f"{name} in unsorted labels", one({"zone": "z", **UP, "job": text}), samples=1)
    for value in (-0.0, 5e-324, 1.797e308):
        yield Case(f"the value {value}", one(UP, value), samples=1)
    forty: Labels = {**UP, **{f"label_{i}": "x" for i in range(40)}}
    yield Case("40 labels", one(forty), samples=1)


def _beside_a_good_one(name: str, labels: Labels, code: str) -> Iterator[Case]:
    """The same two series by both versions: one is refused, the other taken."""

    def series(now_ms: int) -> tuple[Series, Series]:
        return Series(labels, (Sample(1.0, now_ms),)), Series(GOOD, (Sample(1.0, now_ms),))

    case = Case(name, lambda now_ms: write_v2(*series(now_ms)), accepted=False, samples=1, code=code)
    yield case
    yield replace(case, name=f"{name}, by 1.0", message=lambda now_ms: write_v1(*series(now_ms)), content_type=V1_TYPE)


def _symbol_cases() -> Iterator[Case]:
    refused = Case("", one(UP), accepted=False, code="symbols_invalid")

    def raw(*symbols: str, series: bytes) -> Callable[[int], bytes]:
        return lambda _: b"".join(octets(4, symbol) for symbol in symbols) + octets(5, series)

    sample = octets(2, double(1, 1.0) + integer(2, 1_700_000_000_000))
    up = ("", "__name__", "up")
    broken = {
        "a reference past the symbols": raw(*up, series=packed(1, [1, 3]) + sample),
        "a reference of 2**32 - 1": raw(*up, series=packed(1, [1, 2**32 - 1]) + sample),
        "an odd number of references": raw(*up, series=packed(1, [1, 2, 1]) + sample),
        "a first symbol that is not empty": raw("__name__", "up", series=packed(1, [0, 1]) + sample),
        "no symbols at all": raw(series=packed(1, [0, 0]) + sample),
        "help past the symbols": raw(*up, series=packed(1, [1, 2]) + sample + octets(5, integer(3, 9))),
        "a unit past the symbols": raw(*up, series=packed(1, [1, 2]) + sample + octets(5, integer(4, 9))),
    }
    for name, message in broken.items():
        yield replace(refused, name=name, message=message)
    bad_exemplar = raw(*up, series=packed(1, [1, 2]) + sample + octets(4, packed(1, [7, 7])) + octets(4, b""))
    yield replace(refused, name="an exemplar past the symbols", message=bad_exemplar, samples=1, exemplars=1)
    unpacked = varint(1 << 3) + varint(1) + varint(1 << 3) + varint(2)
    yield Case("references one by one instead of packed", raw(*up, series=unpacked + sample), samples=1)


ILLEGAL_HISTOGRAMS: dict[str, bytes] = {
    "schema 127": native_histogram(at_ms=1, schema=127),
    "schema 9": native_histogram(at_ms=1, schema=9),
    "schema -5": native_histogram(at_ms=1, schema=-5),
    "fewer counts than its spans": native_histogram(at_ms=1, count=1, positive=Spans(((0, 2),), deltas=(1,))),
    "more counts than its spans": native_histogram(at_ms=1, count=2, positive=Spans(((0, 1),), deltas=(1, 0))),
    "a negative count": native_histogram(at_ms=1, count=0, positive=Spans(((0, 2),), deltas=(1, -2))),
    "a negative count among floats": native_histogram(at_ms=1, count=0.0, positive=Spans(((0, 2),), counts=(1, -1))),
    "an infinite count": native_histogram(at_ms=1, count=1e999, positive=Spans(((0, 1),), counts=(1e999,))),
    "counts past 64 bits": native_histogram(at_ms=1, count=1, positive=Spans(((0, 3),), deltas=(2**63 - 1,) * 3)),
    "overlapping spans": native_histogram(at_ms=1, count=2, positive=Spans(((5, 1), (-1, 1)), deltas=(1, 0))),
    "a span of 4 billion": native_histogram(at_ms=1, positive=Spans(((0, 2**32 - 1),))),
    "10 001 buckets": native_histogram(
        at_ms=1, count=10_001, positive=Spans(((0, 10_001),), deltas=(1, *[0] * 10_000))
    ),
    "a negative zero threshold": native_histogram(at_ms=1, zero_threshold=-1.0),
    "a zero threshold that is no number": native_histogram(at_ms=1, zero_threshold=float("nan")),
    "bounds out of order": native_histogram(at_ms=1, schema=-53, bounds=(1.0, 0.5)),
    "a bound twice": native_histogram(at_ms=1, schema=-53, bounds=(1.0, 1.0)),
    "a bound that is no number": native_histogram(at_ms=1, schema=-53, bounds=(float("nan"),)),
    "an explicit +Inf bound": native_histogram(at_ms=1, schema=-53, bounds=(1.0, 1e999)),
    "custom buckets past the bounds": native_histogram(
        at_ms=1, count=1, schema=-53, positive=Spans(((2, 1),), deltas=(1,)), bounds=(1.0,)
    ),
    "custom buckets before the first": native_histogram(
        at_ms=1, count=1, schema=-53, positive=Spans(((-1, 1),), deltas=(1,)), bounds=(1.0,)
    ),
    "custom buckets and a zero bucket": native_histogram(at_ms=1, count=1, zero_count=1, schema=-53, bounds=(1.0,)),
    "custom bounds under schema 0": native_histogram(at_ms=1, bounds=(1.0,)),
    "600 kB of empty spans": native_histogram(at_ms=1, positive=Spans(((0, 0),) * 300_000)),
}


def _histogram_cases() -> Iterator[Case]:
    for name, bad in ILLEGAL_HISTOGRAMS.items():
        both = Series(UP, histograms=(bad, custom(1_700_000_000_000)))
        case = Case(name, lambda _, both=both: write_v2(both), accepted=False, histograms=1, code="histogram_invalid")  # type: ignore[misc]
        yield case
        yield replace(case, name=f"{name}, by 1.0", message=lambda _, both=both: write_v1(both), content_type=V1_TYPE)  # type: ignore[misc]
    yield Case(
        "samples and histograms in one series",
        lambda now_ms: write_v2(
            Series(UP, (Sample(1.0, now_ms),), histograms=(sided(now_ms),)), Series(GOOD, (Sample(1.0, now_ms),))
        ),
        accepted=False,
        samples=1,
        code="series_mixed",
    )


def _request_cases() -> Iterator[Case]:
    v1, v2 = one_by_v1(UP), one(UP)
    yield Case("nothing", lambda _: b"")
    yield Case("nothing, by 1.0", lambda _: b"", content_type=V1_TYPE)
    yield Case("1.0 named in full", v1, samples=1, content_type=PROTO_V1_TYPE)
    yield Case("a 1.0 body named 2.0", v1, accepted=False, code="proto_mismatch")
    yield Case("a 2.0 body named 1.0", v2, accepted=False, content_type=V1_TYPE, code="proto_mismatch")
    refused = Case("", v2, accepted=False)
    unknown = f"{V1_TYPE};proto=io.prometheus.write.v3.Request"
    yield replace(refused, name="an unknown message", content_type=unknown, code="proto_unsupported")
    for encoding in ("zstd", "", "snappy, snappy"):
        yield replace(refused, name=f"encoding {encoding!r}", content_encoding=encoding, code="encoding_unsupported")
    damages: dict[str, tuple[Callable[[bytes], bytes], str]] = {
        "a framed snappy stream": (lambda _: bytes(cramjam.snappy.compress(b"x")), "snappy_framed"),
        "a snappy length of 4 GiB": (lambda _: b"\xff\xff\xff\xff\x0fA", "decoded_too_large"),
        "no bytes at all": (lambda _: b"", "decompress_failed"),
        "random bytes": (lambda _: _snappy(Random(1).randbytes(1024)), "proto_decode"),
        "a message cut short": (lambda body: _snappy(bytes(cramjam.snappy.decompress_raw(body))[:-3]), "proto_decode"),
        "4 million empty series": (lambda _: _snappy(b"\x2a\x00" * 4_000_000), "too_many_series"),
        "4 million empty symbols": (lambda _: _snappy(b"\x22\x00" * 4_000_000), "too_many_symbols"),
    }
    for name, (damage, code) in damages.items():
        yield replace(refused, name=name, damage=damage, code=code)
    by_v1 = replace(refused, content_type=V1_TYPE)
    for field, what in {1: "series", 3: "metadata"}.items():
        bomb = bytes([field << 3 | 2, 0]) * 4_000_000
        yield replace(by_v1, name=f"4 million empty {what}, by 1.0", damage=_always(bomb), code=f"too_many_{what}")


def _always(message: bytes) -> Callable[[bytes], bytes]:
    return lambda _: _snappy(message)


def one_by_v1(labels: Labels) -> Callable[[int], bytes]:
    return lambda now_ms: write_v1(Series(labels, (Sample(1.0, now_ms),)))


def _snappy(message: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(message))


def _v1_cases() -> Iterator[Case]:
    case = Case("", lambda _: b"", content_type=V1_TYPE)
    declared = tuple(Declared(number, "help", "unit", f"metric_{number}") for number in range(8))
    yield replace(case, name="metadata only, by 1.0", message=lambda _: write_v1(declared=declared))
    yield replace(
        case,
        name="metadata of no metric, by 1.0",
        message=lambda now_ms: write_v1(Series(UP, (Sample(1.0, now_ms),)), declared=(Declared(1),)),
        accepted=False,
        samples=1,
        code="name_missing",
    )
    yield replace(
        case,
        name="everything at once, by 1.0",
        message=lambda now_ms: write_v1(
            Series(
                GOOD,
                (Sample(1.0, now_ms), Sample(2.0, now_ms - 1)),
                histograms=(sided(now_ms, "positive", "negative", zero=True), custom(now_ms - 1)),
                exemplars=(Exemplar(now_ms, {"trace_id": "a"}), Exemplar(now_ms)),
            ),
            declared=declared,
        ),
        samples=2,
        histograms=2,
        exemplars=2,
    )


OWN: tuple[Case, ...] = (
    *_label_cases(),
    *_symbol_cases(),
    *_histogram_cases(),
    *_request_cases(),
    *_v1_cases(),
)
