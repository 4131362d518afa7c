"""Nothing a client sends as a series, and nothing an operator writes as a recipe file, breaks the recipe book."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError
from app.domain.series import Kind, Shape, series_key
from app.wire import recipes
from app.wire.recipes import Layer

SHIPPED = recipes.load([recipes.shipped()])
EXAMPLES = [example.key for recipe in SHIPPED.recipes for example in recipe.examples]

names = st.sampled_from(sorted({key.metric for key in EXAMPLES})) | st.text("abc_.:|{}/1é", min_size=1, max_size=40)
label_names = st.sampled_from(sorted({name for key in EXAMPLES for name, _ in key.labels} | {"quantile"}))
values = st.sampled_from(sorted({value for key in EXAMPLES for _, value in key.labels})) | st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300
)
words = [
    "recipes:",
    "defaults:",
    "- name: a",
    "series:",
    "gives: requests",
    "counter: x",
    "{",
    "}",
    "[",
    "]",
    "'",
    "5..",
]


@given(
    metric=names,
    labels=st.dictionaries(label_names, values, max_size=6),
    shape=st.sampled_from(Shape),
    kind=st.sampled_from([None, *Kind]),
    unit=st.sampled_from(["", "s", "ms", "By", "%", "1", "furlong"]),
)
def test_every_legal_series_is_assigned_ignored_or_unrecognised(
    metric: str, labels: dict[str, str], shape: Shape, kind: Kind | None, unit: str
) -> None:
    key = series_key(metric, labels, shape=shape, kind=kind, unit=unit)
    assignment = SHIPPED.assign(key)
    assert assignment == SHIPPED.assign(key)
    if assignment is not None:
        assert bool(assignment.feeds) is bool(assignment.service) is not bool(assignment.note)
        assert all(feed.scale > 0 for feed in assignment.feeds)


@settings(max_examples=30)  # each reads the shipped file too
@given(text=st.lists(st.sampled_from([*words, "\n", "\n  ", "\n      ", " "]) | st.text(max_size=5)).map("".join))
def test_a_text_is_a_recipe_file_or_a_named_mistake(text: str) -> None:
    try:
        recipes.load([recipes.shipped(), Layer("mine.yaml", text)])
    except AppError as error:
        assert str(error).startswith("mine.yaml")  # noqa: PT017 - both outcomes are right
