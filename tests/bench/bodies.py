"""Remote write 1.0 requests, encoded before they are sent: what the sender costs must not slow what is measured.

As Prometheus does, series are dealt out over the connections, and every connection sends its samples in the order of
time, so many a request, one TimeSeries a sample. The labels of a request are laid out once; for each request only the
18 bytes of every sample are written into it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cramjam
import numpy as np
from numpy.typing import NDArray

from app.demo import protobuf, remote_write
from app.demo.remote_write import HEAD, SAMPLE, TAG
from tests.bench import targets
from tests.bench.targets import INSTANCES
from tests.bench.values import COLUMNS, values

INTERVAL_MS = 15_000
SCRAPES_AT_ONCE = 40
SAMPLE_BYTES = SAMPLE.itemsize


@dataclass(frozen=True, slots=True)
class Load:
    """So many scrapes of so many targets, the last one at `end_ms`."""

    targets: int
    scrapes: int
    end_ms: int
    instances: int = INSTANCES
    connections: int = 4
    samples_a_request: int = 2_000
    interval_ms: int = INTERVAL_MS
    whole_services: bool = False  # a service goes over one connection, instead of every series over its own
    seed: int = 7

    @property
    def series(self) -> int:
        return self.targets * len(COLUMNS)

    @property
    def begin_ms(self) -> int:
        """When the first scrape begins."""
        return self.end_ms - self.scrapes * self.interval_ms

    @property
    def samples(self) -> int:
        return self.series * self.scrapes

    def times(self) -> NDArray[np.int64]:
        """Of every scrape and series, (scrapes, series): targets take their turns within the interval."""
        scrapes = self.end_ms - self.interval_ms * np.arange(self.scrapes - 1, -1, -1, dtype=np.int64)
        turns = self.interval_ms * np.arange(self.targets - 1, -1, -1, dtype=np.int64) // self.targets
        return scrapes[:, None] - np.repeat(turns, len(COLUMNS))

    def services(self) -> NDArray[np.int64]:
        """The number of the service of every series."""
        return np.arange(self.series) // (self.instances * len(COLUMNS))

    def dealt(self) -> list[NDArray[np.int64]]:
        """The positions of the series of each connection."""
        turns = self.services() if self.whole_services else np.arange(self.series)
        return [np.flatnonzero(turns % self.connections == number) for number in range(self.connections)]


def encode(load: Load) -> list[list[bytes]]:
    """The compressed requests of every connection."""
    lanes = [list(lane) for lane in lanes_of(load)]
    lines = [_Line(lane, load.samples_a_request) for lane in lanes]
    drawn = values(load.targets, seed=load.seed)
    times = load.times()
    for first in range(0, load.scrapes, SCRAPES_AT_ONCE):
        at_ms = times[first : first + SCRAPES_AT_ONCE]
        found = drawn.scrapes(len(at_ms)).reshape(len(at_ms), load.series)
        for line, positions in zip(lines, load.dealt(), strict=True):
            line.take(at_ms[:, positions], found[:, positions])
    return [line.finish() for line in lines]


def lanes_of(load: Load) -> Iterator[Sequence[bytes]]:
    """The encoded labels of the series of each connection."""
    encoded = [remote_write.series(labels) for labels in targets.series_labels(load.targets, instances=load.instances)]
    for positions in load.dealt():
        yield [encoded[at] for at in positions]


@dataclass(slots=True)
class _Layout:
    """A request without its samples, and where they go."""

    frame: bytearray
    places: NDArray[np.int64]


@dataclass(slots=True)
class _Line:
    """One connection: its series, in a circle, and what has not filled a request yet."""

    labels: list[bytes]
    samples_a_request: int
    bodies: list[bytes] = field(default_factory=list)
    rest: NDArray[np.void] = field(default_factory=lambda: np.empty(0, dtype=SAMPLE))
    at: int = 0
    layouts: dict[tuple[int, int], _Layout] = field(default_factory=dict)

    def take(self, at_ms: NDArray[np.int64], found: NDArray[np.float64]) -> None:
        """The times and values of some scrapes: (scrapes, series)."""
        samples = np.empty(found.shape, dtype=SAMPLE)
        samples["head"], samples["tag"] = HEAD, TAG
        samples["value"] = found
        samples["at"] = protobuf.wide_varints(at_ms, 6)
        self.rest = np.concatenate((self.rest, samples.reshape(-1)))
        whole = len(self.rest) // self.samples_a_request * self.samples_a_request
        for first in range(0, whole, self.samples_a_request):
            self._close(self.rest[first : first + self.samples_a_request])
        self.rest = self.rest[whole:].copy()

    def finish(self) -> list[bytes]:
        """All requests, the last one short perhaps."""
        if len(self.rest):
            self._close(self.rest)
            self.rest = self.rest[:0]
        return self.bodies

    def _close(self, samples: NDArray[np.void]) -> None:
        layout = self._layout(len(samples))
        frame = np.frombuffer(layout.frame, dtype=np.uint8)
        frame[layout.places] = np.ascontiguousarray(samples).view(np.uint8).reshape(-1, SAMPLE_BYTES)
        self.bodies.append(bytes(cramjam.snappy.compress_raw(layout.frame)))
        self.at = (self.at + len(samples)) % len(self.labels)

    def _layout(self, count: int) -> _Layout:
        known = self.layouts.get((self.at, count))
        if known is not None:
            return known
        parts: list[bytes] = []
        ends = []
        size = 0
        for k in range(count):
            labels = self.labels[(self.at + k) % len(self.labels)]
            part = b"\x0a" + protobuf.varint(len(labels) + SAMPLE_BYTES) + labels + bytes(SAMPLE_BYTES)
            parts.append(part)
            size += len(part)
            ends.append(size)
        places = np.array(ends)[:, None] - SAMPLE_BYTES + np.arange(SAMPLE_BYTES)
        self.layouts[self.at, count] = _Layout(bytearray(b"".join(parts)), places)
        return self.layouts[self.at, count]
