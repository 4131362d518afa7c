"""The ledger's forms on an objective's page: entering, and taking back. What cannot be taken comes back filled in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.actions import ledger as acting
from app.domain.errors import Invalid
from app.domain.json_values import Reading
from app.domain.ledger import Entry, EntryKind, Scope, Treatment
from app.domain.slos import Slo
from app.store import owners
from app.web import deps, slo_pages, times
from app.web.forms import Filled
from app.web.numbers import Number
from app.web.slos_api import stored
from app.web.view import Viewed

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

EXCLUSIONS = {"removed": Treatment.REMOVED, "good": Treatment.GOOD}


@router.post("/slos/{slo}/ledger")
def enter(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, slo: str, filled: Filled
) -> Response:
    """Leave minutes out, count them as good, or correct the count of bad events."""
    try:
        with burnline.store.writing() as db:
            found = stored(db, slo)
            asked = entry(filled, found, zone=view.zone, by=by)
            if asked.scope.service_id is not None:
                deps.answer_for(by, owners.of_service(db, found.service))
            acting.enter(db, asked, now_ms=times.to_ms(now))
    except Invalid as problem:
        return slo_pages.show(request, burnline, view, slo, filled=filled, problem=problem)
    burnline.revision += 1
    return RedirectResponse(view.link(f"/slos/{slo}") + "#ledger", 303)


@router.post("/slos/{slo}/ledger/{number}/reversal")
def reverse(
    request: Request,
    burnline: deps.Burnline,
    view: Viewed,
    now: deps.Now,
    by: deps.By,
    slo: str,
    number: Number,
    filled: Filled,
) -> Response:
    """Take an entry back, from its own time on. Both stay in the list."""
    try:
        said = Reading({**filled})
        author, reason = by.signs(said.text("author", usual="")), said.text("reason")
        with burnline.store.writing() as db:
            acting.reverse(db, number, author=author, reason=reason, now_ms=times.to_ms(now))
    except Invalid as problem:
        return slo_pages.show(request, burnline, view, slo, filled=filled, problem=problem)
    burnline.revision += 1
    return RedirectResponse(view.link(f"/slos/{slo}") + "#ledger", 303)


def entry(filled: dict[str, str], slo: Slo, *, zone: ZoneInfo, by: deps.Actor) -> Entry:
    """What is to be entered; times are wall-clock times of the page's zone. Raises Invalid at the field at fault."""
    said = Reading({**filled})
    kind = filled.get("kind", "")
    start_ms = _time(said, "start", zone)
    is_exclusion = kind in EXCLUSIONS
    if not is_exclusion and kind not in (EntryKind.DEBIT, EntryKind.CREDIT):
        raise Invalid("An entry leaves minutes out, counts them as good, or corrects a count.", field="kind")
    whole_service = filled.get("of") == "service"
    return Entry(
        id=0,
        kind=EntryKind.EXCLUSION if is_exclusion else EntryKind(kind),
        scope=Scope(service_id=slo.service_id) if whole_service else Scope(slo_id=slo.id),
        start_ms=start_ms,
        end_ms=_time(said, "end", zone) if is_exclusion else start_ms,
        author=by.signs(said.text("author", usual="")),
        reason=said.text("reason"),
        recorded_ms=0,
        treatment=EXCLUSIONS.get(kind, Treatment.REMOVED),
        recurrence=said.text("recurrence", usual="") if is_exclusion else "",
        zone=zone.key,
        events=0.0 if is_exclusion else float(said.decimal("events")),
    )


def _time(said: Reading, name: str, zone: ZoneInfo) -> int:
    at: datetime = said.minute(name)
    return round(at.replace(tzinfo=at.tzinfo or zone).timestamp() * 1000)
