"""What a histogram point carries, from either encoding, and the distributions made of it, many at a time.

A distribution's own check costs more than all the rest of a point. What repeats (bounds, scale, zero threshold) is
checked once by the domain's constructors; counts are unsigned integers already, so only their sum is left to compare.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.histograms import (
    MAX_BUCKETS,
    NO_BUCKETS,
    Buckets,
    ExplicitHistogram,
    ExponentialHistogram,
    Floats,
    Histogram,
)

Counts = NDArray[np.uint64]
T = TypeVar("T")


class Explicit(NamedTuple):
    """`counts` are unsigned 64-bit integers and `bounds` doubles, both little-endian, as protobuf packs them."""

    counts: bytes
    bounds: bytes
    observations: int
    total: float | None


class Exponential(NamedTuple):
    scale: int
    zero_threshold: float
    zero_count: int
    positive_offset: int
    positive: Counts
    negative_offset: int
    negative: Counts
    observations: int
    total: float | None


Carried = Explicit | Exponential


def packed_counts(numbers: Sequence[int]) -> bytes:
    return np.array(numbers, dtype="<u8").tobytes()


def packed_bounds(numbers: Sequence[float]) -> bytes:
    return np.array(numbers, dtype="<f8").tobytes()


def built(carried: Sequence[Carried]) -> list[Histogram | str]:
    """The distribution of each point, or what is wrong with it."""
    explicit = iter(_explicit([one for one in carried if isinstance(one, Explicit)]))
    checked: dict[tuple[int, float], str] = {}
    return [next(explicit) if isinstance(one, Explicit) else _exponential(one, checked) for one in carried]


def _explicit(points: list[Explicit]) -> list[Histogram | str]:
    if not points:
        return []
    raw = [one.counts or one.observations.to_bytes(8, "little") for one in points]
    exact = np.frombuffer(b"".join(raw), dtype="<u8")
    sizes = np.fromiter(map(len, raw), dtype=np.int64, count=len(raw)) // 8
    ends = np.cumsum(sizes)
    sums = np.add.reduceat(exact, ends - sizes).tolist()
    counts = exact.astype(np.float64)
    checked: dict[bytes, Floats | str] = {}
    made: list[Histogram | str] = []
    for one, size, end, summed in zip(points, sizes.tolist(), ends.tolist(), sums, strict=True):
        bounds = checked.get(one.bounds)
        if bounds is None:
            bounds = checked[one.bounds] = _checked_bounds(one.bounds)
        if isinstance(bounds, str):
            made.append(bounds)
        elif len(bounds) + 1 != size:
            made.append(f"{len(bounds)} bounds need {len(bounds) + 1} counts, not {size}")
        elif summed != one.observations:
            made.append(f"its buckets hold {summed} observations, its count says {one.observations}")
        else:
            made.append(_unchecked(ExplicitHistogram, bounds=bounds, counts=counts[end - size : end], total=one.total))
    return made


def _checked_bounds(raw: bytes) -> Floats | str:
    """The bounds, or what is wrong with them."""
    bounds = np.frombuffer(raw, dtype="<f8").astype(np.float64)
    try:
        ExplicitHistogram(bounds, np.zeros(len(bounds) + 1))
    except Invalid as fault:
        return _reason(fault)
    return bounds


def _exponential(one: Exponential, checked: dict[tuple[int, float], str]) -> Histogram | str:
    frame = (one.scale, one.zero_threshold)
    wrong = checked.get(frame)
    if wrong is None:
        wrong = checked[frame] = _wrong_frame(*frame)
    if wrong:
        return wrong
    if max(len(one.positive), len(one.negative)) > MAX_BUCKETS:
        return f"{max(len(one.positive), len(one.negative))} buckets are over the limit of {MAX_BUCKETS}"
    summed = one.zero_count + int(one.positive.sum()) + int(one.negative.sum())
    if summed != one.observations:
        return f"its buckets hold {summed} observations, its count says {one.observations}"
    positive = _buckets(one.positive_offset, one.positive)
    negative = _buckets(one.negative_offset, one.negative)
    return _unchecked(
        ExponentialHistogram,
        scale=one.scale,
        zero_threshold=one.zero_threshold,
        zero_count=float(one.zero_count),
        positive=positive,
        negative=negative,
        total=one.total,
    )


def _wrong_frame(scale: int, zero_threshold: float) -> str:
    try:
        ExponentialHistogram(scale, zero_threshold, 0.0, NO_BUCKETS)
    except Invalid as fault:
        return _reason(fault)
    return ""


def _buckets(offset: int, counts: Counts) -> Buckets:
    return _unchecked(Buckets, offset=offset, counts=counts.astype(np.float64)) if len(counts) else NO_BUCKETS


def _unchecked(kind: type[T], **parts: object) -> T:
    """A frozen value whose parts were checked before: its own constructor would check them again at every point."""
    made = object.__new__(kind)
    for name, part in parts.items():
        object.__setattr__(made, name, part)
    return made


def _reason(fault: Invalid) -> str:
    return str(fault).partition(": ")[2].rstrip(".")
