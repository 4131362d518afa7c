"""Objectives as lists show them: one function a question, the same for tile, row, JSON, gate and badge."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from weakref import WeakKeyDictionary

from app.domain.signals import MINUTE_MS
from app.domain.slo_board import SloBoard
from app.domain.slos import Health, Slo
from app.domain.states import State
from app.domain.sums import SloNow
from app.reports import slo_numbers, slo_words
from app.reports.slo_numbers import Numbers, Open
from app.store import burn_alerts
from app.store import slos as store
from app.store.engine import Connection

NEVER_MS = 1 << 62
FEW = 100


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


Kept: TypeAlias = dict[int, tuple[object, SloRow]]
"""By number: what a row was made of, and the row."""

_KEPT: WeakKeyDictionary[SloBoard, Kept] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Listed:
    """`rows` may be a selection, `counts` are of all and sum to `total`."""

    rows: tuple[SloRow, ...]
    counts: tuple[tuple[str, int], ...]
    total: int
    until_ms: int


def now(board: SloBoard, db: Connection, slos: Sequence[Slo]) -> dict[int, SloNow]:
    """The numbers of each."""
    return {one.slo.id: one.now for one in rows(board, db, slos)}


def find(board: SloBoard, db: Connection, slug: str) -> Slo:
    """The objective of that name, even when it was saved a moment ago. Raises Missing."""
    stored = None if any(slo.slug == slug for slo in board.slos()) else store.by_slug(db, slug)
    return stored or board.find(slug)


def one(board: SloBoard, db: Connection, slug: str) -> SloRow:
    """Raises Missing."""
    return rows(board, db, [find(board, db, slug)])[0]


def opened(db: Connection, slos: Sequence[Slo]) -> Open:
    """Alerts that are not resolved: of a few objectives, or read for all at once."""
    chosen = [slo.id for slo in slos] if len(slos) <= FEW else None
    found = burn_alerts.opened(db, chosen)
    return {
        (one.slo_id, one.pair): (one.state, one.since_ms if one.fired_ms is None else one.fired_ms) for one in found
    }


def rows(board: SloBoard, db: Connection, slos: Sequence[Slo]) -> list[SloRow]:
    """In the order of the objectives: one read of the rings, one of the open alerts.

    The one code path to their numbers. Of one that was saved a moment ago, and that the rings do not hold yet, nothing
    is known.
    """
    held = {slo.id for slo in board.slos()}
    known = [slo for slo in slos if slo.id in held]
    kept = _KEPT.setdefault(board, {})
    for gone in kept.keys() - held:
        kept.pop(gone, None)
    found = _made(board, known, kept, stamps=board.stamps(known), opened=opened(db, known))
    return [found[slo.id] if slo.id in found else row(slo, slo_numbers.of_new(slo, board.until_minute)) for slo in slos]


def _made(
    board: SloBoard, slos: Sequence[Slo], kept: Kept, *, stamps: Sequence[object], opened: Open
) -> dict[int, SloRow]:
    """By number. Those nothing has changed of are as they were made before: a minute goes by between changes."""
    alerts: defaultdict[int, list[object]] = defaultdict(list)
    for (slo_id, pair), told in opened.items():
        alerts[slo_id].append((pair, told))
    made_of = {slo.id: (slo, stamp, alerts.get(slo.id)) for slo, stamp in zip(slos, stamps, strict=True)}
    before = {slo.id: kept.get(slo.id, (None, None)) for slo in slos}
    found = {slo_id: made for slo_id, (of, made) in before.items() if made is not None and of == made_of[slo_id]}
    stale = [slo for slo in slos if slo.id not in found]
    if stale:
        numbers = Numbers(board, board.sums([slo.id for slo in stale]), stale, opened)
        for slo in stale:
            found[slo.id] = row(slo, numbers.of(slo))
            kept[slo.id] = made_of[slo.id], found[slo.id]
    return found


def row(slo: Slo, now: SloNow) -> SloRow:
    fast = now.pairs[0].long.rate if now.pairs else None
    return SloRow(
        slo=slo,
        now=now,
        state=slo_words.STATES[now.health],
        word=slo_words.WORDS[now.health],
        window_text=slo_words.window(slo.window),
        target_text=slo_words.target(slo.target),
        budget_bar=min(1.0, max(0.0, now.budget_left or 0.0)),
        meaning=slo_words.meaning(fast, slo.window),
    )


def listed(
    board: SloBoard,
    db: Connection,
    *,
    service: str = "",
    health: str = "",
    search: str = "",
    services: Collection[str] | None = None,
) -> Listed:
    """Worst first: health, then the soonest exhausted, then by slug; those of `services` alone, None: of all."""
    every = rows(board, db, [slo for slo in board.slos() if services is None or slo.service in services])
    wanted = search.casefold().strip()
    chosen = [
        one
        for one in every
        if (not service or one.slo.service == service)
        and (not health or one.now.health == health)
        and (wanted in one.slo.slug or wanted in one.slo.name.casefold() or wanted in one.slo.owner.casefold())
    ]
    return Listed(
        rows=tuple(sorted(chosen, key=badness)),
        counts=counts(every),
        total=len(every),
        until_ms=board.until_minute * MINUTE_MS,
    )


def counts(every: Iterable[SloRow]) -> tuple[tuple[str, int], ...]:
    """One a health, worst first, zeros included: the line sums to the total."""
    found = Counter(one.now.health for one in every)
    return tuple((health.value, found[health]) for health in Health)


def badness(one: SloRow) -> tuple[int, int, str]:
    """What lists are sorted by."""
    at_ms = one.now.exhaustion.at_ms
    return (list(Health).index(one.now.health), NEVER_MS if at_ms is None else at_ms, one.slo.slug)
