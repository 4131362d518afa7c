"""Services with a measured past for tests of the status page: minutes by arithmetic, a real board over real tables."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from app.actions.meter_load import Rings, definitions
from app.domain.live_minutes import LiveMinutes
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slis import Indicator
from app.domain.slo_board import SloBoard
from app.store import sli_rollups
from app.store.engine import Connection
from tests import objectives
from tests.reports import cast, slo_cast

NOW_MS = cast.NOW_MS  # 2026-11-23 14:32:05 UTC
UNTIL = slo_cast.UNTIL  # the minute 14:31
DAY = 1_440
EACH_MINUTE = 100  # requests

Spans = Mapping[tuple[int, int], float]
"""(from, to) in minutes before UNTIL -> the share that failed; None: nothing was heard."""


def minutes(*, days: float = 3, newest: int = 0, failed: Spans | None = None) -> SliMinutes:
    """EACH_MINUTE requests a minute for so many days up to `newest` minutes before UNTIL, of which none failed but."""
    minute = np.arange(UNTIL - round(days * DAY), UNTIL - newest, dtype=np.int64)
    total = np.full(len(minute), EACH_MINUTE * EVENT, dtype=np.int64)
    bad = np.zeros(len(minute), dtype=np.int64)
    for (first, end), share in (failed or {}).items():
        inside = (minute >= UNTIL - first) & (minute < UNTIL - end)
        bad[inside] = round(share * EACH_MINUTE) * EVENT
    return SliMinutes(minute, bad, total, np.full(len(minute), MINUTE_MS, dtype=np.int64))


def measured(
    db: Connection, service: str, past: SliMinutes, *, indicator: Indicator | None = None, owner: str = ""
) -> None:
    """An objective of 99.9 % of a service, and its minutes."""
    of = indicator or objectives.failures(job=service)
    wanted = objectives.objective(of, slug=f"{service.replace('@', '-')}-availability", service=service)
    wanted = replace(wanted, name=f"{service.capitalize()} availability", owner=owner)
    slo = objectives.stored(db, wanted, now_ms=NOW_MS, wanted_ms=(UNTIL - 91 * DAY) * MINUTE_MS)
    if len(past):
        sli_rollups.write(db, sli_rollups.merged(db, {slo.sli_id: past}, {slo.sli_id: past.minute}))


def board(db: Connection, *, until: int = UNTIL) -> SloBoard:
    """As the meter would have loaded it."""
    made = SloBoard()
    made.advance(until)
    found, effects = definitions(db, now_ms=NOW_MS)
    rings = Rings(db, made, LiveMinutes())
    wanted = set(made.define(found, effects))
    rings.load([slo for slo in found if slo.id in wanted])
    rings.put_edges(made.advance(until), {slo.id: slo for slo in found})
    for slo in found:
        made.note_filled(slo.sli_id, wanted_minute=until - 90 * DAY, filled_minute=until - 90 * DAY)
    return made
