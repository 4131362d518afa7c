"""Whether to deploy: what an objective's error-budget policy says, with the reason in words."""

from dataclasses import dataclass

from app.domain import healths
from app.domain.healths import Gate
from app.domain.slo_board import SloBoard
from app.reports import formats, slo_words, slos
from app.reports.slos import SloRow
from app.store.engine import Connection


@dataclass(frozen=True, slots=True)
class GateNow:
    row: SloRow
    gate: Gate
    reason: str


def gate(board: SloBoard, db: Connection, slug: str) -> GateNow:
    """Raises Missing."""
    row = slos.one(board, db, slug)
    found = healths.gate(row.now.health, row.slo.policy)
    return GateNow(row, found, reason(row))


def reason(row: SloRow) -> str:
    """In words that a build log can end with: "checkout-availability is exhausted: The budget is spent. -8 % left."."""
    said = f"{row.slo.slug} is {slo_words.FULL_WORDS[row.now.health]}"
    said += f": {row.now.reason}" if row.now.reason else "."
    if row.now.budget_left is None:
        return said
    return f"{said} {slo_words.share(row.now.budget_left)} of the budget is left.".replace(formats.THIN, " ")
