"""Objectives as lists show them: one function a question, the same for tile, row, JSON, gate and badge."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.domain.states import State
from app.domain.sums import SloNow
from app.store.engine import Connection


@dataclass(frozen=True, slots=True)
class SloRow:
    """One objective in a list. Texts are made from the numbers of `now` by `formats` and `slo_words` alone."""

    slo: Slo
    now: SloNow
    state: State  # how health is drawn: exhausted and at risk are crit, watch is warn
    word: str
    window_text: str
    target_text: str
    budget_bar: float  # share of the bar that is filled, 0 to 1; the number beside it is not clamped
    meaning: str  # "14.6x = the whole 30-day budget in 2 d"


@dataclass(frozen=True, slots=True)
class Listed:
    """`rows` may be a selection, `counts` are of all and sum to `total`."""

    rows: tuple[SloRow, ...]
    counts: tuple[tuple[str, int], ...]
    total: int
    until_ms: int


def now(board: SloBoard, db: Connection, slos: Sequence[Slo]) -> dict[int, SloNow]:
    """The one code path to an objective's numbers: one read of the rings, one of the open alerts."""
    raise NotImplementedError


def listed(board: SloBoard, db: Connection, *, service: str = "", health: str = "", search: str = "") -> Listed:
    """Worst first: health, then the soonest exhausted, then by slug."""
    raise NotImplementedError
