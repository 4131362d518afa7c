"""Every series has one number for ever; what did not become durable never had one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.domain.samples import UNRESOLVED, Ints, Metadata, SeriesList
from app.domain.series import Shape, series_key
from app.store import metrics, migrate
from app.store.engine import Store, open_store
from tests.actions.ingesting import until
from tests.actions.registering import A, B, C, Desk
from tests.databases import Databases
from tests.pipeline import counter


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


# --- numbers


def test_a_new_series_gets_a_number_and_a_known_one_keeps_its_own(desk: Desk) -> None:
    first = desk.number(A, B)
    assert desk.number(C, B, A)[1:] == first[::-1]
    assert len({*first, *desk.number(C)}) == 3
    assert len(desk.stored()) == 3


def test_a_register_that_starts_again_knows_all_numbers_and_asks_no_recipe(desk: Desk) -> None:
    numbers = desk.number(A, B)
    again = Desk(desk.store)
    assert again.number(B, A) == numbers[::-1]
    assert again.recipes.asked == []


def test_a_series_that_is_new_in_several_requests_of_a_group_is_one(desk: Desk) -> None:
    one, other = desk.number_of(SeriesList([A, B]), SeriesList([B, C]))
    assert one[1] == other[0]
    assert len({*one, *other}) == len(desk.stored()) == 3
    assert desk.recipes.asked == [A, B, C]


def test_a_directory_that_lives_on_is_asked_for_what_is_new_in_it(desk: Desk) -> None:
    """A sender's second request has one series more."""
    growing = SeriesList([A, B])
    ((one, other),) = desk.number_of(growing)
    growing.keys, growing.ids = [A, B, C], np.append(growing.ids, UNRESOLVED)
    assert growing.ids.tolist() == [one, other, UNRESOLVED]
    ((*known, new),) = desk.number_of(growing)
    assert known == [one, other]
    assert growing.ids.tolist() == [one, other, new]
    assert new not in known


def test_what_another_process_has_numbered_meanwhile_keeps_that_number(store: Store) -> None:
    desk, other = Desk(store), Desk(store)
    numbers = desk.number(A, B)
    assert other.number(C, B, A)[1:] == numbers[::-1]
    assert len(desk.stored()) == 3


def test_samples_of_another_shape_are_another_series(desk: Desk) -> None:
    shapes = [series_key("pages", {"n": "1"}, shape=shape) for shape in Shape]
    numbers = desk.number(*shapes)
    assert len(set(numbers)) == 4
    assert {one.id: one.shape for one in desk.stored()} == dict(zip(numbers, Shape, strict=True))


# --- what did not become durable


def test_a_failed_transaction_numbers_nothing(desk: Desk) -> None:
    (known,) = desk.number(A)
    mixed = SeriesList([A, B])
    desk.fail(mixed)
    assert mixed.ids.tolist() == [known, UNRESOLVED]
    assert len(desk.stored()) == 1


def test_a_number_given_in_vain_may_be_anothers_afterwards(desk: Desk) -> None:
    lost = SeriesList([A])
    desk.fail(lost)
    (taken,) = desk.number(series_key("other", {}))
    ((number,),) = desk.number_of(lost)
    assert number != taken
    assert (desk.of_metric("other"), desk.of_metric("pages_total")) == ([taken], [number])


def test_a_directory_that_grows_while_its_numbers_are_taken_back_does_not_keep_them(desk: Desk) -> None:
    """Its decoder has copied the numbers in another thread, and puts the copy in their place."""
    lost = SeriesList([A])
    copies: list[Ints] = []
    desk.fail(lost, meanwhile=lambda: copies.append(np.append(lost.ids, UNRESOLVED)))
    lost.keys, lost.ids = [A, B], copies[0]
    (taken,) = desk.number(series_key("other", {}))
    ((number, _),) = desk.number_of(lost)
    assert number != taken
    assert number in desk.of_metric("pages_total")


def test_a_service_made_in_vain_is_made_again(desk: Desk) -> None:
    shop = SeriesList([counter(job="shop")])
    desk.fail(shop)
    assert desk.services() == {}
    desk.number_of(shop)
    ((service_id, slug),) = desk.services().items()
    assert slug == "shop"
    assert [one.service_id for one in desk.stored()] == [service_id]


# --- several processes


@pytest.fixture
def pair(databases: Databases) -> Iterator[tuple[Desk, Desk]]:
    """Of two processes on a database."""
    url = databases.empty("postgresql")
    stores = [open_store(url), open_store(url)]
    migrate.upgrade(stores[0])
    yield Desk(stores[0]), Desk(stores[1])
    for store in stores:
        store.close()


def test_processes_that_meet_the_same_new_series_at_once_take_turns(pair: tuple[Desk, Desk]) -> None:
    """Each numbers one of them and comes to the other's: they would wait for each other."""
    one, other = pair
    with ThreadPoolExecutor(1) as pool:
        with one.store.writing() as db:
            first = one.resolve(db, SeriesList([A]))
            answer = pool.submit(other.number, B, A)
            until(lambda: is_waiting(one.store))
            second = one.resolve(db, SeriesList([B]))
        assert answer.result() == [second.ids[B.fingerprint], first.ids[A.fingerprint]]
    assert len(one.stored()) == 2


def test_processes_that_learn_the_same_types_at_once_take_turns(pair: tuple[Desk, Desk]) -> None:
    one, other = pair
    first, second = Metadata("a", "gauge"), Metadata("b", "gauge")
    with ThreadPoolExecutor(1) as pool:
        with one.store.writing() as db:
            one.resolve(db, metadata=(first,))
            answer = pool.submit(other.learn, second, first)
            until(lambda: is_waiting(one.store))
            one.resolve(db, metadata=(second,))
        answer.result()
    with one.store.reading() as db:
        assert metrics.types(db) == {"a": "gauge", "b": "gauge"}


def is_waiting(store: Store) -> bool:
    """Whether somebody waits for a lock."""
    with store.reading() as db:
        return bool(db.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one())
