"""The grammar of one line of text exposition: 0.0.4, 1.0.0 (quoted UTF-8 names) and OpenMetrics 1.0 at once.

The three differ in little that a receiver has to refuse, so one grammar takes them all; only the unit of a timestamp
depends on the format. https://prometheus.io/docs/instrumenting/exposition_formats/
https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

import math
import re
from dataclasses import dataclass

from app.domain.errors import Invalid
from app.domain.series import clip

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*+"
QUOTED = r'"(?:[^"\\]++|\\.)*+"'
LABELS = rf'(?:[^"}}]++|{QUOTED})*+'
MAX_EXEMPLAR_CHARACTERS = 128  # OpenMetrics' limit on names and values together
NUMERAL_CHARACTERS = "0123456789+-.eEinfatyINFATY"

_COMMENT = re.compile(rf"#[ \t]++(TYPE|HELP|UNIT)[ \t]++({NAME}(?=[ \t]|$)|{QUOTED})[ \t]*+(.*)")
_SAMPLE = re.compile(
    rf"[ \t]*+(?P<series>(?:(?P<name>{NAME})(?=[ \t{{]))?[ \t]*+(?:\{{(?P<labels>{LABELS})\}})?)[ \t]*+"
    r"(?P<value>[^ \t{}\"#]++)(?:[ \t]++(?P<at>[^ \t#]++))?[ \t]*+(?:#[ \t]*+(?P<exemplar>.*))?$"
)
_LABEL = re.compile(rf"[ \t]*+(?:({NAME})|({QUOTED}))[ \t]*+(?:=[ \t]*+({QUOTED}))?[ \t]*+(,|$)")
_EXEMPLAR = re.compile(rf"\{{({LABELS})\}}[ \t]++([^ \t]++)(?:[ \t]++([^ \t]++))?[ \t]*+$")
_BRACES = re.compile(rf"\{{{LABELS}\}}")
_FIRST_WORD = re.compile(r"[^ \t{]*")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that says something of a family. `keyword` is TYPE, HELP or UNIT."""

    keyword: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample line in parts: `series` is the text of name and labels; `at` and `exemplar` are "" where absent."""

    series: str
    name: str
    labels: str
    value: str
    at: str
    exemplar: str


def comment(line: str) -> Comment | None:
    """None when the line is a remark for human readers."""
    found = _COMMENT.match(line)
    if not found or not is_utf8(line):
        return None
    keyword, name, text = found.groups()
    return Comment(keyword, _unquoted(name), unescaped(text) if keyword == "HELP" else text.strip())


def sample(line: str) -> Sample:
    """Raises Invalid saying what is wrong with the line."""
    if not is_utf8(line):
        raise Invalid("The line is not UTF-8.", code="utf8_invalid")
    found = _SAMPLE.match(line)
    if not found or not found["series"].strip():
        raise _malformed(line)
    return Sample(
        found["series"].strip(" \t"),
        found["name"] or "",
        found["labels"] or "",
        found["value"],
        found["at"] or "",
        found["exemplar"] or "",
    )


def name_and_labels(parsed: Sample) -> tuple[str, list[tuple[str, str]]]:
    """The metric name and its labels in the order written. Raises Invalid when they cannot be read."""
    name, pairs = parsed.name, []
    for label, value in _labels(parsed.labels):
        if value is not None:
            pairs.append((label, value))
        elif name or pairs:
            raise Invalid(f"The label {clip(label)} has no value.", code="label_invalid")
        else:
            name = label
    if not name:
        raise Invalid("The line has no metric name.", code="name_missing")
    return name, pairs


def number(text: str) -> float:
    """A sample's value. Raises Invalid for anything but a decimal number, NaN or an infinity."""
    if not text.strip(NUMERAL_CHARACTERS):  # float() would also take 1_000, other scripts' digits and padding
        try:
            return float(text)
        except ValueError:
            pass
    raise Invalid(f"{clip(repr(text))} is not a number.", code="value_invalid")


def milliseconds(text: str, *, openmetrics: bool) -> int:
    """A timestamp: whole milliseconds, in OpenMetrics seconds that may have a fraction."""
    try:
        if openmetrics:
            moment = round(number(text) * 1000)
        else:
            moment = int(text) if text.lstrip("+-").isdecimal() and text.isascii() else _no_moment(text)
    except (Invalid, ValueError, OverflowError):
        moment = _no_moment(text, "seconds" if openmetrics else "whole milliseconds")
    return moment if -(2**63) <= moment < 2**63 else _no_moment(text)


def exemplar_is_good(text: str) -> bool:
    """Whether an exemplar could be kept: readable, and no longer than OpenMetrics allows."""
    found = _EXEMPLAR.match(text)
    if not found:
        return False
    try:
        pairs = _labels(found[1])
        readable = math.isfinite(number(found[2])) and not (found[3] and milliseconds(found[3], openmetrics=True) < 0)
    except Invalid:
        return False
    return readable and sum(len(name) + len(value or "") for name, value in pairs) <= MAX_EXEMPLAR_CHARACTERS


def is_utf8(line: str) -> bool:
    """Whether the line was UTF-8: bytes that were not have become surrogates."""
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def unescaped(text: str) -> str:
    """Text with \\n, \\" and \\\\ resolved; any other backslash stays as it is."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[0]), text)


def _labels(text: str) -> list[tuple[str, str | None]]:
    """Pairs inside the braces; the value is None for a quoted metric name."""
    pairs: list[tuple[str, str | None]] = []
    at, end = 0, len(text.rstrip(" \t"))
    while at < end:
        found = _LABEL.match(text, at)
        if not found or (found[1] and found[3] is None):
            raise Invalid(
                f"The labels cannot be read from {clip(text[at:].strip(), 40)!r} on.",
                code="label_invalid",
                hint='Write {name="value",other="value"}; names with other characters go in double quotes.',
            )
        value = None if found[3] is None else unescaped(found[3][1:-1])
        pairs.append((found[1] or _unquoted(found[2]), value))
        at = found.end()
    return pairs


def _unquoted(name: str) -> str:
    return unescaped(name[1:-1]) if name.startswith('"') else name


def _malformed(line: str) -> Invalid:
    word = _FIRST_WORD.match(line.lstrip(" \t"))
    first = word[0] if word else ""
    if first and not re.fullmatch(NAME, first):
        return Invalid(
            f"{clip(first)!r} is not a legal metric name.",
            code="name_invalid",
            hint='A name with other characters stands in quotes inside the braces: {"my.metric"} 1',
        )
    if "{" in line and not _BRACES.match(line, line.index("{")):
        return Invalid("The labels are not closed.", code="label_invalid")
    if len(line.rsplit("}", maxsplit=1)[-1].split()) < (1 if "}" in line else 2):
        return Invalid("The line has no value.", code="value_missing")
    return Invalid('The line does not read name{label="value"} number [timestamp].', code="line_malformed")


def _no_moment(text: str, unit: str = "milliseconds") -> int:
    raise Invalid(f"{clip(repr(text))} is not a timestamp in {unit}.", code="timestamp_invalid")
