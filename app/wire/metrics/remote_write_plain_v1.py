"""The short way for the plain series of remote write 1.0: labels and one sample of our days, and nothing else.

Nearly all that senders send is plain, and such a series ends in a sample of fixed length. What stands before it is
labels where it was found to be so once; the general decoder finds that out, and takes all that is not plain.
"""

from collections.abc import Callable, Sequence

import numpy as np

from app.wire.metrics.remote_write_known import UNKNOWN, Known
from app.wire.metrics.remote_write_octets import (
    SAMPLE,
    TIME,
    TIME_OCTETS,
    VALUE,
    Plain,
    are_times,
    join,
    times,
    values,
)

ZERO_TAIL = 2 + 1 + TIME_OCTETS  # a sample whose value was left out, being 0
VALUE_TAIL = ZERO_TAIL + 9


def read(series: Sequence[bytes], *, known: Known, resolve: Callable[[bytes], int]) -> Plain | None:
    """What is plain among encoded TimeSeries, None when nothing is.

    `resolve` gives the position in the table of labels, encoded as they stand in a TimeSeries, that are not known; a
    series for which it raises Invalid or DecodeError is not plain. So the end of a label that looks like a sample is
    never taken for one: what stands before it is no whole label.
    """
    joined, begins, ends = join(series)
    tail = ends - VALUE_TAIL
    has_value = (joined[tail] == SAMPLE) & (joined[tail + 1] == VALUE_TAIL - 2) & (joined[tail + 2] == VALUE)
    tail = ends - ZERO_TAIL
    has_none = (joined[tail] == SAMPLE) & (joined[tail + 1] == ZERO_TAIL - 2) & ~has_value
    time_at = ends - TIME_OCTETS
    tails = np.where(has_value, VALUE_TAIL, ZERO_TAIL)
    is_plain = (has_value | has_none) & (joined[time_at - 1] == TIME) & are_times(joined, time_at)
    rows = np.flatnonzero(is_plain & (ends - begins > tails))
    if not len(rows):
        return None
    labels = [series[row][:-tail] for row, tail in zip(rows.tolist(), tails[rows].tolist(), strict=True)]
    entries = known.find(labels, lambda at: (resolve(labels[at]), None))
    found = np.flatnonzero(entries != UNKNOWN)
    rows = rows[found]
    return Plain(
        rows,
        known.look_up(entries[found])[0],
        times(joined, time_at[rows]),
        values(joined, np.where(has_value, time_at - 9, -1)[rows]),
        np.zeros(len(rows), dtype=np.int64),
        (),
    )
