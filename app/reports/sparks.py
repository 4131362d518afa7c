"""Sparklines as SVG path data: whole numbers, relative steps, gaps as gaps.

Sixty points of three signals of 200 services go into one page, so bytes are counted and microseconds too: a path is
drawn in whole numbers in a box of WIDTH x HEIGHT that the style sheet scales.
"""

from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from app.domain.signals import Floats

POINTS = 60
GAP = -1
STEP = 2
TICK_FROM = 0.5  # of the limit: a line far below it needs no tick
WIDTH, HEIGHT = (POINTS - 1) * STEP, 20


@dataclass(frozen=True, slots=True)
class Spark:
    """A drawn line: SVG path data, and the height of the threshold's tick where there is one in the picture."""

    path: str = ""
    tick: int | None = None


def spark(column: Floats, *, least: float = 0.0, limit: float | None = None) -> Spark:
    """A signal's line, from 0 to its highest value (at least `least`, so that a trace stays a trace)."""
    known = column[~np.isnan(column)]
    highest = float(known.max()) if len(known) else 0.0
    top = max(least, highest)
    near = limit is not None and highest >= limit * TICK_FROM
    return Spark(path(column, top=top), tick(limit, top=top) if near else None)


def bar(share: float | None) -> Spark:
    """A share as a bar from the left: full is WIDTH."""
    if share is None:
        return Spark()
    return Spark(f"M0 {HEIGHT // 2}h{round(min(max(share, 0.0), 1.0) * WIDTH)}")


def path(column: Floats, *, top: float) -> str:
    """The `d` of a line through a column, oldest left; 0 at the bottom and `top` at the upper edge."""
    if top > 0:
        shares = np.minimum(np.maximum(column / top, 0.0), 1.0)
        heights = np.where(np.isnan(column), GAP, HEIGHT - np.rint(shares * HEIGHT))
    else:
        heights = np.where(np.isnan(column), GAP, HEIGHT)
    pieces: list[str] = []
    at = 0
    for is_gap, run in groupby(heights.astype(int).tolist(), key=GAP.__eq__):
        ys = list(run)
        if not is_gap:
            pieces.append(_line(at * STEP, ys))
        at += len(ys)
    return "".join(pieces)


def tick(limit: float | None, *, top: float) -> int | None:
    """The height of a threshold's tick; None when it lies outside the picture."""
    if limit is None or not 0 < limit <= top:
        return None
    return HEIGHT - round(limit / top * HEIGHT)


def _line(x: int, ys: list[int]) -> str:
    """One unbroken stretch, points on a straight line left out; a single point becomes a dot (round line caps)."""
    if len(set(ys)) == 1:
        return f"M{x} {ys[0]}h{(len(ys) - 1) * STEP}"
    steps = [(len(list(run)), rise) for rise, run in groupby([y - before for before, y in pairwise(ys)])]
    return f"M{x} {ys[0]}l" + " ".join(
        [f"{n * STEP}{n * rise}" if rise < 0 else f"{n * STEP} {n * rise}" for n, rise in steps]
    )
