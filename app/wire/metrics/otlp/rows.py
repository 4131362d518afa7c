"""Points as columns: their series and times, checked on whole arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.samples import Ints
from app.wire.metrics.otlp.families import Family
from app.wire.metrics.otlp.refusals import Refusals, What

NANOS_A_MILLISECOND = np.uint64(1_000_000)
NO_RECORDED_VALUE = 1  # the flag of a point that ends its series

Times = tuple[int, int, int]  # time and start in Unix nanoseconds, flags
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Points in the order they came; `kept` tells those that may be taken, `stale` those that carry no value."""

    kept: Flags
    series: Ints
    at_ms: Ints
    start_ms: Ints
    stale: Flags


class Rows:
    """Points under way to be columns. `what` is the word for one of them in a Refusal."""

    def __init__(self, what: What) -> None:
        self.what = what
        self._series: list[int] = []
        self._at_ns: list[int] = []
        self._start_ns: list[int] = []
        self._flags: list[int] = []
        self._families: list[tuple[int, Family]] = []

    def __len__(self) -> int:
        return len(self._series)

    def begin(self, family: Family) -> None:
        """The rows to come are this family's."""
        self._families.append((len(self), family))

    def add(self, series: int, times: Times) -> None:
        """A point; a negative series -n is one that cannot be, because of the n-th fault."""
        at_ns, start_ns, flags = times
        self._series.append(series)
        self._at_ns.append(at_ns)
        self._start_ns.append(start_ns)
        self._flags.append(flags)

    def columns(self, *, faults: Sequence[Invalid], refusals: Refusals) -> Columns:
        """All rows checked, what is wrong with some counted among the refusals."""
        series = np.array(self._series, dtype=np.int64)
        at_ns = np.array(self._at_ns, dtype=np.uint64)
        start_ns = np.array(self._start_ns, dtype=np.uint64)
        known = series >= 0
        for number, points in zip(*np.unique(-1 - series[~known], return_counts=True), strict=True):
            refusals.add(faults[number].code, str(faults[number]), what=self.what, points=int(points))
        timeless = known & (at_ns == 0)
        self._refuse(timeless, refusals, code="timestamp_missing", says="has points without a time")
        late = start_ns > at_ns
        backwards = known & ~timeless & late & self._each(lambda family: family.is_delta)
        self._refuse(backwards, refusals, code="start_after_time", says="has deltas that end before they start")
        # A clock set back after the sender's start makes every start late: falling values alone then tell of resets.
        startless = late | ~self._each(lambda family: family.has_start)
        return Columns(
            kept=known & ~timeless & ~backwards,
            series=series,
            at_ms=_milliseconds(at_ns),
            start_ms=np.where(startless, 0, _milliseconds(start_ns)),
            stale=np.array(self._flags, dtype=np.uint64) & np.uint64(NO_RECORDED_VALUE) != 0,
        )

    def metric(self, row: int) -> str:
        """The metric a row is of."""
        return next(family.metric for begin, family in reversed(self._families) if begin <= row)

    def _each(self, asks: Callable[[Family], bool]) -> Flags:
        """The answer of each row's family."""
        begins = [begin for begin, _ in self._families]
        sizes = np.diff([*begins, len(self)]) if begins else 0
        return np.repeat(np.array([asks(family) for _, family in self._families], dtype=np.bool_), sizes)

    def _refuse(self, wrong: Flags, refusals: Refusals, *, code: str, says: str) -> None:
        if wrong.any():
            metric = self.metric(int(wrong.argmax()))
            refusals.add(code, f"{metric} {says}.", what=self.what, points=int(wrong.sum()))


def _milliseconds(nanoseconds: NDArray[np.uint64]) -> Ints:
    return (nanoseconds // NANOS_A_MILLISECOND).astype(np.int64)
