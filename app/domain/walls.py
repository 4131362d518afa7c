"""How a wall is laid out: how large its type must be to be read from where people stand, and what then fits.

All lengths are in hundredths of the screen's height (of the largest 16:9 box, on screens of another shape). Sizes come
in steps, so that a style sheet can hold a rule for each and no page needs styles of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_ARC_MINUTES = 10  # of a lower-case letter that can be read at all; 16 are comfortable
COMFORT = 1.6
X_HEIGHT = 0.546  # of the type's size
HEIGHT_OF_DIAGONAL = 9 / math.hypot(16, 9)
MILLIMETRES_AN_INCH = 25.4

USUAL_INCH, USUAL_METRES = 55.0, 10.0
INCHES, METRES = (5.0, 300.0), (0.3, 100.0)

STEP = 0.2
SMALLEST, LARGEST = 1.0, 26.0
LEAST_NAME, LARGEST_NAME = 4.4, 13.0
LARGEST_DETAIL = 3.8
MOST_ROWS = 8

WIDTH = 100 * 16 / 9
EDGE, GAP, ROW_GAP, CELL_GAP = 2.4, 1.6, 1.2, 0.8
FIELD_LEAST = 21.0
CHARACTER = 0.56  # of the type's size, on average
NAME_SHOWN = 24  # characters of a name that are counted on; of one in a cell
LABEL_SHOWN = 12
LEAST_LABEL, LARGEST_LABEL = 1.6, 3.2
LARGEST_CELL, SMALLEST_TILE = 9.0, 1.9
MOST_COLUMNS = 60


def least_size(inch: float, metres: float) -> float:
    """The smallest type that can be read on a 16:9 screen of that diagonal, from that far."""
    letter_mm = metres * 1000 * math.tan(math.radians(LEAST_ARC_MINUTES / 60))
    height_mm = inch * MILLIMETRES_AN_INCH * HEIGHT_OF_DIAGONAL
    return letter_mm / X_HEIGHT / height_mm * 100


@dataclass(frozen=True, slots=True)
class Sizes:
    """Type of the parts of a wall; a name may be larger than `least` when few are shown."""

    least: float  # what can just be read
    name: float
    detail: float
    head: float
    foot: float

    @property
    def banner(self) -> float:
        """What must be read by everybody: that nothing here can be believed."""
        return step(min(max(self.least, 5.0), 10.0))

    @property
    def sentence(self) -> float:
        return step(min(max(1.15 * self.least, 7.8), 10.0))

    @property
    def figure(self) -> float:
        """One signal of a service that fills the screen."""
        return step(min(max(self.least, 7.0), 10.0))


@dataclass(frozen=True, slots=True)
class Field:
    """Cells for the rest: `shown` of them in `columns`, `label` the type of their names, 0 when there is no room."""

    columns: int
    label: float
    shown: int


@dataclass(frozen=True, slots=True)
class Layout:
    """`rows` exceptions in huge type, the others in the field."""

    sizes: Sizes
    rows: int
    field: Field


def layout(exceptions: Sequence[str], rest: Sequence[str], *, inch: float, metres: float) -> Layout:
    """What fits, of exceptions (worst first) and of the rest, both by the names that are to be read."""
    least = min(max(least_size(inch, metres), SMALLEST), LARGEST)
    head, foot = step(min(max(0.6 * least, 3.6), 4.8)), step(min(max(0.42 * least, 2.6), 3.4))
    body = 100 - 2 * EDGE - 1.3 * head - 1.4 * foot - 2 * GAP
    rows = _rows(len(exceptions), least, body, has_rest=bool(rest))
    over = len(exceptions) - rows
    others = len(rest) + over
    room = body - (FIELD_LEAST + GAP if others else 0)
    name = _name(exceptions[:rows], least, room)
    sizes = Sizes(step(least), name, detail(name), head, foot)
    taken = rows * (row_height(name) + ROW_GAP)
    height = max(body - taken - (1.5 * foot if over else 0), FIELD_LEAST / 2)
    return Layout(sizes, rows, field([*exceptions[rows:], *rest], height=height))


def row_height(name: float) -> float:
    """An exception's two lines and the space around them."""
    return 1.2 * name + 1.3 * detail(name) + 0.3 * name


def detail(name: float) -> float:
    """The line under a name: read by those who come nearer."""
    return step(min(max(0.46 * name, 2.4), LARGEST_DETAIL))


def field(names: Sequence[str], *, height: float) -> Field:
    """The grid that gives names the largest type; tiles without names where that would be too small to read."""
    if not names:
        return Field(1, 0.0, 0)
    width = WIDTH - 2 * EDGE
    longest = min(max(len(name) for name in names), LABEL_SHOWN)
    label, columns = max((_label(len(names), one, longest, width, height), -one) for one in range(1, MOST_COLUMNS + 1))
    if label >= LEAST_LABEL:
        return Field(-columns, step(min(label, LARGEST_LABEL)), len(names))
    side, columns = max((_tile(len(names), one, width, height), -one) for one in range(1, MOST_COLUMNS + 1))
    if side >= SMALLEST_TILE:
        return Field(-columns, 0.0, len(names))
    rows = int((height + CELL_GAP) / (SMALLEST_TILE + CELL_GAP))
    return Field(MOST_COLUMNS, 0.0, min(len(names), MOST_COLUMNS * rows))


def step(size: float) -> float:
    """The next size there is a rule for, downwards."""
    return round(min(max(math.floor(size / STEP + 1e-9) * STEP, SMALLEST), LARGEST), 1)


def _rows(wanted: int, least: float, body: float, *, has_rest: bool) -> int:
    """How many exceptions can be read at once; one at least, whatever its size."""
    height = row_height(max(least, LEAST_NAME)) + ROW_GAP
    fit = min(int(body / height), MOST_ROWS)
    if has_rest or wanted > fit:
        fit = min(int((body - FIELD_LEAST - GAP) / height), MOST_ROWS)
    return min(wanted, max(1, fit))


def _name(names: Sequence[str], least: float, room: float) -> float:
    """The largest type in which they fit, between what can be read and what is comfortable."""
    wanted = min(max(COMFORT * least, 7.8), LARGEST_NAME)
    longest = min(max((len(name) for name in names), default=1), NAME_SHOWN)
    wide = (WIDTH - 2 * EDGE - 6) / (CHARACTER * longest + 5.2)  # beside them an icon and a value
    high = (room / max(1, len(names)) - ROW_GAP) / 2.1
    return step(max(min(wanted, wide, high), min(max(least, LEAST_NAME), high)))


def _label(count: int, columns: int, longest: int, width: float, height: float) -> float:
    wide, high = _cell(count, columns, width, height)
    return min(0.42 * min(high, LARGEST_CELL), (wide - 1.4) / (CHARACTER * longest + 1.7))


def _tile(count: int, columns: int, width: float, height: float) -> float:
    return min(_cell(count, columns, width, height))


def _cell(count: int, columns: int, width: float, height: float) -> tuple[float, float]:
    rows = math.ceil(count / columns)
    return (width - (columns - 1) * CELL_GAP) / columns, (height - (rows - 1) * CELL_GAP) / rows
