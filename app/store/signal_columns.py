"""Buckets of one source of one service in columns, and as the rows that the table of signals holds."""

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.domain.codec import packed_column, unpack_column
from app.domain.lanes import Matrix
from app.domain.minutes import SCALARS, SourceMinutes
from app.domain.packed_rows import packed_rows, unpacked_rows
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS
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

    def put_into(self, ring: SourceMinutes, *, unit_ms: int = MINUTE_MS) -> None:
        """Everything known of these buckets, in place of what the ring knows of them."""
        ring.put_all(
            self.bucket_ms // unit_ms,
            self.scalars,
            bounds=self.bounds,
            counts=self.counts,
            exponential=self.exponential,
            resources=self.resources,
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


def columns_of(service_id: int, columns: Sequence[Sequence[Any]], layouts: Mapping[int, Floats]) -> SignalColumns:
    """Of rows of one source: source, rank, bucket, SCALARS, layout, buckets and resources, as the table holds them."""
    sources, ranks, bucket_ms, *numbers, layout, packed, told = columns
    bounds, counts, exponential = _distributions(packed, layout, layouts)
    return SignalColumns(
        service_id,
        sources[0],
        ranks[0],
        np.array(bucket_ms, dtype=np.int64),
        {name: np.array(column, dtype=np.float64) for name, column in zip(SCALARS, numbers, strict=True)},
        bounds,
        counts,
        exponential,
        _told_resources(told),
    )


def _distributions(
    packed: Sequence[bytes | None], layout: Sequence[int | None], layouts: Mapping[int, Floats]
) -> tuple[Floats, Matrix, bool]:
    """The bounds of all buckets together, what each of them holds, and whether bounds are exponential."""
    held: dict[int, list[int]] = {}
    own: list[int] = []  # places of those with bounds of their own
    for place, (data, number) in enumerate(zip(packed, layout, strict=True)):
        if data is not None:
            (own if number is None else held.setdefault(number, [])).append(place)
    bins = [unpacked_bins(packed[place] or b"") for place in own]
    bounds = np.unique(np.concatenate([np.empty(0), *(found for found, _ in bins), *(layouts[one] for one in held)]))
    counts = np.zeros((len(packed), len(bounds)))
    for number, places in held.items():
        columns = np.searchsorted(bounds, layouts[number])
        counts[np.array(places)[:, None], columns] = unpacked_rows([packed[one] or b"" for one in places], len(columns))
    if bins:
        rows = np.repeat(own, [len(found) for found, _ in bins])
        columns = np.searchsorted(bounds, np.concatenate([found for found, _ in bins]))
        counts[rows, columns] = np.concatenate([one for _, one in bins])
    return bounds, counts, bool(bins)


def _told_resources(told: Sequence[str | None]) -> dict[str, Floats]:
    """Columns from JSON objects: read as one text, which is quicker than one by one."""
    if not any(told):
        return {}
    rows = json.loads(f"[{','.join(one or '{}' for one in told)}]")
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, math.nan) for row in rows], dtype=np.float64) for name in names}


def unpacked_bins(data: bytes) -> tuple[Floats, Floats]:
    """Exponential bounds and what is counted between them."""
    plain = codec.expand(data)
    bounds, counts = np.empty((2, *SIZE.unpack_from(plain)))
    buf = np.frombuffer(plain, dtype=np.uint8)
    unpack_column(buf, unpack_column(buf, SIZE.size, bounds), counts)
    return bounds, counts


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
