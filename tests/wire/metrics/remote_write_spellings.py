"""Remote write 1.0 in every spelling that protobuf allows, and what the three decoders make of it."""

import struct
from collections.abc import Callable
from functools import partial

import cramjam
from hypothesis import strategies as st

from app.domain.errors import AppError
from app.domain.samples import SampleBatch
from app.wire.metrics import remote_write
from app.wire.metrics.remote_write import Protocol
from app.wire.metrics.remote_write_table import SeriesTable
from app.wire.metrics.remote_write_walk import Walker
from tests.wire.metrics.protobuf_writer import double, integer, octets, varint

NOW_MS = 1_700_000_000_000
VARINT_OCTETS = 10
LENGTH_OCTETS = 5


def padded(number: int, octets_more: int) -> bytes:
    """A varint that says with more octets what it could say with fewer."""
    written = varint(number)
    if not octets_more:
        return written
    return written[:-1] + bytes([written[-1] | 0x80]) + b"\x80" * (octets_more - 1) + b"\x00"


def nested(field: int, content: bytes, octets_more: int = 0) -> bytes:
    """A message or string; none of its length's octets is past what decoders read."""
    spare = LENGTH_OCTETS - len(varint(len(content)))
    return varint(field << 3 | 2) + padded(len(content), min(octets_more, spare)) + content


def value(bits: int) -> bytes:
    return b"\x09" + bits.to_bytes(8, "little")


def moment(at_ms: int, octets_more: int = 0) -> bytes:
    return b"\x10" + padded(at_ms & 2**64 - 1, min(octets_more, VARINT_OCTETS - len(varint(at_ms))))


def label(name: bytes | str, text: bytes | str) -> bytes:
    return octets(1, octets(1, name) + octets(2, text))


UP = label("__name__", "up")
SAMPLE = octets(2, double(1, 1.5) + integer(2, NOW_MS))

Framed = Callable[[bytes, bytes], bytes]  # of a tag and what it is the tag of
PLACES: dict[str, Callable[[Framed], bytes]] = {
    "a series": lambda framed: framed(b"\x0a", UP + SAMPLE),
    "a label": lambda framed: octets(1, framed(b"\x0a", UP[2:]) + SAMPLE),
    "a name": lambda framed: octets(1, octets(1, framed(b"\x0a", b"__name__") + octets(2, "up")) + SAMPLE),
    "a value": lambda framed: octets(1, octets(1, octets(1, "__name__") + framed(b"\x12", b"up")) + SAMPLE),
    "a sample": lambda framed: octets(1, UP + framed(b"\x12", SAMPLE[2:])),
    "a sample whose value comes last": lambda framed: octets(1, UP + framed(b"\x12", moment(NOW_MS) + value(7))),
}

# Of one length and different, of one series in two orders, one the beginning of another; and what is to be refused.
BLOCKS = [
    *(UP + label("job", f"job-{n}") for n in range(6)),
    *(label("__name__", name) for name in ("hits_total", "wait_bucket", "température", "日本", "x" * 256)),
    label("job", "job-1") + UP,
    UP,
    UP + label("le", "1.0"),
    UP + label("le", "1"),
    UP + label("note", "é" * 2_048),
    UP + label("note", "é" * 2_048 + "x"),
    label("__name__", "x" * 257),
    UP + label("", "nameless"),
    UP + label("job", ""),
    UP + UP,
    UP + label("job", b"\xff\xfe"),
    UP + label("job", "a\x00b"),
    UP + label("a\nb", "c"),
    label("job", "no metric"),
    octets(1, b""),
]
BITS = [
    0,
    1 << 63,
    0x7FF0000000000002,  # stale
    0x7FF0000000000001,  # a signalling NaN
    0x7FF8000000000001,
    0x7FF8000000000002,
    0xFFF4DEADBEEF0001,
    0x7FFFFFFFFFFFFFFF,
    1,
    *(struct.unpack("<Q", struct.pack("<d", one))[0] for one in (1.5, float("inf"), float("-inf"))),
]

