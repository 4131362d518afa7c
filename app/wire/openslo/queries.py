"""Prometheus queries, as far as a minute cell answers them: a selector, with what makes a rate of it around it.

What is around it is dropped, for increases are exact here whatever the range: rate, increase, irate and delta, sum with
or without grouping, and the range itself. Anything else is refused: Burnline would measure something else.
"""

import re

from app.domain.errors import Invalid
from app.domain.selector_texts import parsed
from app.domain.series import clip
from app.wire.yaml_nodes import Node

_AROUND = re.compile(
    r"(?P<function>sum|rate|increase|irate|delta)\s*(?:(?:by|without)\s*\([^()]*\)\s*)?\((?P<inside>.*)\)"
    r"(?:\s*(?:by|without)\s*\([^()]*\))?",
    re.DOTALL,
)
_RANGE = re.compile(r"\[[^\[\]]*\]\s*(?:offset\s+\S+\s*)?$")
MOST_AROUND = 8


def selector(query: Node) -> str:
    """The selector in a query, as it is written. Raises Invalid at its line."""
    text = query.text(example='http_requests_total{code=~"5.."}').strip()
    for _ in range(MOST_AROUND):
        around = _AROUND.fullmatch(text)
        if around is None:
            break
        text = around["inside"].strip()
    text = _RANGE.sub("", text).strip()
    try:
        return str(parsed(text))
    except Invalid as error:
        raise query.invalid(
            f"this query is more than a series and its rate: {clip(text)!r} ({error})",
            hint='Take one selector a metric, for example sum(rate(http_requests_total{code=~"5.."}[5m])).',
        ) from error
