"""Regular expressions of recipes: full matches only, and none that a hostile label value can make slow.

Python's `re` backtracks, and recipes are written by people in a hurry. So a pattern is at most 512 bytes, repeats no
group, holds at most three open-ended repeats and ten optional parts, and sees at most 256 characters of a value: the
worst that passes costs milliseconds on a new series, never on a sample.
"""

import re

from app.domain.errors import Invalid

MAX_PATTERN_BYTES = 512
MAX_SUBJECT = 256
MAX_OPEN_REPEATS = 3
MAX_OPTIONAL = 10

_SET = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]")
_EXACT = re.compile(r"\{\d+\}")
_ATOM = "x"


def compiled(text: str) -> re.Pattern[str]:
    """The pattern of a text. Raises Invalid, in one sentence, when it is malformed or could be slow."""
    if len(text.encode()) > MAX_PATTERN_BYTES:
        raise _invalid(f"The pattern is longer than {MAX_PATTERN_BYTES} bytes.", text)
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError) as error:
        raise _invalid(f"The pattern {text!r} is malformed: {error}.", text) from error
    _refuse_slow(text)
    return pattern


def matches(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.fullmatch(value[:MAX_SUBJECT]) is not None


def _refuse_slow(text: str) -> None:
    plain = _SET.sub(_ATOM, re.sub(r"\\[^0-9]", _ATOM, text))
    if "\\" in plain or "(?P=" in plain:
        raise _invalid(f"The pattern {text!r} looks back at what it matched, which can take for ever.", text)
    if re.search(r"\)[*+{]", plain):
        raise _invalid(f"The pattern {text!r} repeats a group, which can take for ever.", text)
    if len(re.findall(r"[*+{]", _EXACT.sub("", plain))) > MAX_OPEN_REPEATS:
        raise _invalid(f"The pattern {text!r} has more than {MAX_OPEN_REPEATS} open-ended repeats.", text)
    if len(re.findall(r"(?<!\()\?", plain)) > MAX_OPTIONAL:
        raise _invalid(f"The pattern {text!r} has more than {MAX_OPTIONAL} optional parts.", text)


def _invalid(message: str, text: str) -> Invalid:
    return Invalid(message, code="recipe_invalid", field=text[:80], hint="Write it simpler, or as a list of names.")