paddings = st.sampled_from([0, 0, 0, 1, 2, 9])
values = (st.sampled_from(BITS) | st.integers(0, 2**64 - 1)).map(value)
times = st.sampled_from([0, 1, -1, NOW_MS, NOW_MS + 1, 2**42, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
moments = st.builds(moment, times, paddings)
usual_samples = st.builds(lambda *parts: nested(2, b"".join(parts)), values, moments)
samples = usual_samples | st.builds(
    lambda fields, more: nested(2, b"".join(fields), more), st.lists(values | moments, max_size=3), paddings
)

texts = st.sampled_from(["__name__", "up", "job", "api", "é", ""]).map(str.encode)
label_fields = st.lists(st.builds(nested, st.sampled_from([1, 2]), texts, paddings), max_size=3).map(b"".join)
labels = st.builds(nested, st.just(1), label_fields, paddings)
blocks = st.sampled_from(BLOCKS) | st.lists(labels, min_size=1, max_size=4).map(b"".join)
plain_series = st.builds(
    lambda block, following, more: nested(1, block + b"".join(following), more),
    blocks,
    st.lists(samples, min_size=1, max_size=3),
    paddings,
)
plain_requests = st.lists(plain_series, max_size=8).map(b"".join)

exemplars = st.just(octets(3, octets(1, octets(1, "trace_id")) + double(2, 1.0)))
unknown = st.sampled_from([integer(9, 5), octets(9, "x"), double(9, 1.0), b"\x4dabcd", b"\x4b\x08\x01\x4c"])
odd_labels = st.builds(lambda *parts: octets(1, b"".join(parts)), label_fields, unknown, label_fields)
odd_samples = st.builds(lambda *parts: octets(2, b"".join(parts)), unknown, values, moments)
odd_fields = st.sampled_from(BLOCKS) | labels | samples | odd_labels | odd_samples | exemplars | unknown
odd_series = st.lists(odd_fields, max_size=5).map(b"".join).map(lambda fields: octets(1, fields))
metadata = st.just(octets(3, integer(1, 1) + octets(2, "hits_total")))
requests = st.lists(plain_series | plain_series | odd_series | metadata | unknown, max_size=8).map(b"".join)


def cut_short(place: str) -> list[bytes]:
    """Requests that are whole but for the end of one thing, which its length knows nothing of."""
    return [PLACES[place](partial(_without_end, missing=missing)) for missing in range(30)]


def _without_end(tag: bytes, content: bytes, *, missing: int) -> bytes:
    kept = content[: max(0, len(content) - missing)]
    return tag + varint(len(kept)) + kept


class Decoders:
    """The walk and the numpy columns, each with what it remembers, held against the general decoder."""

    def __init__(self) -> None:
        self.walker = Walker()
        self.table = SeriesTable()

    def agree(self, body: bytes) -> None:
        """Also the second time, when the labels are known."""
        general = outcome(lambda: decode(body))
        for _ in range(2):
            assert outcome(lambda: decode(body, walker=self.walker)) == general
            assert outcome(lambda: decode(body, table=self.table)) == general


def decode(body: bytes, *, table: SeriesTable | None = None, walker: Walker | None = None) -> SampleBatch:
    return remote_write.decode(snappy(body), protocol=Protocol.V1, table=table, walker=walker)


def snappy(body: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(body))


def outcome(decoded: Callable[[], SampleBatch]) -> object:
    try:
        return told(decoded())
    except AppError as error:
        return type(error), error.code, str(error), error.field, error.hint


def told(batch: SampleBatch) -> tuple[object, ...]:
    """All that a batch says, comparable: series by name, values by their bits, and what is refused by its reason.

    The walk leaves it to whoever asks for a key to find out that its labels are not legal.
    """
    found = {position: _series(batch, position) for position in set(batch.series.tolist())}
    refused = {one.code: (one.message, one.samples, one.histograms, one.exemplars) for one in batch.refusals}
    marks = [0] * len(batch) if batch.marks is None else batch.marks.tolist()
    kept = []
    rows = zip(batch.series.tolist(), batch.at_ms.tolist(), batch.values.view("u8").tolist(), marks, strict=True)
    for position, *sample in rows:
        series = found[position]
        if isinstance(series, AppError):
            message, count, histograms, exemplars = refused.get(series.code, (str(series), 0, 0, 0))
            refused[series.code] = (message, count + 1, histograms, exemplars)
        else:
            kept.append((series, *sample))
    distributions = [(_series(batch, one.series), one.at_ms) for one in batch.histograms]
    return kept, batch.start_ms, distributions, sorted(map(str, batch.metadata)), batch.exemplars, refused


def _series(batch: SampleBatch, position: int) -> object:
    try:
        key = batch.directory.key(position)
    except AppError as error:
        return error
    return key, key.kind, key.unit
