"""Objectives as they are stored, changed and archived."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from threading import Thread

import pytest

from app.domain.slos import Budgeting, Method, Silence, Slo
from app.domain.windows import Calendar, Rolling, Unit
from app.store import revisions, slos
from app.store.engine import Store
from app.store.slos import Edit
from tests.objectives import DAY, FORM, failures, objective, stored

NOW_MS = 1_795_000_020_000


def create(store: Store, slo: Slo, *, now_ms: int = NOW_MS, wanted_ms: int | None = None) -> Slo:
    with store.writing() as db:
        return stored(db, slo, now_ms=now_ms, wanted_ms=wanted_ms)


def revision(store: Store) -> int:
    with store.reading() as db:
        return slos.revision(db)


def test_an_objective_comes_back_as_it_was_stored(store: Store) -> None:
    wanted = replace(
        objective(failures(), window=Calendar(Unit.QUARTER, datetime(2026, 4, 1), "Europe/Berlin")),  # noqa: DTZ001
        target=Decimal("0.9995"),
        budgeting=Budgeting(Method.TIME_SLICES, 5, Decimal("0.95"), no_data=Silence.BAD),
        description="What buyers are promised.",
        owner="the shop team",
        labels={"tier": ("1",)},
        annotations={"runbook": "https://runbooks.example/shop"},
    )
    made = create(store, wanted)
    with store.reading() as db:
        assert slos.every(db) == [made]
        assert slos.by_slug(db, "shop-availability") == made
        assert slos.by_slug(db, "shop-latency") is None
    assert made == replace(wanted, id=made.id, service_id=made.service_id, sli_id=made.sli_id, revision=1)


def test_what_does_not_differ_writes_nothing(store: Store) -> None:
    made = create(store, objective(failures()))
    assert create(store, replace(made, revision=0)) == made
    assert revision(store) == 1
    with store.reading() as db:
        assert len(slos.edits(db, made.id)) == 1


def test_a_change_is_told_with_its_author_before_and_after(store: Store) -> None:
    made = create(store, objective(failures()))
    changed = replace(made, target=Decimal("0.99"))
    with store.writing() as db:
        assert slos.save(db, changed, Edit("bob", "apply"), now_ms=NOW_MS + 5).target == Decimal("0.99")
    with store.reading() as db:
        (newest, first) = slos.edits(db, made.id)
    assert newest[:2] == (NOW_MS + 5, Edit("bob", "apply"))
    assert [json.loads(text)["target"] for text in newest[2:]] == ["0.999", "0.99"]
    assert (first[1], first[2], json.loads(first[3])["target"]) == (FORM, "", "0.999")
    assert revision(store) == 2


def test_the_name_of_an_archived_objective_may_be_given_again(store: Store) -> None:
    first = create(store, objective(failures()))
    with store.writing() as db:
        slos.archive(db, first, FORM, now_ms=NOW_MS)
        slos.archive(db, first, FORM, now_ms=NOW_MS)
    with store.reading() as db:
        assert slos.every(db) == []
        assert slos.slis(db) == []
        assert slos.edits(db, first.id)[0][3] == ""
        assert len(slos.edits(db, first.id)) == 2
    assert create(store, objective(failures())).id != first.id


def test_objectives_of_one_indicator_share_it_and_the_longest_history_is_wanted(store: Store) -> None:
    month = create(store, objective(failures(), slug="month"))
    week = create(store, objective(failures(), slug="week", window=Rolling(7 * DAY)), now_ms=NOW_MS + 60_000)
    assert month.sli_id == week.sli_id
    quarter = create(store, objective(failures(), slug="quarter", window=Rolling(90 * DAY)), now_ms=NOW_MS + 60_000)
    with store.reading() as db:
        (sli,) = slos.slis(db)
    assert (sli.id, sli.filled_ms) == (quarter.sli_id, NOW_MS)
    assert sli.wanted_ms == NOW_MS + 60_000 - 90 * DAY * 60_000
    assert sli.indicator == failures()


def test_an_indicator_that_was_out_of_use_is_filled_again(store: Store) -> None:
    made = create(store, objective(failures()))
    with store.writing() as db:
        old = slos.slis(db)
        slos.note_filled(db, old, at_ms=NOW_MS - 30 * DAY * 60_000)
        assert slos.slis(db)[0].filled_ms == NOW_MS - 30 * DAY * 60_000
        slos.archive(db, made, FORM, now_ms=NOW_MS)
    again = create(store, objective(failures()), now_ms=NOW_MS + 60_000)
    with store.writing() as db:
        slos.note_filled(db, old, at_ms=NOW_MS - 30 * DAY * 60_000)  # of before it was archived
        (sli,) = slos.slis(db)
    assert (again.sli_id, sli.filled_ms) == (made.sli_id, NOW_MS + 60_000)


def test_revisions_raised_at_once_are_committed_in_their_order(store: Store) -> None:
    """Whoever has seen number 2 has seen what came with number 1."""
    if store.is_sqlite:
        pytest.skip("SQLite has one writer.")
    seen: list[int] = []

    def raised() -> None:
        with store.writing() as db:
            seen.append(revisions.raised(db, revisions.OBJECTIVES))

    with store.writing() as db:
        assert revisions.raised(db, revisions.OBJECTIVES) == 1
        second = Thread(target=raised)
        second.start()
        second.join(0.3)
        assert seen == []
    second.join()
    assert seen == [2]
    assert revision(store) == 2
