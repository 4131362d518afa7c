"""The catalogue of services."""

import pytest

from app.domain.board import ServiceRef
from app.store import services
from app.store.engine import Store
from app.store.services import Described


def ensure(store: Store, *wanted: tuple[str, str]) -> dict[tuple[str, str], int]:
    with store.writing() as db:
        return services.ensure(db, wanted, now_ms=1)


def known(store: Store) -> list[ServiceRef]:
    with store.reading() as db:
        return services.all_services(db)


@pytest.mark.parametrize(
    ("name", "environment", "slug"),
    [
        ("shop", "", "shop"),
        ("shop", "prod", "shop"),
        ("shop", "Production", "shop"),
        ("shop", "staging", "shop@staging"),
        ("a/b c", "eu-1", "a/b c@eu-1"),
    ],
)
def test_a_slug_names_the_environment_unless_it_is_production(name: str, environment: str, slug: str) -> None:
    assert services.slug_of(name, environment) == slug


def test_services_are_created_once_and_known_again(store: Store) -> None:
    first = ensure(store, ("shop", ""), ("blog", "staging"))
    again = ensure(store, ("shop", ""), ("mail", ""))
    assert again["shop", ""] == first["shop", ""]
    assert [(one.slug, one.name, one.environment, one.newest_ms) for one in known(store)] == [
        ("blog@staging", "blog", "staging", None),
        ("mail", "mail", "", None),
        ("shop", "shop", "", None),
    ]
    assert {one.id for one in known(store)} == {*first.values(), *again.values()}


def test_two_names_of_production_are_one_service(store: Store) -> None:
    found = ensure(store, ("shop", ""), ("shop", "prod"), ("shop", "production"))
    assert len(set(found.values())) == 1
    assert len(found) == 3
    assert ensure(store, ("shop", "prod")) == {("shop", "prod"): found["shop", ""]}


def test_nothing_wanted_is_nothing_made(store: Store) -> None:
    assert ensure(store) == {}
    assert known(store) == []


def test_the_newest_samples_time_only_grows(store: Store) -> None:
    ids = ensure(store, ("shop", ""), ("blog", ""))
    for newest in ({ids["shop", ""]: 500}, {ids["shop", ""]: 300, ids["blog", ""]: 200}, {}):
        with store.writing() as db:
            services.note_newest(db, newest)
    assert [(one.slug, one.newest_ms) for one in known(store)] == [("blog", 200), ("shop", 500)]


def test_what_people_say_of_a_service_comes_back(store: Store) -> None:
    said = Described("The shop", "Where people buy.", {"tier": ("1", "2")}, {"docs": "https://docs.example/shop"})
    with store.writing() as db:
        ids = services.ensure(db, [("shop", ""), ("bank", "")], now_ms=1)
        assert services.described(db) == {}
        services.describe(db, ids["shop", ""], said)
        assert services.described(db) == {"shop": said}
