"""Reading selectors of metrics as people write them."""

import re

from app.domain.errors import Invalid
from app.domain.selectors import Match, Matcher, MetricSelector
from app.domain.series import clip

_QUOTED = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
_TOKEN = re.compile(
    rf"\s*(?:(?P<quoted>{_QUOTED})|(?P<word>[a-zA-Z_:][a-zA-Z0-9_:.]*)|(?P<number>[0-9.]+)|(?P<sign>=~|!~|!=|=|\{{|\}}|,))"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def parsed(text: str) -> MetricSelector:
    """The selector that a text writes. Raises Invalid that says what is in the way, and at which character."""
    return _Text(text).selector()


class _Text:
    """A selector being read, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._kind = self._token = ""
        self._next()

    def selector(self) -> MetricSelector:
        metric = self._metric() if self._kind == "word" else ""
        matchers: list[Matcher] = []
        if self._is("{"):
            self._next()
            while not self._is("}"):
                name = self._name()
                if not metric and (self._is(",") or self._is("}")):
                    metric = name  # {"a.metric",label="value"}
                elif not metric and name == "__name__":
                    metric = self._matcher(name).value
                else:
                    matchers.append(self._matcher(name))
                if not self._is("}"):
                    self._comma()
            self._next()
        if self._kind:
            raise self._wrong("the selector should end here")
        if not metric:
            raise self._wrong("there is no metric name")
        return MetricSelector(metric, tuple(matchers))

    def _metric(self) -> str:
        metric = self._token
        self._next()
        return metric

    def _name(self) -> str:
        if self._kind not in ("word", "quoted"):
            raise self._wrong("a label name is expected here")
        name = self._token
        self._next()
        return name

    def _matcher(self, label: str) -> Matcher:
        if self._kind != "sign" or self._token not in list(Match):
            raise self._wrong("one of = != =~ !~ is expected here")
        match = Match(self._token)
        self._next()
        if self._kind != "quoted":
            raise self._wrong("a value in quotes is expected here")
        value = self._token
        self._next()
        return Matcher(label, match, value)

    def _comma(self) -> None:
        if not self._is(","):
            raise self._wrong("a comma or } is expected here")
        self._next()

    def _is(self, sign: str) -> bool:
        return self._kind == "sign" and self._token == sign

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            self._kind = self._token = ""
            if self._text[self._at :].strip():
                raise self._wrong("this cannot be read")
            return
        self._at, self._kind = found.end(), str(found.lastgroup)
        self._token = found[self._kind]
        if self._kind == "quoted":
            self._token = re.sub(r"\\(.)", lambda one: _ESCAPES.get(one[1], one[1]), self._token[1:-1])

    def _wrong(self, why: str) -> Invalid:
        at = min(self._at, len(self._text))
        text = f"{clip(self._text)} is no selector: {why} (character {at})."
        return Invalid(text, code="selector_invalid", hint='Write it as metric{label="value",other=~"a|b"}.')
