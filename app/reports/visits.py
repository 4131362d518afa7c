"""Which services are in another state than when somebody last looked, as far as the board remembers: a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.domain.board import Board
from app.domain.signals import HOUR_MS
from app.domain.states import State
from app.reports import glances, words


@dataclass(frozen=True, slots=True)
class Changed:
    """`since_ms` is when what is wrong now began; None while nothing is, or when that is too long ago."""

    service: str
    was: State
    was_word: str
    state: State
    word: str
    reason: str
    since_ms: int | None


@dataclass(frozen=True, slots=True)
class Visit:
    """`then_ms` is when it was looked, or the oldest time that can still be told."""

    changed: tuple[Changed, ...]
    then_ms: int


def since(board: Board, now: datetime, *, then_ms: int, services: Collection[str] | None = None) -> Visit:
    """What changed since a time, worst first; of these services, or of all."""
    now_ms = round(now.timestamp() * 1000)
    then_ms = min(now_ms, max(then_ms, board.oldest_ms() + HOUR_MS))
    were = {one.service.slug: one.judgement.state for one in glances.at(board, at_ms=then_ms)}
    found = []
    for one in glances.now(board, now_ms=now_ms):
        slug, judged = one.service.slug, one.judgement
        was = were[slug]
        if was is judged.state or (services is not None and slug not in services):
            continue
        since_ms = None if judged.worst is None else judged.worst.since_ms
        reason = words.reasons(judged, latency_name=one.latency_name)
        found.append(Changed(slug, was, words.WORDS[was], judged.state, words.WORDS[judged.state], reason, since_ms))
    return Visit(tuple(sorted(found, key=lambda one: (one.state.rank, one.service))), then_ms)
