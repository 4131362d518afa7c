"""A badge for a README or a wall: an objective's budget, or the worst of a service's, in two short texts."""

from dataclasses import dataclass

from app.domain.slo_board import SloBoard
from app.domain.states import State
from app.reports import formats, slo_words, slos
from app.reports.slos import SloRow
from app.store.engine import Connection

CHARACTER = 6.6  # pixels, of 11-pixel DejaVu Sans on average
PADDING = 12


@dataclass(frozen=True, slots=True)
class Badge:
    """Widths in pixels; `state` chooses the colour, `word` says it too."""

    label: str
    text: str
    state: State

    @property
    def label_width(self) -> int:
        return round(len(self.label) * CHARACTER) + PADDING

    @property
    def text_width(self) -> int:
        return round(len(self.text) * CHARACTER) + PADDING


def of_slo(board: SloBoard, db: Connection, slug: str) -> Badge:
    """Raises Missing."""
    return _badge(slos.one(board, db, slug), label=slug)


def of_service(board: SloBoard, db: Connection, service: str) -> Badge:
    """The worst of its objectives; of a service without one it says so."""
    rows = slos.listed(board, db, service=service).rows
    return _badge(rows[0], label=service) if rows else Badge(service, "no objective", State.NO_DATA)


def _badge(row: SloRow, *, label: str) -> Badge:
    left = row.now.budget_left
    word = slo_words.FULL_WORDS[row.now.health]
    text = word if left is None else f"{word}, {slo_words.share(left)} of budget"
    return Badge(label, text.replace(formats.THIN, " "), row.state)
