"""Notices: where they stand, and what cannot be told."""

from dataclasses import replace

import pytest

from app.domain import notices
from app.domain.errors import Invalid
from app.domain.notices import Impact, Notice, NoticeKind, Phase, Update

HOUR = 3_600_000
INCIDENT = Notice(1, "a", NoticeKind.INCIDENT, "Payments fail", Impact.MAJOR, ("payments",), start_ms=10 * HOUR)
WORK = Notice(2, "b", NoticeKind.MAINTENANCE, "Upgrade", Impact.NONE, (), start_ms=10 * HOUR, end_ms=12 * HOUR)


def said(phase: Phase, at: float, text: str = "So it is.") -> Update:
    return Update(phase, text, round(at * HOUR))


def test_an_incident_is_open_until_it_is_resolved() -> None:
    open_one = replace(INCIDENT, updates=(said(Phase.MONITORING, 11),))
    assert open_one.is_open(99 * HOUR)
    assert open_one.ended_ms(99 * HOUR) is None
    over = replace(open_one, updates=(*open_one.updates, said(Phase.RESOLVED, 12)))
    assert not over.is_open(12 * HOUR)
    assert over.ended_ms(99 * HOUR) == 12 * HOUR


@pytest.mark.parametrize(
    ("at", "phase", "is_open"),
    [
        (9.99, Phase.SCHEDULED, False),
        (10, Phase.IN_PROGRESS, True),
        (11.99, Phase.IN_PROGRESS, True),
        (12, Phase.COMPLETED, False),
    ],
)
def test_a_window_opens_and_closes_by_itself(at: float, phase: Phase, is_open: bool) -> None:
    told = replace(WORK, updates=(said(Phase.SCHEDULED, 1),))
    assert told.phase(round(at * HOUR)) is phase
    assert told.is_open(round(at * HOUR)) is is_open


def test_maintenance_that_is_done_early_is_over() -> None:
    done = replace(WORK, updates=(said(Phase.SCHEDULED, 1), said(Phase.COMPLETED, 11, "")))
    assert done.phase(round(11.5 * HOUR)) is Phase.COMPLETED
    assert done.ended_ms(round(11.5 * HOUR)) == 11 * HOUR


def test_a_promise_ends_with_the_incident() -> None:
    promised = Update(Phase.IDENTIFIED, "Found.", 11 * HOUR, 12 * HOUR)
    assert replace(INCIDENT, updates=(promised,)).next_ms == 12 * HOUR
    assert replace(INCIDENT, updates=(promised, said(Phase.RESOLVED, 12))).next_ms is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"end_ms": 11 * HOUR}, "end"),
        ({"services": tuple(map(str, range(201)))}, "services"),
        ({"kind": NoticeKind.MAINTENANCE}, "end"),
        ({"kind": NoticeKind.MAINTENANCE, "end_ms": 10 * HOUR}, "end"),
        ({"kind": NoticeKind.MAINTENANCE, "end_ms": 11 * HOUR}, "impact"),
    ],
)
def test_what_cannot_be_a_notice_is_refused_at_its_field(changed: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        replace(INCIDENT, **changed)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("update", "field"),
    [
        (said(Phase.IN_PROGRESS, 11), "phase"),
        (said(Phase.IDENTIFIED, 11, " "), "text"),
        (said(Phase.IDENTIFIED, 10.5), "time"),
    ],
)
def test_what_cannot_be_said_next_is_refused_at_its_field(update: Update, field: str) -> None:
    begun = replace(INCIDENT, updates=(said(Phase.INVESTIGATING, 10.6),))
    with pytest.raises(Invalid) as refused:
        notices.check_next(begun, update)
    assert refused.value.field == field


def test_resolving_needs_no_words_and_a_promise_is_of_a_time_to_come() -> None:
    notices.check_next(INCIDENT, said(Phase.RESOLVED, 11, ""))
    with pytest.raises(Invalid):
        Update(Phase.IDENTIFIED, "Found.", 11 * HOUR, 11 * HOUR)
