"""The JSON API of the ledger: entries are added and taken back, never changed."""

from math import isfinite
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.actions import ledger as acting
from app.domain.errors import Invalid
from app.domain.json_values import Reading
from app.domain.ledger import Entry, EntryKind, Scope, Treatment
from app.reports import slo_ledgers, slos
from app.reports.slo_ledgers import LedgerRow
from app.store import owners
from app.web import deps, slo_row_models, tabular, times
from app.web.numbers import Number
from app.web.slo_json import Row, time
from app.web.slo_reads import table
from app.web.slo_row_models import EntryTold, ReversalTold
from app.web.slos_api import CSV, stored

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["objectives"])

MOST_EVENTS = 1e12
Service = Annotated[str, Query(max_length=400, description="A service; left out: all of them.")]


@router.get("/slos/{slo}/ledger", response_model=list[slo_row_models.LedgerRow], responses=CSV)
def slo_ledger(
    burnline: deps.Burnline,
    slo: str,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """What stands in the ledger about an objective, newest first: its own entries, its service's and those of all."""
    with burnline.store.reading() as db:
        found = slo_ledgers.of_slo(db, slos.find(burnline.slos, db, slo))
    return table(slo_row_models.LedgerRow, [row(one) for one in found], format, file=f"{slo}-ledger")


@router.post("/slos/{slo}/ledger", status_code=201, response_model=slo_row_models.LedgerRow)
def enter_for_slo(burnline: deps.Burnline, now: deps.Now, by: deps.By, slo: str, told: EntryTold) -> Response:
    """Leave minutes of an objective out, count them as good, or correct its count of bad events."""
    with burnline.store.writing() as db:
        found = stored(db, slo)
        asked = entry(told, Scope(slo_id=found.id), by=by)
        made = acting.enter(db, asked, now_ms=times.to_ms(now))
    burnline.revision += 1
    shown = slo_ledgers.row(made, slos_by_id={found.id: found.slug}, services_by_id={})
    return tabular.as_json(row(shown), status=201)


@router.get("/ledger", response_model=list[slo_row_models.LedgerRow], responses=CSV)
def ledger(
    burnline: deps.Burnline,
    service: Service = "",
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """The whole ledger, or what concerns every objective of a service; newest first."""
    home = burnline.board.find(service) if service else None
    with burnline.store.reading() as db:
        found = slo_ledgers.every(db) if home is None else slo_ledgers.of_service(db, home.id, home.slug)
    return table(slo_row_models.LedgerRow, [row(one) for one in found], format, file="ledger")


@router.post("/ledger", status_code=201, response_model=slo_row_models.LedgerRow)
def enter(burnline: deps.Burnline, now: deps.Now, by: deps.By, told: EntryTold, service: Service = "") -> Response:
    """The same for every objective of a service, or for all there are."""
    home = burnline.board.find(service) if service else None
    with burnline.store.writing() as db:
        deps.answer_for(by, owners.EVERYBODYS if home is None else owners.of_service(db, home.slug))
        asked = entry(told, Scope(service_id=None if home is None else home.id), by=by)
        made = acting.enter(db, asked, now_ms=times.to_ms(now))
    burnline.revision += 1
    homes = {} if home is None else {home.id: home.slug}
    return tabular.as_json(row(slo_ledgers.row(made, slos_by_id={}, services_by_id=homes)), status=201)


@router.post("/ledger/{entry}/reversal", status_code=201, response_model=slo_row_models.LedgerRow)
def reverse(burnline: deps.Burnline, now: deps.Now, by: deps.By, entry: Number, told: ReversalTold) -> Response:
    """Take an entry back, from its own time on. Both stay in the list."""
    said = Reading(told.model_dump())
    author, reason = by.signs(said.text("author", usual="")), said.text("reason")
    with burnline.store.writing() as db:
        made = acting.reverse(db, entry, author=author, reason=reason, now_ms=times.to_ms(now))
        found = next(one for one in slo_ledgers.every(db) if one.entry.id == made.id)
    burnline.revision += 1
    return tabular.as_json(row(found), status=201)


def entry(told: EntryTold, scope: Scope, *, by: deps.Actor) -> Entry:
    """What is to be entered. Raises Invalid at the field at fault."""
    said = Reading(told.model_dump())
    start_ms = times.parse(str(told.start), field="start")
    end_ms = start_ms if told.end is None else times.parse(str(told.end), field="end")
    if not isfinite(told.events) or told.events > MOST_EVENTS:
        raise Invalid("A correction is of at most a million million events.", code="entry_invalid", field="events")
    return Entry(
        id=0,
        kind=EntryKind(told.kind),
        scope=scope,
        start_ms=start_ms,
        end_ms=end_ms,
        author=by.signs(said.text("author", usual="")),
        reason=said.text("reason"),
        recorded_ms=0,
        treatment=Treatment(told.treatment),
        recurrence=said.text("recurrence", usual=""),
        zone=said.text("zone", usual="UTC") or "UTC",
        events=told.events,
    )


def row(one: LedgerRow) -> Row:
    found = one.entry
    return {
        "id": found.id,
        "kind": found.kind.value,
        "scope": one.scope,
        "start": time(found.start_ms),
        "end": time(found.end_ms),
        "recurrence": found.recurrence,
        "zone": found.zone,
        "treatment": found.treatment.value,
        "events": found.events,
        "author": found.author,
        "reason": found.reason,
        "recorded": time(found.recorded_ms),
        "reverses": found.reverses,
        "reversed_by": None if one.reversed_by is None else one.reversed_by.id,
    }
