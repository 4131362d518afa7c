"""Distributions of one series as one table: a row a sample, a column a bin. What is alike is read at once.

Nearly all that a sender ever sends of a series is alike: explicit bounds that stay, or exponential buckets that widen
once in a while. What is not is left to `distributions`, one sample at a time; both must say the same.
"""

from dataclasses import dataclass

import numpy as np

from app.domain.distributions import FINEST_SCALE, bound_of
from app.domain.histogram_codec import EXPLICIT, EXPLICIT_HEAD, EXPONENTIAL, EXPONENTIAL_HEAD, Packed
from app.domain.lanes import Matrix
from app.domain.samples import Floats, Ints

MOST_NUMBERS = 4_000_000  # in a table


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """counts[i, j] observations of sample i up to bounds[j] and above the bound before; a total of NaN is not told."""

    bounds: Floats
    counts: Matrix
    total: Floats
    exponential: bool


def table(samples: Packed) -> Table | None:
    """The distributions of samples (at least one, none a staleness marker); None when they are not alike."""
    if (samples.form == EXPLICIT).all():
        return _explicit(samples)
    if (samples.form == EXPONENTIAL).all():
        return _exponential(samples)
    return None


def _explicit(samples: Packed) -> Table | None:
    sizes = samples.end - samples.begin
    size = int(sizes[0])
    if (sizes != size).any() or size * len(sizes) > 8 * MOST_NUMBERS:
        return None
    bounds = (size - EXPLICIT_HEAD.size) // 16
    form = [("total", "<f8"), ("size", "<u4"), ("bounds", "<f8", (bounds,)), ("counts", "<f8", (bounds + 1,))]
    records = np.frombuffer(samples.bodies(), dtype=form)
    if (records["bounds"] != records["bounds"][0]).any():
        return None
    upper = np.append(records["bounds"][0], np.inf)
    return Table(upper, records["counts"].copy(), records["total"].copy(), exponential=False)


HEADS = np.dtype(
    [
        ("scale", "i1"),
        ("threshold", "<f8"),
        ("zeros", "<f8"),
        ("total", "<f8"),
        ("offset", "<i4"),
        ("positives", "<u4"),
        ("negative_offset", "<i4"),
        ("negatives", "<u4"),
    ]
)


def _exponential(samples: Packed) -> Table | None:
    head_size = EXPONENTIAL_HEAD.size
    heads = np.frombuffer(samples.bodies(sizes=np.full(len(samples), head_size)), dtype=HEADS)
    scales = np.minimum(heads["scale"].astype(np.int64), FINEST_SCALE)
    scale = int(scales[0])
    alike = (scales == scale).all() and (heads["threshold"] == heads["threshold"][0]).all()
    if not alike or heads["negatives"].any():
        return None
    sizes = heads["positives"].astype(np.int64)
    counts = np.frombuffer(samples.bodies(at=head_size, sizes=8 * sizes))
    row = np.repeat(np.arange(len(sizes)), sizes)
    index = np.arange(len(counts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    index = (heads["offset"].astype(np.int64)[row] + index) >> (heads["scale"].astype(np.int64) - scale)[row]
    filled = counts > 0
    zeros = heads["zeros"] if heads["zeros"].any() else np.empty(0)
    thresholds = heads["threshold"][:1] if len(zeros) else np.empty(0)
    row, index, counts = row[filled], index[filled], counts[filled]
    kinds, kind = np.unique(index, return_inverse=True)
    bounds = np.unique(np.concatenate((bound_of(scale, kinds), bound_of(scale, kinds + 1), thresholds)))
    if len(bounds) * len(sizes) > MOST_NUMBERS:
        return None
    column = np.searchsorted(bounds, bound_of(scale, kinds + 1))[kind]
    table = _summed(row, column, counts, rows=len(sizes), columns=len(bounds))
    if len(zeros):
        table[:, np.searchsorted(bounds, thresholds[0])] += zeros
    return Table(bounds, table, heads["total"].copy(), exponential=True)


def _summed(row: Ints, column: Ints, counts: Floats, *, rows: int, columns: int) -> Matrix:
    """A table of counts, those of one place added up in their order."""
    if columns == 0:
        return np.zeros((rows, 0))
    flat = np.bincount(row * columns + column, weights=counts, minlength=rows * columns)
    return np.asarray(flat, dtype=np.float64).reshape(rows, columns)
