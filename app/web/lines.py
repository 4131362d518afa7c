"""The overview's lines as HTML, kept as long as they say the same: from one look to the next most of hundreds do.

A line may show its row, the parameters that links carry, and when something began; nothing else is part of what it is
kept under.
"""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from markupsafe import Markup

from app.domain.signals import MINUTE_MS
from app.reports.glances import Reading
from app.reports.overview import Row
from app.reports.slos import SloRow
from app.web import render
from app.web.view import View

MOST_LOOKS = 16  # kept of one reading: it lasts a minute

_KEPT: WeakKeyDictionary[Reading, dict[tuple[object, ...], tuple[SloRow | None, Markup]]] = WeakKeyDictionary()


def under(view: View, *, has_budgets: bool) -> Callable[[Row], Markup]:
    """What draws the lines of a view."""
    query = view.query

    def line(row: Row) -> Markup:
        looks = _KEPT.setdefault(row.reading, {})
        look = (query, has_budgets, row.service.name, row.service.environment, *_age(row, view))
        budget, text = looks.get(look, (None, None))
        if text is None or budget != row.budget:
            text = Markup(render.text("overview/_row.html", row=row, view=view, has_budgets=has_budgets))  # noqa: S704
            if len(looks) >= MOST_LOOKS:
                looks.clear()
            looks[look] = row.budget, text
        return text

    return line


def _age(row: Row, view: View) -> tuple[object, ...]:
    """What the words depend on that say since when: they are of minutes, rounded."""
    if row.since_ms is None:
        return ()
    half_minutes = (view.now_ms - row.since_ms) // (MINUTE_MS // 2)
    return view.zone.key, view.is_live, view.now_ms // MINUTE_MS, half_minutes
