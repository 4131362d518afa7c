"""Budgets and burns in live patches: the cells of objectives beside those of the services they are of.

Numbers of objectives change once a minute, patches are made twice a second: cells are kept beside the board they were
read from, and read again when a minute has been completed, or after a while for what late samples and alerts changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.slo_board import SloBoard
from app.reports import formats, slo_held, slo_words, slos
from app.reports.slos import SloRow
from app.store.engine import Store

KEPT_MS = 10_000

Cells = dict[str, object]


@dataclass(slots=True)
class _Kept:
    """`of` are the cells of each service, `held` the sentence that alerts are held, "" while they are not."""

    until_minute: int = -1
    read_ms: int = 0
    of: dict[str, Cells] = field(default_factory=dict)
    held: str = ""
    lock: Lock = field(default_factory=Lock)


_OF_BOARD: WeakKeyDictionary[SloBoard, _Kept] = WeakKeyDictionary()


def patch(
    board: SloBoard, store: Store, counters: Counters, services: Iterable[str], *, now_ms: int
) -> tuple[dict[str, Cells], str]:
    """The cells of each of these services that has objectives, and why alerts are held."""
    if not board.slos():
        return {}, ""
    kept = _OF_BOARD.setdefault(board, _Kept())
    with kept.lock:
        if kept.until_minute != board.until_minute or not 0 <= now_ms - kept.read_ms < KEPT_MS:
            _read(kept, board, store, counters, now_ms=now_ms)
        return {slug: kept.of[slug] for slug in services if slug in kept.of}, kept.held


def cells(one: SloRow) -> Cells:
    """What a list says of an objective, as the texts the page itself would show."""
    slo, now = one.slo, one.now
    burns = [slo_words.burn(pair.long.rate) for pair in now.pairs[:2]]
    return {
        "state": one.state.value,
        "word": one.word,
        "reason": now.reason,
        "measured": slo_words.compliance(now.compliance, of=slo.target),
        "budget": slo_words.share(now.budget_left),
        "events": slo_words.events_left(slo, now),
        "bar": one.budget_bar,
        "burn": burns[0] if burns else formats.DASH,
        "slow": burns[1] if len(burns) > 1 else "",
    }


def _read(kept: _Kept, board: SloBoard, store: Store, counters: Counters, *, now_ms: int) -> None:
    """What cannot be read stays as it is: golden signals are told all the same."""
    until = board.until_minute
    try:
        with store.reading() as db:
            rows = slos.listed(board, db).rows
            kept.held = slo_held.sentence(counters, db, now_ms=now_ms)
    except Unavailable:
        return
    found: dict[str, list[SloRow]] = {}
    for one in rows:
        found.setdefault(one.slo.service, []).append(one)
    kept.of = {
        service: {"worst": some[0].slo.slug, "slos": {one.slo.slug: cells(one) for one in some}}
        for service, some in found.items()
    }
    kept.until_minute, kept.read_ms = until, now_ms
