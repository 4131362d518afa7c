"""Which patterns a recipe may hold."""

import pytest

from app.domain import recipe_patterns
from app.domain.errors import Invalid


@pytest.mark.parametrize(
    "text",
    [
        "5[0-9][0-9]|5xx",
        r"(?P<family>.+)_requests?_total",
        "(?i:error|failed)",
        "[bcdf]{6,10}-[bcdf]{5}",
        "(?!starlette$)(.+)",
        r"[^\]|.]+\.\*\+\?",
        "[]()*+]+",
    ],
)
def test_a_plain_pattern_is_taken(text: str) -> None:
    assert recipe_patterns.compiled(text).pattern == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(a+)+b", "repeats a group"),
        ("(a|a)*b", "repeats a group"),
        ("(?:x){2,}", "repeats a group"),
        ("(x){9}", "repeats a group"),
        (".*a.*b.*c.*d", "more than 3 open-ended repeats"),
        ("a?" * 11 + "a" * 11, "more than 10 optional parts"),
        ("x" * 513, "longer than 512 bytes"),
        ("é" * 257, "longer than 512 bytes"),
        ("(", "malformed"),
        ("[z-a]", "malformed"),
        ("a{99999999999999999999}", "malformed"),
        (r"(a)\1", "looks back"),
    ],
)
def test_a_pattern_that_is_wrong_or_could_be_slow_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        recipe_patterns.compiled(text)


def test_a_whole_value_must_match_and_only_its_beginning_is_looked_at() -> None:
    pattern = recipe_patterns.compiled("5..")
    assert recipe_patterns.matches(pattern, "503")
    assert not recipe_patterns.matches(pattern, "1503")
    assert not recipe_patterns.matches(pattern, "5031")
    assert recipe_patterns.matches(recipe_patterns.compiled("a{256}"), "a" * 4096)
