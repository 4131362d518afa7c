"""Settings of the status page: telling something, and choosing what is shown under which name."""

import secrets
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.actions import notices as acting
from app.actions import status as choosing
from app.domain.errors import Invalid
from app.domain.json_values import Reading
from app.domain.notices import LAST, LONGEST_TEXT, PHASES, Impact, Notice, NoticeKind, Phase, Update
from app.domain.status_choices import PageChoice, Shown
from app.reports import status_choices, status_words
from app.store import notices
from app.web import deps, notices_api, render, times
from app.web.forms import Filled
from app.web.numbers import Number
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

HERE = "/settings/status"
MOST = 30
FARTHEST_MINUTES = 7 * 1_440
CHOSEN = "service "  # of a checkbox: the service stands in its name


@router.get(HERE)
def status_settings(request: Request, burnline: deps.Burnline, view: Viewed) -> Response:
    """What is told and shown, and the forms to change it."""
    return _show(request, burnline, view, {}, None)


@router.post(HERE)
def choose_page(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """The page's title, zone and line."""
    try:
        said = Reading({**filled})
        zone = times.zone(said.text("zone")).key
        choice = PageChoice(said.text("title"), said.text("about", usual=""), zone)
        with burnline.store.writing() as db:
            choosing.choose_page(db, choice, author=by.name, now_ms=times.to_ms(now))
    except Invalid as problem:
        return _show(request, burnline, view, filled, problem)
    return _done(burnline, view, "whole")


@router.post(HERE + "/services/{service:path}")
def choose_service(
    request: Request,
    burnline: deps.Burnline,
    view: Viewed,
    now: deps.Now,
    by: deps.By,
    service: str,
    filled: Filled,
) -> Response:
    """How one service is shown, if at all."""
    try:
        said = Reading({**filled})
        choice = Shown(
            shown="shown" in filled,
            name=said.text("name", usual=""),
            group=said.text("group", usual=""),
            description=said.text("description", usual=""),
            position=_whole(filled.get("position", ""), "position"),
        )
        known = notices_api.known(burnline)
        with burnline.store.writing() as db:
            choosing.choose_services(db, {service: choice}, known=known, author=by.name, now_ms=times.to_ms(now))
    except Invalid as problem:
        return _show(request, burnline, view, filled, problem)
    return _done(burnline, view, "shown")


@router.post(HERE + "/notices")
def post_notice(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """Tell of an incident or of planned maintenance."""
    now_ms = times.to_ms(now)
    try:
        notice, first = _notice(filled, zone=view.zone, author=by.name, now_ms=now_ms)
        with burnline.store.writing() as db:
            notices_api.answer_for_all(db, by, notice.services)
            acting.post(db, notice, first, now_ms=now_ms)
    except Invalid as problem:
        return _show(request, burnline, view, filled, problem)
    return _done(burnline, view, "told")


@router.post(HERE + "/notices/{notice}/updates")
def post_update(
    request: Request,
    burnline: deps.Burnline,
    view: Viewed,
    now: deps.Now,
    by: deps.By,
    notice: Number,
    filled: Filled,
) -> Response:
    """Tell how it goes on."""
    now_ms = times.to_ms(now)
    try:
        said = Reading({**filled})
        phase = said.choice("phase", Phase)
        text = said.text("text", usual="", longest=LONGEST_TEXT)
        update = Update(phase, text, now_ms, _promised(filled, now_ms), by.name, secrets.token_hex(8))
        with burnline.store.writing() as db:
            notices_api.answer_for_all(db, by, acting.one(db, notice).services)
            acting.say(db, notice, update, now_ms=now_ms)
    except Invalid as problem:
        return _show(request, burnline, view, filled, problem)
    return _done(burnline, view, "told")


def _notice(filled: dict[str, str], *, zone: ZoneInfo, author: str, now_ms: int) -> tuple[Notice, Update]:
    """Times are wall-clock times of the page's zone. Raises Invalid at the field at fault."""
    said = Reading({**filled})
    kind, key = said.choice("kind", NoticeKind), secrets.token_hex(8)
    is_planned = kind is NoticeKind.MAINTENANCE
    services = tuple(name.removeprefix(CHOSEN) for name in filled if name.startswith(CHOSEN))
    notice = Notice(
        id=0,
        key=key,
        kind=kind,
        title=said.text("title"),
        impact=Impact.NONE if is_planned else said.choice("impact", Impact, usual=Impact.MINOR),
        services=services,
        start_ms=_minute(said, "start", zone) if is_planned else now_ms,
        end_ms=_minute(said, "end", zone) if is_planned else None,
        author=author,
    )
    phase = PHASES[kind][0]
    text = said.text("text", usual="", longest=LONGEST_TEXT) or (notice.title if phase not in LAST else "")
    promised = None if is_planned else _promised(filled, now_ms)
    return notice, Update(phase, text, now_ms, promised, author, f"{key}-1")


def _minute(said: Reading, name: str, zone: ZoneInfo) -> int:
    at = said.minute(name)
    return times.to_ms(at.replace(tzinfo=at.tzinfo or zone))


def _promised(filled: dict[str, str], now_ms: int) -> int | None:
    minutes = _whole(filled.get("next", ""), "next")
    if not 0 <= minutes <= FARTHEST_MINUTES:
        raise Invalid("The next update is promised within a week.", code="notice_invalid", field="next")
    return now_ms + minutes * 60_000 if minutes else None


def _whole(text: str, field: str) -> int:
    """A whole number; nothing is 0. Raises Invalid."""
    try:
        number = int(text.strip() or "0")
    except ValueError as error:
        raise Invalid(f"The {field} is a whole number.", code="status_invalid", field=field) from error
    if abs(number) > 1_000_000:
        raise Invalid(f"The {field} is at most a million.", code="status_invalid", field=field)
    return number


def _show(
    request: Request, burnline: deps.App, view: View, filled: dict[str, str], problem: Invalid | None
) -> Response:
    with burnline.store.reading() as db:
        found, told = status_choices.page(burnline.slos, db), notices.every(db, most=MOST)
    answer = render.page(
        request,
        "settings/status.html",
        view=view,
        found=found,
        notices=told,
        phases=PHASES,
        words=status_words,
        zones=sorted(times.zones()),
        filled=filled if problem is not None else {},
        problem=problem,
    )
    if problem is not None:
        answer.status_code = 422
        del answer.headers["etag"]
    return remember(answer, view)


def _done(burnline: deps.App, view: View, part: str) -> Response:
    burnline.revision += 1
    return RedirectResponse(f"{view.link(HERE)}#{part}", 303)
