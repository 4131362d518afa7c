"""What every series feeds, as arrays by series id: read by compiled loops."""

from typing import Any

import numpy as np

from app.domain.lanes import Lanes
from app.domain.samples import Ints

FIRST_ROOM = 1_024


class Feeds:
    """Kinds and feeds of series; series i feeds entries begin[i] to end[i] of lane, operation and scale."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.kind = np.full(FIRST_ROOM, -1, dtype=np.int8)
        self.service = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.order = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.begin = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.end = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.lane = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.operation = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.scale = np.zeros(FIRST_ROOM)
        self._count = 0

    def learn(
        self,
        series_id: int,
        *,
        kind: int,
        service_id: int,
        order: int,
        feeds: list[tuple[int, int, float]],
    ) -> None:
        """A series and what it feeds: (lane, operation, scale) each. Sums are made in ascending `order`."""
        if series_id >= len(self.kind):
            self._grow_series(series_id + 1)
        if self._count + len(feeds) > len(self.lane):
            self._grow_feeds(self._count + len(feeds))
        self.kind[series_id] = kind
        self.service[series_id] = service_id
        self.order[series_id] = order
        self.begin[series_id] = self._count
        for lane, operation, scale in feeds:
            self.lane[self._count] = lane
            self.operation[self._count] = operation
            self.scale[self._count] = scale
            self._count += 1
        self.end[series_id] = self._count

    def knows(self, series_id: int) -> bool:
        return series_id < len(self.kind) and bool(self.kind[series_id] >= 0)

    def unknown(self, series: Ints) -> Ints:
        """Those of these series that have not been learned."""
        beyond = series >= len(self.kind)
        if beyond.any():
            inside = series[~beyond]
            return np.unique(np.concatenate((series[beyond], inside[self.kind[inside] < 0])))
        missing: Ints = series[self.kind[series] < 0]
        return np.unique(missing) if len(missing) else missing

    def _grow_series(self, wanted: int) -> None:
        size = max(2 * len(self.kind), wanted)
        self.kind = longer(self.kind, size, -1)
        for name in ("service", "order", "begin", "end"):
            setattr(self, name, longer(getattr(self, name), size))

    def _grow_feeds(self, wanted: int) -> None:
        size = max(2 * len(self.lane), wanted)
        for name in ("lane", "operation", "scale"):
            setattr(self, name, longer(getattr(self, name), size))


def longer(array: Any, size: int, fill: int = 0) -> Any:
    """The same array with more room at its end, laid out as it was."""
    grown: Any = np.full((size, *array.shape[1:]), fill, dtype=array.dtype, order="F" if array.flags.fnc else "C")
    grown[: len(array)] = array
    return grown
