"""Mistakes in recipe files are named with their file, their line, and what would do."""

import pytest

from app.domain.errors import Invalid
from app.wire import recipes
from app.wire.recipes import Layer

SHOP = """
recipes:
  - name: shop
    service: [shop_name, default]
    series:
      - {counter: shop_orders_total, gives: requests, errors: {state: 'failed|lost'}}
    examples:
      - 'shop_orders_total{shop_name="north",state="lost"} -> north: requests, errors'
"""


def with_mine(text: str) -> None:
    recipes.load([recipes.shipped(), Layer("mine.yaml", text)])


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("recipes:\n  - nmae: shop", 2, "`nmae` is not known", "Did you mean `name`?"),
        ("recipe: []", 1, "`recipe` is not known in `the file`", "Did you mean `recipes`?"),
        ("- a", 1, "`the file` must be names with values", "recipes: [...]"),
        ("recipes:\n  - title: Shop", 2, "needs a `name`", "shop-api"),
        ("recipes:\n  - name: shop", 2, "needs `series`", "counter: shop_orders_total"),
        ("recipes:\n  - name: a\n    name: b", 3, "`name` stands here twice", None),
        ("recipes:\n  - {name: a, disabled: true}\n  - {name: a, disabled: true}", 3, "two recipes `a`", None),
        ("recipes:\n  - name: [a]", 2, "`name` must be text", None),
        ("recipes:\n  - name: yes", 2, "`name` must be text", None),
        ("recipes:\n  - {name: a, disabled: maybe}", 2, "`disabled` must be true or false", None),
        ("recipes:\n  - name: a\n    rank: first\n    series: []", 3, "must be a whole number", "rank: 20"),
        ("recipes:\n  - name: a\n    rank: 100\n    series: []", 3, "from 0 (wins over all) to 99", None),
        ("recipes:\n  - name: a\n    series: {counter: x}", 3, "`series` must be a list", None),
        ("recipes:\n  - name: a\n    series: [x]", 3, "must be names with values", "shop_orders_total"),
        ("recipes:\n  - name: a\n    series:\n      - {gives: requests}", 4, "one of: counter, gauge", None),
        ("recipes:\n  - name: a\n    series:\n      - {counter: x, gauge: y}", 4, "one of: counter, gauge", None),
        ("recipes:\n  - name: a\n    series:\n      - {counter: x}", 4, "needs `gives`: requests, errors", None),
        ("recipes:\n  - name: a\n    series:\n      - {counter: x, gives: used}", 4, "not used", None),
        ("recipes:\n  - name: a\n    series:\n      - {ignore: x}", 4, "says `why`", None),
        ("recipes:\n  - name: a\n    series:\n      - {histogram: x, gives: requests}", 4, "gives duration", None),
        ("recipes:\n  - name: a\n    series:\n      - {gauge: x, gives: used}", 4, "needs a `resource`", "memory"),
        (
            "recipes:\n  - name: a\n    series:\n      - {counter: x, gives: errors, errors: status}",
            4,
            "stands beside",
            None,
        ),
        (
            "recipes:\n  - name: a\n    series:\n      - {counter: x, gives: requests, errors: '5..'}",
            4,
            "`status` or",
            "code",
        ),
        (
            "recipes:\n  - name: a\n    series:\n      - {counter: x, gives: requests, unit: fortnight}",
            4,
            "fortnight",
            "ms",
        ),
        (
            "recipes:\n  - name: a\n    series:\n      - {counter: x, gives: requests, when: {a: (}}",
            4,
            "malformed",
            None,
        ),
        (
            "recipes:\n  - name: a\n    series:\n      - {counter: /(a+)+/, gives: requests}",
            4,
            "repeats a group",
            "simpler",
        ),
        ("recipes:\n  - name: a\n    service: [{label: x, take: a}]\n    series: []", 3, "needs a group", "take"),
        ("recipes:\n  - name: a\n    service: [{label: x, text: y}]\n    series: []", 3, "either a `label` or", None),
        ("recipes:\n  - name: a\n    series: []\n    examples: [x]", 4, "is a series, `->`", "http_requests_total"),
        ("recipes:\n  - name: a\n    series: []\n    examples: ['x{a} -> b']", 4, "as Prometheus writes them", None),
        ("recipes:\n  - name: a\n    series: []\n    examples: ['x thing -> b']", 4, "not thing", None),
        ('recipes:\n  - name: a\n    series: []\n    examples: [\'x{a="1",a="2"} -> b\']', 4, "twice", None),
        ("recipes:\n  - name: a\n    series: []\n    examples: ['x -> b: requests']", 4, "not recognised", None),
        (SHOP.replace("north: requests, errors", "south: requests"), 8, "is north: requests, errors, by shop", None),
        ("defaults: {uncounted: [{labels: [a], match: b}]}", 1, "misses `why`", None),
        ("recipes: [a]]", 1, "no YAML", None),
        ("recipes:\n  - &a {name: b}\n  - *a", 2, "an anchor", None),
        ("recipes: !!python/object:os.system {}", 1, "a tag", None),
        ("a: " + "[" * 50 + "]" * 50, 1, "more than 20 levels", None),
        ("a: \x00", 1, "no YAML", None),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line_and_what_would_do(
    text: str, line: int, message: str, hint: str | None
) -> None:
    with pytest.raises(Invalid) as refusal:
        with_mine(text)
    assert str(refusal.value).startswith(f"mine.yaml, line {line}, column ")
    assert message in str(refusal.value)
    assert (refusal.value.field or "").startswith(f"mine.yaml:{line}:")
    if hint is not None:
        assert hint in (refusal.value.hint or "")


def test_a_text_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(Invalid, match="longer than"):
        with_mine("#" * (1 << 21))


def test_a_first_file_without_defaults_says_which_is_missing() -> None:
    with pytest.raises(Invalid, match="`defaults` misses `service`"):
        recipes.load([Layer("mine.yaml", SHOP)])
