"""The JSON API of the status page: telling something, and choosing what is shown under which name."""

import secrets
from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import Response

from app.actions import notices as acting
from app.actions import status as choosing
from app.domain.notices import LAST, PHASES, Impact, Notice, NoticeKind, Update
from app.domain.status_choices import PageChoice, Shown
from app.reports import status_choices
from app.store import notices, owners
from app.store import status as choices
from app.store.engine import Connection
from app.web import deps, tabular, times
from app.web.notices_models import NoticeRow, NoticeTold, StatusChoices, UpdateTold
from app.web.numbers import Number

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["status page"])

MOST = 500
Row = dict[str, object]


@router.get("/notices", response_model=list[NoticeRow])
def list_notices(burnline: deps.Burnline, now: deps.Now) -> Response:
    """The newest notices, newest first."""
    with burnline.store.reading() as db:
        found = notices.every(db, most=MOST)
    return tabular.as_json([row(one, now_ms=times.to_ms(now)) for one in found])


@router.get("/notices/{notice}", response_model=NoticeRow)
def one_notice(burnline: deps.Burnline, now: deps.Now, notice: Number) -> Response:
    """One notice with everything said in it."""
    with burnline.store.reading() as db:
        found = acting.one(db, notice)
    return tabular.as_json(row(found, now_ms=times.to_ms(now)))


@router.post("/notices", status_code=201, response_model=NoticeRow)
def post_notice(burnline: deps.Burnline, now: deps.Now, by: deps.By, told: NoticeTold) -> Response:
    """Tell of an incident or of planned maintenance."""
    now_ms = times.to_ms(now)
    notice, first = notice_of(told, author=by.name, now_ms=now_ms)
    with burnline.store.writing() as db:
        answer_for_all(db, by, notice.services)
        made = acting.post(db, notice, first, now_ms=now_ms)
    burnline.revision += 1
    return tabular.as_json(row(made, now_ms=now_ms), status=201)


@router.post("/notices/{notice}/updates", status_code=201, response_model=NoticeRow)
def post_update(burnline: deps.Burnline, now: deps.Now, by: deps.By, notice: Number, told: UpdateTold) -> Response:
    """Tell how it goes on."""
    now_ms = times.to_ms(now)
    update = update_of(told, author=by.name, now_ms=now_ms)
    with burnline.store.writing() as db:
        answer_for_all(db, by, acting.one(db, notice).services)
        made = acting.say(db, notice, update, now_ms=now_ms, impact=told.impact)
    burnline.revision += 1
    return tabular.as_json(row(made, now_ms=now_ms), status=201)


@router.get("/status", response_model=StatusChoices)
def status_choices_now(burnline: deps.Burnline) -> Response:
    """What the status page shows under which names, as it holds now."""
    with burnline.store.reading() as db:
        return tabular.as_json(_choices(status_choices.page(burnline.slos, db)))


@router.put("/status", response_model=StatusChoices)
def choose(burnline: deps.Burnline, now: deps.Now, by: deps.By, told: StatusChoices) -> Response:
    """Choose the page's title and zone, and how services are shown."""
    now_ms = times.to_ms(now)
    chosen = {
        one.service: Shown(one.shown, one.name.strip(), one.group.strip(), one.description.strip(), one.position)
        for one in told.services
    }
    with burnline.store.writing() as db:
        before = choices.page(db)
        page = PageChoice(
            title=before.title if told.title is None else told.title.strip(),
            about=before.about if told.about is None else told.about.strip(),
            zone=before.zone if told.zone is None else times.zone(told.zone).key,
        )
        shown = {one.service: one.chosen for one in status_choices.page(burnline.slos, db).services}
        answer_for_all(db, by, [service for service, one in chosen.items() if one != shown.get(service)])
        choosing.choose_page(db, page, author=by.name, now_ms=now_ms)
        choosing.choose_services(db, chosen, known=known(burnline), author=by.name, now_ms=now_ms)
        found = status_choices.page(burnline.slos, db)
    burnline.revision += 1
    return tabular.as_json(_choices(found))


def answer_for_all(db: Connection, by: deps.Actor, services: Iterable[str]) -> None:
    """Raises Forbidden when one of them is another team's."""
    for slug in services:
        deps.answer_for(by, owners.of_service(db, slug))


def known(burnline: deps.App) -> set[str]:
    """Services that may be named, those included that only have an objective yet."""
    return {one.slug for one in burnline.board.services()} | {slo.service for slo in burnline.slos.slos()}


def notice_of(told: NoticeTold, *, author: str, now_ms: int) -> tuple[Notice, Update]:
    """The notice and what is said first. Raises Invalid at the field at fault."""
    is_planned = told.kind is NoticeKind.MAINTENANCE
    at_ms = moment(told.time, "time", now_ms)
    usual = Impact.NONE if is_planned else Impact.MINOR
    key = told.key or secrets.token_hex(8)
    notice = Notice(
        id=0,
        key=key,
        kind=told.kind,
        title=told.title.strip(),
        impact=usual if told.impact is None else told.impact,
        services=tuple(dict.fromkeys(told.services)),
        start_ms=moment(told.start, "start", now_ms if is_planned else at_ms),
        end_ms=None if told.end is None else times.parse(str(told.end), field="end"),
        author=author,
    )
    phase = told.phase or PHASES[told.kind][0]
    text = told.text.strip() or (notice.title if phase not in LAST else "")
    next_ms = None if told.next_update is None else times.parse(str(told.next_update), field="next_update")
    return notice, Update(phase, text, at_ms, next_ms, author, f"{key}-1")


def update_of(told: UpdateTold, *, author: str, now_ms: int) -> Update:
    """Raises Invalid at the field at fault."""
    next_ms = None if told.next_update is None else times.parse(str(told.next_update), field="next_update")
    at_ms = moment(told.time, "time", now_ms)
    return Update(told.phase, told.text.strip(), at_ms, next_ms, author, told.key or secrets.token_hex(8))


def moment(told: str | float | None, field: str, usual_ms: int) -> int:
    return usual_ms if told is None else times.parse(str(told), field=field)


def row(one: Notice, *, now_ms: int) -> Row:
    ended_ms = one.ended_ms(now_ms)
    return {
        "id": one.id,
        "key": one.key,
        "kind": one.kind.value,
        "title": one.title,
        "impact": one.impact.value,
        "phase": one.phase(now_ms).value,
        "services": list(one.services),
        "start": times.iso(one.start_ms),
        "end": _time(one.end_ms),
        "closed": _time(ended_ms),
        "author": one.author,
        "updates": [
            {
                "phase": said.phase.value,
                "text": said.text,
                "time": times.iso(said.at_ms),
                "next_update": _time(said.next_ms),
                "author": said.author,
            }
            for said in one.updates
        ],
    }


def _choices(found: status_choices.Choices) -> Row:
    return {
        "title": found.page.title,
        "about": found.page.about,
        "zone": found.page.zone,
        "services": [
            {
                "service": one.service,
                "shown": one.chosen.shown,
                "name": one.chosen.name,
                "group": one.chosen.group,
                "description": one.chosen.description,
                "position": one.chosen.position,
            }
            for one in found.services
        ],
    }


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else times.iso(at_ms)
