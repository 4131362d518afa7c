"""Type that can be read from afar, and what then fits. Expected sizes are the table of reference, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import walls
from tests.web.stylesheets import rules


@pytest.mark.parametrize(
    ("inch", "metres", "size"),
    [(43, 3, 3.0), (55, 5, 3.9), (55, 8, 6.2), (55, 10, 7.8), (75, 10, 5.7), (85, 10, 5.0)],
    ids=str,
)
def test_the_smallest_letter_that_can_be_read(inch: float, metres: float, size: float) -> None:
    """A lower-case x of 10 arc minutes: at 10 m 29.1 mm, which is 0.546 of the type; 55" are 685 mm high."""
    assert walls.least_size(inch, metres) == pytest.approx(size, abs=0.05)


def test_a_usual_screen_shows_three_rows_over_a_field() -> None:
    made = walls.layout(["checkout-api"] * 6, ["catalog"] * 30, inch=55, metres=10)
    assert made.rows == 3
    assert made.sizes.name >= 7.6
    assert made.field.shown == 33


def test_one_alone_is_larger_than_one_of_many() -> None:
    rest = ["catalog"] * 35
    alone, many = (walls.layout(["checkout-api"] * n, rest, inch=55, metres=10).sizes.name for n in (1, 3))
    assert alone > 1.3 * many


def test_nearer_screens_show_more() -> None:
    rows = [walls.layout(["a"] * 20, ["b"] * 20, inch=inch, metres=m).rows for inch, m in ((55, 10), (75, 10), (55, 5))]
    assert rows == sorted(rows)
    assert rows[0] < rows[-1]


names = st.lists(st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=40), max_size=300)


@given(names, names, st.floats(5, 300), st.floats(0.3, 100))
def test_whatever_there_is_fits_and_nothing_is_lost(wrong: list[str], rest: list[str], inch: float, m: float) -> None:
    made = walls.layout(wrong, rest, inch=inch, metres=m)
    others = len(wrong) - made.rows + len(rest)
    assert made.rows <= len(wrong)
    assert made.rows >= min(1, len(wrong))
    assert made.field.shown <= others
    assert made.field.shown == others or made.field.columns == walls.MOST_COLUMNS
    lines = made.rows * (walls.row_height(made.sizes.name) + walls.ROW_GAP)
    assert 1.3 * made.sizes.head + 1.4 * made.sizes.foot + lines <= 100 - 2 * walls.EDGE


@given(names, names, st.floats(5, 300), st.floats(0.3, 100))
def test_the_style_sheet_has_a_rule_for_every_size(wrong: list[str], rest: list[str], inch: float, m: float) -> None:
    made = walls.layout(wrong, rest, inch=inch, metres=m)
    sizes, field = made.sizes, made.field
    used = [sizes.name, sizes.detail, sizes.head, sizes.foot, sizes.banner, sizes.sentence, sizes.figure]
    wanted = {f"s-{round(size * 10)}" for size in [*used, *([field.label] if field.label else [])]}
    assert wanted | {f"cols-{field.columns}"} <= rules("wall_steps.css")
