"""Spans of many series, read with few queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from app.domain.samples import Ints

SERIES_AT_ONCE = 500
NEAR_MS = 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """[start_ms[i], end_ms[i]) of series[i], which is of service[i]; each series once."""

    service: Ints
    series: Ints
    start_ms: Ints
    end_ms: Ints

    def __len__(self) -> int:
        return len(self.series)

    def where(self, chosen: Any) -> "Spans":
        """Some of them."""
        return Spans(self.service[chosen], self.series[chosen], self.start_ms[chosen], self.end_ms[chosen])

    def portions(self) -> Iterator["Spans"]:
        """All of them: some of one service at a time whose spans lie near each other, so that one query reads them."""
        key = (self.series, self.end_ms // NEAR_MS, self.start_ms // NEAR_MS, self.service)
        ordered = self.where(np.lexsort(key))
        is_other = np.zeros(max(0, len(self) - 1), dtype=bool)
        for column in (ordered.service, ordered.start_ms // NEAR_MS, ordered.end_ms // NEAR_MS):
            is_other |= np.diff(column) != 0
        for alike in np.split(np.arange(len(self)), np.flatnonzero(is_other) + 1):
            for at in range(0, len(alike), SERIES_AT_ONCE):
                yield ordered.where(alike[at : at + SERIES_AT_ONCE])

    def by_series(self) -> dict[int, tuple[int, int, int]]:
        """(place, start_ms, end_ms) of each series."""
        columns = (range(len(self)), self.start_ms.tolist(), self.end_ms.tolist())
        return dict(zip(self.series.tolist(), zip(*columns, strict=True), strict=True))

    def of(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Whether a row is of one of these series, which are of one service."""
        is_one = table.c.series_id.in_(self.series.tolist())
        return (table.c.service_id == int(self.service[0])) & is_one
