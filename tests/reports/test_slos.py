"""Objectives in a list: every number from literal counts, worst first."""


import pytest

from app.reports import slos
from app.reports.slos import Listed, SloRow
from app.store.engine import Store
from tests.reports import slo_cast
from tests.reports.slo_cast import SloCast


@pytest.fixture
def objectives(store: Store) -> SloCast:
    with store.writing() as db:
        slo_cast.open_alerts(db)
    return SloCast()


@pytest.fixture
def listed(objectives: SloCast, store: Store) -> Listed:
    with store.reading() as db:
        return slos.listed(objectives, db)


@pytest.fixture
def rows(listed: Listed) -> dict[str, SloRow]:
    return {one.slo.slug: one for one in listed.rows}


def test_every_objective_has_the_health_its_counts_give(rows: dict[str, SloRow]) -> None:
    assert {slug: one.now.health for slug, one in rows.items()} == {one.slug: one.health for one in slo_cast.ROLES}


def test_the_worst_stands_first(listed: Listed) -> None:
    assert [one.slo.slug for one in listed.rows][:3] == [
        "payments-availability",
        "checkout-availability",
        "search-latency",
    ]
