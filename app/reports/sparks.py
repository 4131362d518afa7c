"""Sparklines as SVG path data: whole numbers, relative steps, gaps as gaps.

Sixty points of three signals of 200 services go into one page, so every byte is counted: points on a straight line
are left out and a path is drawn in a box of WIDTH x HEIGHT that the style sheet scales.
"""

from dataclasses import dataclass

import numpy as np

from app.domain.signals import Floats

POINTS = 60
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
    heights = np.where(
        np.isnan(column), -1, HEIGHT - np.rint(np.clip(column / top, 0, 1) * HEIGHT) if top > 0 else HEIGHT
    )
    pieces: list[str] = []
    run: list[tuple[int, int]] = []
    for at, height in enumerate(heights.astype(int).tolist()):
        if height >= 0:
            run.append((at * STEP, height))
        elif run:
            pieces.append(_line(run))
            run = []
    if run:
        pieces.append(_line(run))
    return "".join(pieces)


def tick(limit: float | None, *, top: float) -> int | None:
    """The height of a threshold's tick; None when it lies outside the picture."""
    if limit is None or not 0 < limit <= top:
        return None
    return HEIGHT - round(limit / top * HEIGHT)


def _line(run: list[tuple[int, int]]) -> str:
    """One unbroken stretch; a single point becomes a dot (the style sheet's round line caps)."""
    (x, y), *rest = run
    text = f"M{x} {y}"
    if not rest:
        return text + "h0"
    steps: list[tuple[int, int]] = []
    for next_x, next_y in rest:
        dx, dy = next_x - x, next_y - y
        if steps and dy == 0 and steps[-1][1] == 0:
            steps[-1] = (steps[-1][0] + dx, 0)
        else:
            steps.append((dx, dy))
        x, y = next_x, next_y
    previous = ""
    for dx, dy in steps:
        if dy == 0:
            text += f"h{dx}"
            previous = "h"
        else:
            text += f"{'l' if previous != 'l' else ' '}{dx}{dy if dy < 0 else f' {dy}'}"
            previous = "l"
    return text
