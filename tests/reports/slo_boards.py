"""The real board of objectives over stored minutes: the cast as the meter would have loaded it."""

import sqlalchemy as sa

from app.actions.meter_load import Rings
from app.domain.ledger import NO_EFFECTS
from app.domain.live_minutes import LiveMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from tests.reports import slo_cast
from tests.reports.slo_cast import UNTIL, Role


def loaded(db: sa.Connection, roles: tuple[Role, ...] = slo_cast.ROLES) -> SloBoard:
    """The objectives of `slo_past`, from its minutes."""
    numbered = list(enumerate(roles, start=slo_cast.FIRST))
    slos: list[Slo] = [slo_cast.slo_of(number, role) for number, role in numbered]
    board = SloBoard()
    board.advance(UNTIL)
    rings = Rings(db, board, LiveMinutes())
    wanted = set(board.define(slos, {number: role.effects for number, role in numbered if role.effects != NO_EFFECTS}))
    rings.load([slo for slo in slos if slo.id in wanted])
    rings.put_edges(board.advance(UNTIL), {slo.id: slo for slo in slos})
    for number, role in numbered:
        wanted_minute = UNTIL - 30 * slo_cast.DAY
        filled = round(UNTIL - (UNTIL - wanted_minute) * role.backfilled)
        board.note_filled(number, wanted_minute=wanted_minute, filled_minute=filled)
    return board
