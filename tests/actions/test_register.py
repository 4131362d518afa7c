"""Every series has one number for ever; what did not become durable never had one."""

import numpy as np
import pytest

from app.domain.samples import UNRESOLVED, Ints, SeriesList
from app.domain.series import Shape, series_key
from app.store.engine import Store
from tests.actions.registering import A, B, C, Desk
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
