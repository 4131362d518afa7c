"""Finding a service, an objective or a page by a few letters: what the search box and its page show.

A new page that people should find is a line in PAGES.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from app.domain.board import Board
from app.domain.slo_board import SloBoard
from app.domain.states import State
from app.reports import glances, slos, words
from app.store.engine import Connection

MOST = 20
KINDS = ("service", "objective", "page")
NOT_FOUND = 9


@dataclass(frozen=True, slots=True)
class Hit:
    """`detail` says why it may be worth going there; a page is in no state."""

    kind: str
    name: str
    detail: str
    href: str
    state: State | None = None
    word: str = ""


PAGES = (
    Hit("page", "Overview", "Every service, worst first", "/"),
    Hit("page", "SLOs", "Every objective, worst first", "/slos"),
    Hit("page", "New objective", "Define an SLO and see what would have been", "/slos/new"),
    Hit("page", "Proposed objectives", "What fits your services", "/slos/proposals"),
    Hit("page", "Walls", "Pages made for ten metres", "/wall"),
    Hit("page", "Status page", "What everybody may know", "/status"),
    Hit("page", "Changes", "Services in another state than at your last visit", "/changed"),
    Hit("page", "Settings", "Theme, time zone, sending metrics", "/settings"),
    Hit("page", "Recipes", "Which series feed which signal", "/settings/recipes"),
    Hit("page", "API reference", "Everything the pages show, as JSON", "/api/docs"),
)


def hits(board: Board, slo_board: SloBoard, db: Connection, text: str, now: datetime) -> list[Hit]:
    """The best matches, at most MOST; without a text what needs somebody, then the pages."""
    wanted = text.casefold().strip()
    if not wanted:
        return [one for one in _services(board, now, "") if one.state is not State.OK][: MOST // 2] + list(PAGES)
    found = [
        *_services(board, now, wanted),
        *_objectives(slo_board, db, wanted),
        *(one for one in PAGES if rank(one.name, wanted) < NOT_FOUND),
    ]
    return sorted(found, key=lambda one: (rank(one.name, wanted), KINDS.index(one.kind), _badness(one), one.name))[
        :MOST
    ]


def rank(name: str, wanted: str) -> int:
    """How well a name fits what was typed: 0 is all of it, NOT_FOUND not at all."""
    name = name.casefold()
    fits: tuple[Callable[[], bool], ...] = (
        lambda: name == wanted,
        lambda: name.startswith(wanted),
        lambda: any(word.startswith(wanted) for word in _words(name)),
        lambda: wanted in name,
        lambda: all(any(word.startswith(part) for word in _words(name)) for part in wanted.split()),
        lambda: len(wanted) > 1 and _in_order(wanted, name),
    )
    return next((at for at, fit in enumerate(fits) if fit()), NOT_FOUND)


def _services(board: Board, now: datetime, wanted: str) -> Iterator[Hit]:
    """Worst first."""
    now_ms = round(now.timestamp() * 1000)
    kept = glances.of_board(board)
    fitting = [one for one in board.services() if rank(one.slug, wanted) < NOT_FOUND]
    found = [kept.of(board, one, now_ms=now_ms) for one in fitting]
    for one in sorted(found, key=lambda one: (one.judgement.state.rank, -one.judgement.severity, one.service.slug)):
        slug, state = one.service.slug, one.judgement.state
        detail = words.reasons(one.judgement, latency_name=one.latency_name)
        yield Hit("service", slug, detail, f"/services/{quote(slug, safe='@')}", state, words.WORDS[state])


def _objectives(board: SloBoard, db: Connection, wanted: str) -> Iterable[Hit]:
    chosen = [slo for slo in board.slos() if min(rank(slo.name, wanted), rank(slo.slug, wanted)) < NOT_FOUND]
    for one in slos.rows(board, db, chosen[:MOST]):
        detail = f"{one.target_text} over {one.window_text} of {one.slo.service}"
        yield Hit("objective", one.slo.name, detail, f"/slos/{one.slo.slug}", one.state, one.word)


def _badness(hit: Hit) -> int:
    return len(State) if hit.state is None else hit.state.rank


def _words(name: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in name).split()


def _in_order(wanted: str, name: str) -> bool:
    signs = iter(name)
    return all(sign in signs for sign in wanted)
