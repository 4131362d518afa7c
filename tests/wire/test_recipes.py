"""Recipe files of one's own, laid over the shipped one."""

from app.domain.recipes import RecipeBook
from app.domain.series import series_key
from app.wire import recipes
from app.wire.recipes import Layer

SHIPPED = recipes.load([recipes.shipped()])


def with_mine(text: str) -> RecipeBook:
    return recipes.load([recipes.shipped(), Layer("mine.yaml", text)])


SHOP = """
recipes:
  - name: shop
    service: [shop_name, default]
    series:
      - {counter: shop_orders_total, gives: requests, errors: {state: 'failed|lost'}}
      - {gauge: shop_queue_depth, gives: used, resource: 'queue {queue}', instance: '{queue}'}
      - {gauge: shop_queue_size, gives: limit, resource: 'queue {queue}', instance: '{queue}'}
    examples:
      - 'shop_orders_total{shop_name="north",state="lost"} -> north: requests, errors'
"""


def told(book: RecipeBook, metric: str, **labels: str) -> str:
    return str(book.assign(series_key(metric, labels)))


def test_a_recipe_of_ones_own_is_used_beside_the_shipped() -> None:
    book = with_mine(SHOP)
    assert told(book, "shop_orders_total", shop_name="north", state="ok") == "north: requests"
    assert told(book, "shop_queue_depth", job="shop", queue="mail") == "shop: used queue mail (mail)"
    assert told(book, "process_open_fds", job="shop") == "shop: used file descriptors"


def test_ones_own_wins_over_every_shipped_recipe_unless_it_ranks_itself_lower() -> None:
    mine = "recipes: [{name: mine, rank: %s, series: [{ignore: /http_.*/, why: Not ours.}]}]"
    assert told(with_mine(mine % 5), "http_requests_total", job="shop", code="200") == "nothing"
    assert told(with_mine(mine % 99), "http_requests_total", job="shop", code="200") == "shop: requests"


def test_a_recipe_of_the_same_name_takes_the_place_of_the_shipped() -> None:
    book = with_mine("recipes: [{name: process, series: [{ignore: process_max_fds, why: Not ours.}]}]")
    assert told(book, "process_max_fds", job="shop") == "nothing"
    assert told(book, "process_open_fds", job="shop") == "nothing"
    assert book.recipe("process") != SHIPPED.recipe("process")


def test_a_disabled_recipe_is_gone() -> None:
    book = with_mine("recipes: [{name: known-rest, disabled: true}]")
    assert book.recipe("known-rest") is None
    assert book.assign(series_key("go_goroutines", {"job": "shop"})) is None
    assert with_mine("recipes: [{name: no-such, disabled: true}]").recipe("no-such") is None


def test_defaults_of_ones_own_hold_for_the_shipped_recipes_too() -> None:
    book = with_mine("defaults: {failed: '5..|429', environment: [stage], service: [team, default]}")
    labels = {"job": "shop", "team": "blue", "stage": "dev", "env": "prod", "code": "429"}
    assert told(book, "http_requests_total", **labels) == "blue@dev: requests, errors"
    quiet = "defaults: {uncounted: [{labels: [path], match: /ping, why: A probe.}]}"
    assert told(with_mine(quiet), "http_requests_total", job="shop", path="/ping", code="200") == "nothing"
    assert told(with_mine(quiet), "http_requests_total", job="shop", path="/metrics", code="200") == "shop: requests"


def test_an_empty_file_changes_nothing_but_is_another_version() -> None:
    for text in ("", "# nothing yet\n", "recipes: []"):
        book = with_mine(text)
        assert book.recipes == SHIPPED.recipes
        assert book.version != SHIPPED.version
    assert recipes.load([recipes.shipped()]).version == SHIPPED.version


def test_no_recipes_at_all_recognise_nothing() -> None:
    assert recipes.load([]).assign(series_key("http_requests_total", {"job": "shop"})) is None


def test_tests_of_labels_read_as_they_are_written() -> None:
    rule = "{counter: x_total, gives: requests, when: %s}"
    series = {"job": "shop", "code": "500"}
    cases = {
        "{code: true}": True,
        "{code: false}": False,
        "{kind: false}": True,
        "{code: 500}": True,
        "{code: '5'}": False,
        "{code: '!5..'}": False,
        "{code: '!4..'}": True,
        "{kind: '!4..'}": False,
        "{kind|code: 500}": True,
        "{$status: 500}": True,
        "{code: 500, kind: true}": False,
    }
    for when, taken in cases.items():
        book = with_mine(f"recipes: [{{name: mine, series: [{rule % when}]}}]")
        assert (told(book, "x_total", **series) == "shop: requests") is taken, when
