"""Recipes to start from, for metrics that none knows."""

import pytest

from app.domain import recipes
from app.domain.series import Kind, Shape, series_key
from app.wire import recipes as wire_recipes


@pytest.mark.parametrize(
    ("metric", "names", "kind", "shape", "gives"),
    [
        ("shop_orders_total", ["job", "status"], Kind.COUNTER, Shape.VALUE, "5: requests"),
        ("shop_failed_orders_total", ["job"], None, Shape.VALUE, "5: errors"),
        ("shop.orders", ["service.name", "error.type"], None, Shape.DELTA, "5: requests, errors"),
        ("shop_checkout_seconds_bucket", ["job", "le"], Kind.COUNTER, Shape.VALUE, "5: bucket 5"),
        ("shop_wait_ms_sum", ["job"], None, Shape.VALUE, "5: duration_sum *0.001"),
        ("shop.checkout.time", ["service.name"], None, Shape.HISTOGRAM, "5: requests, duration"),
        ("shop_queue_percent", ["job", 'odd"label'], Kind.GAUGE, Shape.VALUE, "5: ratio *0.01 shop-queue-percent"),
        ("shop_last_answer_seconds", [], Kind.GAUGE, Shape.VALUE, "unnamed: duration_mean"),
        ('{"odd": [metric]}', ["job"], Kind.GAUGE, Shape.VALUE, "5: ratio odd-metric"),
    ],
)
def test_a_suggestion_is_a_recipe_that_takes_its_metric(
    metric: str, names: list[str], kind: Kind | None, shape: Shape, gives: str
) -> None:
    text = recipes.suggest(metric, names, kind, shape)
    book = wire_recipes.load([wire_recipes.shipped(), wire_recipes.Layer("mine.yaml", text)])
    assignment = book.assign(series_key(metric, dict.fromkeys(names, "5"), kind=kind, shape=shape))
    assert str(assignment) == gives, text
    assert assignment is not None
    assert assignment.rank == 5


def test_labels_are_named_so_that_one_can_be_chosen() -> None:
    text = recipes.suggest("shop_orders_total", ["zone", "app", "le"], None, Shape.VALUE)
    assert 'service: ["app", default]  # its labels: app, le, zone' in text


def test_a_label_name_cannot_leave_its_comment() -> None:
    text = recipes.suggest("shop_orders_total", ["a\nrecipes: []", "job"], None, Shape.VALUE)
    book = wire_recipes.load([wire_recipes.shipped(), wire_recipes.Layer("mine.yaml", text)])
    assert book.recipe("shop-orders-total") is not None
