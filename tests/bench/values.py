"""Numbers that move as those of real programs do, many scrapes at a time. The same seed gives the same numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.targets import BOUNDS, Column, Move, columns

Floats = NDArray[np.float64]

# What share of a route's requests falls into each bin between BOUNDS, and how long those take.
SHARES = np.array([0.02, 0.08, 0.25, 0.3, 0.2, 0.1, 0.03, 0.012, 0.005, 0.002, 0.0008, 0.0002])
SECONDS = np.array([0.004, 0.008, 0.018, 0.037, 0.07, 0.16, 0.35, 0.7, 1.6, 3.4, 7.0, 14.0])
PERIOD = 240.0  # scrapes in the slow wave of gauges


@dataclass(slots=True)
class Values:
    """The counters and gauges of so many targets."""

    targets: int
    rng: np.random.Generator
    total: Floats
    scale: Floats  # (targets, columns): one target is busier than another
    at: int = 0

    def scrapes(self, count: int) -> Floats:
        """The values of the next scrapes: (count, targets, columns)."""
        grown = np.zeros((count, self.targets, len(COLUMNS)))
        self._take_durations(grown)
        for move in (Move.EVENTS, Move.CENTS, Move.SECONDS):
            of_move = MOVES[move] if move is not Move.SECONDS else FREE_SECONDS
            events = self.rng.poisson(np.broadcast_to(self._pace(of_move), (count, self.targets, len(of_move))))
            grown[:, :, of_move] = self._amount(move, events)
        found = np.cumsum(grown, axis=0) + self.total
        self.total = found[-1].copy()
        found[:, :, MOVES[Move.CENTS]] = np.round(found[:, :, MOVES[Move.CENTS]], 2)
        self._take_gauges(found, count)
        self.at += count
        return found

    def _take_durations(self, grown: Floats) -> None:
        width = len(BOUNDS)
        for place, first in enumerate(range(0, len(MOVES[Move.BUCKET]), width)):
            buckets = MOVES[Move.BUCKET][first : first + width]
            pace = self._pace(buckets)[:, :1] * SHARES
            bins = self.rng.poisson(np.broadcast_to(pace, (len(grown), self.targets, width)))
            grown[:, :, buckets] = np.cumsum(bins, axis=2)
            grown[:, :, MOVES[Move.COUNT][place]] = grown[:, :, buckets[-1]]
            spread = self.rng.uniform(0.9, 1.1, size=grown.shape[:2])
            grown[:, :, ROUTE_SECONDS[place]] = (bins @ SECONDS) * spread

    def _amount(self, move: Move, events: NDArray[Any]) -> Any:
        if move is Move.EVENTS:
            return events
        if move is Move.CENTS:
            return events / 100
        return events * self.rng.uniform(0.0005, 0.0015, size=events.shape)

    def _pace(self, of_move: list[int]) -> Floats:
        sizes = np.array([COLUMNS[at].size for at in of_move])
        return sizes * self.scale[:, of_move[0], None]

    def _take_gauges(self, found: Floats, count: int) -> None:
        turn = (self.at + np.arange(count))[:, None] / PERIOD + np.arange(self.targets)
        wave = 1 + 0.2 * np.sin(2 * np.pi * turn)
        for move, decimals in ((Move.LEVEL, 0), (Move.RATIO, 3)):
            for at in MOVES[move]:
                noise = 1 + 0.02 * self.rng.standard_normal(wave.shape)
                found[:, :, at] = np.round(COLUMNS[at].size * self.scale[:, at] * wave * noise, decimals)
        for at in MOVES[Move.STILL]:
            found[:, :, at] = COLUMNS[at].size


def values(targets: int, *, seed: int) -> Values:
    """Programs that have been running for a while."""
    rng = np.random.default_rng(seed)
    scale = np.repeat(np.exp(rng.normal(0, 1.2, size=(targets, 1))), len(COLUMNS), axis=1)
    drawn = Values(targets, rng, np.zeros((targets, len(COLUMNS))), scale)
    drawn.scrapes(1)
    drawn.total = np.round(drawn.total * rng.integers(500, 5_000, size=(targets, 1)), 2)
    return drawn


COLUMNS: tuple[Column, ...] = columns()
MOVES = {move: [at for at, column in enumerate(COLUMNS) if column.move is move] for move in Move}
ROUTE_SECONDS = [at for at in MOVES[Move.SECONDS] if COLUMNS[at].metric.startswith("http_")]
FREE_SECONDS = [at for at in MOVES[Move.SECONDS] if at not in ROUTE_SECONDS]
