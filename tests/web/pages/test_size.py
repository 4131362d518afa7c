"""A page of two hundred services stays small, and only pages with charts load what draws them."""

import gzip
import re
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.domain.board import Board
from tests.reports import cast
from tests.reports.cast import Floats, Member
from tests.web.pages.conftest import Look

MOST_BYTES = 60_000
MOST_SCRIPT_BYTES = 20_000
SCRIPT = re.compile(r'<script[^>]* src="([^"]+)"')


def noisy(number: int) -> Member:
    """A service whose lines are as hard to compress as life's."""
    chance = np.random.default_rng(number)
    noise = chance.standard_normal((3, 1_500))
    typical, seconds = 10 ** chance.uniform(1.5, 5), 10 ** chance.uniform(-2, 0)

    def at(row: int, age: Floats) -> Floats:
        values: Floats = noise[row][age.astype(int) % 1_500]
        return values

    return replace(
        cast.CAST[0],
        name=f"service-{number}",
        traffic=lambda age: typical * (1 + 0.1 * np.abs(at(0, age))),
        ratio=lambda age: 0.002 * np.abs(at(1, age)) * (number % 7),
        latency=lambda age: seconds * (1.5 + 0.2 * np.tanh(at(2, age))),
    )


class TestTwoHundredServices:
    @pytest.fixture
    def board(self) -> Board:
        return cast.board(tuple(noisy(number) for number in range(200)))

    def test_the_overview_is_small_when_compressed(self, look: Look) -> None:
        html = look("/")
        assert html.count("<tr data-service") == 200
        size = len(gzip.compress(html.encode(), 5))
        print(f"overview of 200 services: {size} bytes compressed, {len(html.encode())} plain")
        assert size < MOST_BYTES


def test_only_pages_with_charts_load_what_draws_them(look: Look) -> None:
    assert "plotly" in look("/services/checkout")
    for path in ("/", "/settings", "/settings/recipes"):
        assert "plotly" not in look(path)


def test_the_scripts_of_the_overview_are_small_together(look: Look, client: TestClient) -> None:
    scripts = SCRIPT.findall(look("/"))
    sizes = {one.rsplit("/")[-1]: len(gzip.compress(client.get(one).content, 9)) for one in scripts}
    print(f"scripts of the overview: {sum(sizes.values())} bytes compressed, {sizes}")
    assert "page.js" in sizes
    assert sum(sizes.values()) <= MOST_SCRIPT_BYTES
