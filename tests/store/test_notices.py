"""Notices in both databases."""

from app.domain.notices import Impact, Notice, NoticeKind, Phase, Update
from app.domain.status_choices import PageChoice, Shown
from app.store import notices, status
from app.store.engine import Store

HOUR = 3_600_000


def incident(key: str, *, start: int = 10) -> Notice:
    return Notice(0, key, NoticeKind.INCIDENT, "Payments fail", Impact.MAJOR, ("payments", "shop"), start * HOUR)


def test_a_notice_comes_back_with_what_was_said_in_order(store: Store) -> None:
    with store.writing() as db:
        made = notices.add(db, incident("a"), now_ms=10 * HOUR)
        later = Update(Phase.IDENTIFIED, "Found.", 12 * HOUR, 13 * HOUR, "ada", "a-2")
        sooner = Update(Phase.INVESTIGATING, "We look.", 11 * HOUR, None, "ada", "a-1")
        notices.say(db, made, later)
        notices.say(db, made, sooner)
        found = notices.by_id(db, made.id)
    assert found is not None
    assert (found.title, found.services, found.updates) == ("Payments fail", ("payments", "shop"), (sooner, later))


def test_the_same_keys_again_are_the_same_notice_and_the_same_update(store: Store) -> None:
    with store.writing() as db:
        first, again = (notices.add(db, incident("a"), now_ms=now) for now in (1, 2))
        for _ in range(2):
            notices.say(db, first, Update(Phase.INVESTIGATING, "We look.", 11 * HOUR, key="a-1"))
        (found,) = notices.every(db, most=9)
    assert first.id == again.id == found.id
    assert len(found.updates) == 1


def test_an_update_may_change_the_impact(store: Store) -> None:
    with store.writing() as db:
        made = notices.add(db, incident("a"), now_ms=1)
        notices.say(db, made, Update(Phase.IDENTIFIED, "Worse.", 11 * HOUR, key="k"), impact=Impact.CRITICAL)
        found = notices.by_key(db, "a")
    assert found is not None
    assert found.impact is Impact.CRITICAL


def test_since_gives_what_was_not_over_by_then(store: Store) -> None:
    window = Notice(0, "w", NoticeKind.MAINTENANCE, "Upgrade", Impact.NONE, (), 1 * HOUR, 2 * HOUR)
    with store.writing() as db:
        old = notices.add(db, incident("old", start=1), now_ms=1)
        notices.say(db, old, Update(Phase.RESOLVED, "", 2 * HOUR, key="r"))
        notices.add(db, incident("open", start=1), now_ms=1)
        notices.add(db, window, now_ms=1)
        assert [one.key for one in notices.since(db, 2 * HOUR)] == ["old", "open", "w"]
        assert [one.key for one in notices.since(db, 2 * HOUR + 1)] == ["open"]


def test_what_is_shown_is_what_was_chosen_last(store: Store) -> None:
    chosen = Shown(shown=False, name="Pay", group="Buying", description="Cards", position=3)
    with store.writing() as db:
        assert status.page(db) == PageChoice()
        status.choose_page(db, PageChoice("Acme", "Hello", "Europe/Berlin"), author="ada", now_ms=1)
        for choice in (Shown(), chosen):
            status.choose_component(db, "payments", choice, author="ada", now_ms=1)
        assert status.page(db) == PageChoice("Acme", "Hello", "Europe/Berlin")
        assert status.components(db) == {"payments": chosen}
