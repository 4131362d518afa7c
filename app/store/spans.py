"""Spans of many series, read with few queries."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.domain.samples import Ints

SPANS_AT_ONCE = 500
NEAR_MS = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """[start_ms[i], end_ms[i]) of series[i], which is of service[i]; a series may have several that do not meet."""

    service: Ints
    series: Ints
    start_ms: Ints
    end_ms: Ints

    def __len__(self) -> int:
        return len(self.series)

    def portions(self) -> Iterator["Portion"]:
        """Each span once: with others of its service that lie near it, so that one query reads them."""
        near: dict[tuple[int, int, int], Portion] = {}
        columns = (self.service.tolist(), self.series.tolist(), self.start_ms.tolist(), self.end_ms.tolist())
        for place, (service_id, series_id, start_ms, end_ms) in enumerate(zip(*columns, strict=True)):
            key = (service_id, start_ms // NEAR_MS, end_ms // NEAR_MS)
            portion = near.setdefault(key, Portion(service_id))
            portion.spans.setdefault(series_id, []).append((place, start_ms, end_ms))
            if len(portion.spans) == SPANS_AT_ONCE:
                yield near.pop(key)
        yield from near.values()


@dataclass(frozen=True, slots=True)
class Portion:
    """Some spans of one service: by series (place among all, start_ms, end_ms) of each."""

    service_id: int
    spans: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)

    @property
    def start_ms(self) -> int:
        return min(start_ms for spans in self.spans.values() for _, start_ms, _ in spans)

    @property
    def end_ms(self) -> int:
        return max(end_ms for spans in self.spans.values() for _, _, end_ms in spans)

    def of(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Whether a row is of one of the series."""
        return (table.c.service_id == self.service_id) & table.c.series_id.in_(list(self.spans))

    def overlapped(self, series_id: int, first_ms: int, last_ms: int) -> list[int]:
        """The places of the spans that a row from first_ms to last_ms has a part of."""
        spans = self.spans[series_id]
        return [place for place, start_ms, end_ms in spans if first_ms < end_ms and last_ms >= start_ms]
