"""Remote-write requests, 1.0 and 2.0, from plain values."""

import struct
from dataclasses import dataclass, field

from tests.wire.metrics.protobuf_writer import double, doubles, integer, octets, packed, zigzag

STALE: float = struct.unpack("<d", b"\x02\x00\x00\x00\x00\x00\xf0\x7f")[0]

Labels = dict[str, str] | list[tuple[str | bytes, str | bytes]]


@dataclass(frozen=True)
class Sample:
    value: float
    at_ms: int
    start_ms: int = 0


@dataclass(frozen=True)
class Exemplar:
    at_ms: int
    labels: dict[str, str] = field(default_factory=dict)
    value: float = 1.0


@dataclass(frozen=True)
class Declared:
    """Metadata; `type` is its number on the wire. `metric` is told in 1.0 only."""

    type: int = 0
    help: str = ""
    unit: str = ""
    metric: str = ""


@dataclass(frozen=True)
class Series:
    labels: Labels
    samples: tuple[Sample, ...] = ()
    histograms: tuple[bytes, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    declared: Declared | None = None
    created_ms: int = 0

    @property
    def pairs(self) -> list[tuple[str | bytes, str | bytes]]:
        return list(self.labels.items()) if isinstance(self.labels, dict) else self.labels


def write_v1(*series: Series, declared: tuple[Declared, ...] = ()) -> bytes:
    """A prometheus.WriteRequest."""
    return b"".join(octets(1, _series_v1(one)) for one in series) + b"".join(
        octets(3, integer(1, one.type) + octets(2, one.metric) + octets(4, one.help) + octets(5, one.unit))
        for one in declared
    )


def _series_v1(series: Series) -> bytes:
    labels = b"".join(octets(1, _label(name, value)) for name, value in series.pairs)
    samples = b"".join(octets(2, double(1, one.value) + integer(2, one.at_ms)) for one in series.samples)
    exemplars = b"".join(
        octets(
            3,
            b"".join(octets(1, _label(name, value)) for name, value in one.labels.items())
            + double(2, one.value)
            + integer(3, one.at_ms),
        )
        for one in series.exemplars
    )
    return labels + samples + exemplars + b"".join(octets(4, one) for one in series.histograms)


def _label(name: str | bytes, value: str | bytes) -> bytes:
    return octets(1, name) + octets(2, value)


def write_v2(*series: Series, symbols: tuple[str | bytes, ...] = ("",)) -> bytes:
    """An io.prometheus.write.v2.Request whose symbols are those given and then the new ones as they occur."""
    table: dict[str | bytes, int] = {symbol: at for at, symbol in enumerate(symbols)}
    written = b"".join(octets(5, _series_v2(one, table)) for one in series)
    return b"".join(octets(4, symbol) for symbol in table) + written


def _series_v2(series: Series, table: dict[str | bytes, int]) -> bytes:
    def refs(pairs: list[tuple[str | bytes, str | bytes]]) -> bytes:
        return packed(1, [table.setdefault(text, len(table)) for pair in pairs for text in pair])

    def exemplar(one: Exemplar) -> bytes:
        return refs(list(one.labels.items())) + double(2, one.value) + integer(3, one.at_ms)

    declared = b""
    if series.declared:
        help_ref, unit_ref = (
            table.setdefault(text, len(table)) for text in (series.declared.help, series.declared.unit)
        )
        declared = octets(5, integer(1, series.declared.type) + integer(3, help_ref) + integer(4, unit_ref))
    samples = [double(1, one.value) + integer(2, one.at_ms) + integer(3, one.start_ms) for one in series.samples]
    return (
        refs(series.pairs)
        + b"".join(octets(2, one) for one in samples)
        + b"".join(octets(3, one) for one in series.histograms)
        + b"".join(octets(4, exemplar(one)) for one in series.exemplars)
        + declared
        + integer(6, series.created_ms)
    )


@dataclass(frozen=True)
class Spans:
    """Buckets of one side: (offset, length) pairs; deltas make an integer histogram, counts a float one."""

    spans: tuple[tuple[int, int], ...] = ()
    deltas: tuple[int, ...] = ()
    counts: tuple[float, ...] = ()

    def written(self, first_field: int) -> bytes:
        spans = b"".join(
            octets(first_field, integer(1, zigzag(offset)) + integer(2, length)) for offset, length in self.spans
        )
        deltas = packed(first_field + 1, map(zigzag, self.deltas)) if self.deltas else b""
        return spans + deltas + (doubles(first_field + 2, self.counts) if self.counts else b"")


NO_SPANS = Spans()


def native_histogram(
    *,
    at_ms: int,
    count: float = 0,
    total: float = 0.0,
    schema: int = 0,
    zero_threshold: float = 0.0,
    zero_count: float = 0,
    positive: Spans = NO_SPANS,
    negative: Spans = NO_SPANS,
    bounds: tuple[float, ...] = (),
    hint: int = 0,
    start_ms: int = 0,
) -> bytes:
    """A histogram message; a count that is an int makes an integer histogram, even when it is 0."""
    if isinstance(count, int):
        counted = integer(1, count) or b"\x08\x00"
        zeros = integer(6, int(zero_count))
    else:
        counted = double(2, count) or b"\x11" + bytes(8)
        zeros = double(7, zero_count)
    return (
        counted
        + double(3, total)
        + integer(4, zigzag(schema))
        + double(5, zero_threshold)
        + zeros
        + negative.written(8)
        + positive.written(11)
        + integer(14, hint)
        + integer(15, at_ms)
        + (doubles(16, bounds) if bounds else b"")
        + integer(17, start_ms)
    )
