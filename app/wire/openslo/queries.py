"""Prometheus queries, as far as a minute cell answers them: a selector, with what makes a rate or one number around it.

Around the parts of a ratio it is dropped, for increases are exact here whatever the range: rate, increase, irate and
delta, sum with or without grouping, and the range itself. Around a gauge, sum, avg, min and max say how several series
are judged. Anything else is refused: Burnline would measure something else.
"""

import re

from app.domain.errors import Invalid
from app.domain.selector_texts import parsed
from app.domain.series import clip
from app.wire.yaml_nodes import Node

SIDES = ("lt", "lte", "gt", "gte")
MOST_AROUND = 8
_GROUPING = r"(?:by|without)\s*\([^()]*\)"
_AROUND = re.compile(
    rf"(?P<function>sum|rate|increase|irate|delta)\s*(?:{_GROUPING}\s*)?\((?P<inside>.*)\)",
    re.DOTALL,
)
_GROUPED = re.compile(rf"(?<=\))\s*{_GROUPING}$")
_RANGE = re.compile(r"\[[^\[\]]*\]\s*$")
_ACROSS = re.compile(r"(?P<function>sum|avg|min|max)\s*\((?P<inside>.*)\)", re.DOTALL)


def selector(query: Node) -> str:
    """The selector of a counter in a query. Raises Invalid at its line."""
    text = query.text(example='http_requests_total{code=~"5.."}').strip()
    for _ in range(MOST_AROUND):
        around = _AROUND.fullmatch(_GROUPED.sub("", text))
        if around is None:
            break
        text = around["inside"].strip()
    hint = 'Take one selector a metric, for example sum(rate(http_requests_total{code=~"5.."}[5m])).'
    return _parsed(_RANGE.sub("", text).strip(), query, "a series and its rate", hint=hint)


def gauge(query: Node, *, side: str) -> tuple[str, str]:
    """The selector of a gauge in a query, and what is judged across its series. Raises Invalid at its line."""
    text = query.text(example="queue_depth").strip()
    around = _ACROSS.fullmatch(text)
    inside = text if around is None else around["inside"].strip()
    hint = "Take the gauge itself, or sum, avg, min or max of it: every minute is judged by what was sent in it."
    found = _parsed(inside, query, "a gauge", hint=hint)
    return found, "worst" if around is None else _across(around["function"], side)


def _across(function: str, side: str) -> str:
    if function in ("sum", "avg"):
        return {"sum": "sum", "avg": "mean"}[function]
    is_worst = (function == "max") == (side in ("lt", "lte"))
    return "worst" if is_worst else "best"


def _parsed(text: str, query: Node, wanted: str, *, hint: str) -> str:
    try:
        return str(parsed(text))
    except Invalid as error:
        raise query.invalid(f"this query is more than {wanted}: {clip(text)!r} ({error})", hint=hint) from error
