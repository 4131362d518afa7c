"""Buckets of one source of one service in columns, and as the rows that the table of signals holds."""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.domain.codec import packed_column, packed_rows
from app.domain.lanes import Matrix
from app.domain.minutes import SCALARS
from app.domain.samples import Floats, Ints
from app.store import codec

SIZE = struct.Struct("<I")


@dataclass(frozen=True, slots=True, eq=False)
class SignalColumns:
    """`scalars` has a column for every name of SCALARS; NaN is "no data", there and in `resources`. counts[i] are what
    was observed up to each of the bounds in bucket i.
    """

    service_id: int
    source: str
    rank: int
    bucket_ms: Ints
    scalars: dict[str, Floats]
    bounds: Floats
    counts: Matrix
    exponential: bool
    resources: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.bucket_ms)

    @property
    def has_layout(self) -> bool:
        """Whether a layout stands for the bounds."""
        return len(self.bounds) > 0 and not self.exponential

    def where(self, chosen: Any) -> "SignalColumns":
        """Some of the buckets."""
        return SignalColumns(
            self.service_id,
            self.source,
            self.rank,
            self.bucket_ms[chosen],
            {name: column[chosen] for name, column in self.scalars.items()},
            self.bounds,
            self.counts[chosen],
            self.exponential,
            {name: column[chosen] for name, column in self.resources.items()},
        )

    def rows(self, *, resolution_ms: int, layout_id: int | None) -> Iterator[tuple[object, ...]]:
        """In the order of the table's columns; `layout_id` stands for the bounds where they have a layout."""
        count = len(self)
        has_buckets: list[bool] = np.atleast_1d(self.counts.any(axis=1)).tolist()
        buckets = self._exponential_buckets(has_buckets) if self.exponential else self._buckets(has_buckets)
        return zip(
            [self.service_id] * count,
            [resolution_ms] * count,
            self.bucket_ms.tolist(),
            [self.source] * count,
            [self.rank] * count,
            *(_or_none(self.scalars[name]) for name in SCALARS),
            [layout_id if has and self.has_layout else None for has in has_buckets],
            buckets,
            self._resources(),
            strict=True,
        )

    def _buckets(self, has_buckets: Sequence[bool]) -> list[bytes | None]:
        """Counts alone: their bounds are a layout."""
        packed = packed_rows(self.counts) if any(has_buckets) else [b""] * len(self)
        return [one if has else None for one, has in zip(packed, has_buckets, strict=True)]

    def _exponential_buckets(self, has_buckets: Sequence[bool]) -> list[bytes | None]:
        """With the bounds that are needed: they differ from minute to minute."""
        return [
            _packed_bins(*trimmed(self.bounds, counts)) if has else None
            for counts, has in zip(self.counts, has_buckets, strict=True)
        ]

    def _resources(self) -> list[str | None]:
        """A JSON object of those that are known; None when none is."""
        texts = []
        for name, column in self.resources.items():
            head = json.dumps(name, ensure_ascii=False) + ":"
            values = json.dumps(column.tolist())[1:-1].split(", ")
            texts.append([head + value if value != "NaN" else "" for value in values])
        if not texts:
            return [None] * len(self)
        told = (",".join(filter(None, one)) for one in zip(*texts, strict=True))
        return [f"{{{one}}}" if one else None for one in told]


def joined(parts: Sequence[SignalColumns]) -> SignalColumns:
    """Buckets of one source, one after the other."""
    first = parts[0]
    bounds = first.bounds
    if any(not np.array_equal(one.bounds, bounds) for one in parts):
        bounds = np.unique(np.concatenate([one.bounds for one in parts]))
    counts = np.zeros((sum(len(one) for one in parts), len(bounds)))
    names = sorted({name for one in parts for name in one.resources})
    at = 0
    for one in parts:
        counts[at : at + len(one), np.searchsorted(bounds, one.bounds)] = one.counts
        at += len(one)
    return SignalColumns(
        first.service_id,
        first.source,
        first.rank,
        np.concatenate([one.bucket_ms for one in parts]),
        {name: np.concatenate([one.scalars[name] for one in parts]) for name in SCALARS},
        bounds,
        counts,
        any(one.exponential for one in parts),
        {name: np.concatenate([one.resources.get(name, np.full(len(one), np.nan)) for one in parts]) for name in names},
    )


def trimmed(bounds: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Without the exponential bounds that neither hold anything nor begin a bin that does."""
    needed = counts > 0
    needed[:-1] |= counts[1:] > 0
    return bounds[needed], counts[needed]


def _packed_bins(bounds: Floats, counts: Floats) -> bytes:
    return codec.compress(SIZE.pack(len(bounds)) + packed_column(bounds) + packed_column(counts))


def _or_none(column: Floats) -> list[float | None]:
    values: list[float | None] = column.tolist()
    for at in np.flatnonzero(np.isnan(column)).tolist():
        values[at] = None
    return values
