"""The JSON API of an objective's past: budget, burns, periods, edits and alerts, each a flat table."""

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from app.domain.signals import MINUTE_MS
from app.domain.windows import Period
from app.reports import signals, slo_budgets, slo_burns, slo_periods, slo_spending, slos
from app.reports.slo_budgets import Budget
from app.store import burn_alerts
from app.store import slos as store
from app.web import deps, slo_row_models, tabular, times
from app.web.api import CSV, LONGEST_MS, Step, Time
from app.web.slo_json import Row, time

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["objectives"])

USUAL_MS = 30 * signals.DAY_MS


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked range and step, in Unix milliseconds."""

    start_ms: int
    end_ms: int
    step_ms: int


async def asked(now: deps.Now, start: Time = None, end: Time = None, step: Step = None) -> Asked:
    """The last thirty days when nothing is said. Raises Invalid."""
    start_ms, end_ms = times.between(start, end, now_ms=times.to_ms(now), usual_ms=USUAL_MS, longest_ms=LONGEST_MS)
    if step is None:
        return Asked(start_ms, end_ms, signals.step_for(start_ms, end_ms))
    step_ms = times.step(step, least_ms=MINUTE_MS)
    times.check_points(start_ms, end_ms, step_ms=step_ms, most=signals.MOST_POINTS)
    return Asked(start_ms, end_ms, step_ms)


Range = Annotated[Asked, Depends(asked)]


@router.get("/slos/{slo}/budget", response_model=list[slo_row_models.BudgetPoint], responses=CSV)
def budget(
    burnline: deps.Burnline,
    slo: str,
    asked: Range,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """The budget at every step, each of the window that ends there; the newest is the budget of now."""
    with burnline.store.reading() as db:
        found = slo_budgets.between(
            burnline.slos,
            db,
            slos.find(burnline.slos, db, slo),
            start_ms=asked.start_ms,
            end_ms=asked.end_ms,
            step_ms=asked.step_ms,
        )
    return table(slo_row_models.BudgetPoint, budget_rows(found), format, file=f"{slo}-budget")


@router.get("/slos/{slo}/burn", response_model=list[slo_row_models.BurnPoint], responses=CSV)
def burn(
    burnline: deps.Burnline,
    slo: str,
    asked: Range,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Every burn policy at every step of stored history, as it would have been evaluated then: a replay."""
    with burnline.store.reading() as db:
        found = slo_burns.between(
            burnline.slos,
            db,
            slos.find(burnline.slos, db, slo),
            start_ms=asked.start_ms,
            end_ms=asked.end_ms,
            step_ms=asked.step_ms,
        )
    rows: list[Row] = [
        {
            "time": time(one.at_ms),
            "pair": one.pair,
            "severity": one.severity,
            "factor": one.factor,
            "long_burn": one.long_burn,
            "short_burn": one.short_burn,
            "breached": one.breached,
            "state": one.state,
        }
        for one in found.points()
    ]
    return table(slo_row_models.BurnPoint, rows, format, file=f"{slo}-burn")


@router.get("/slos/{slo}/spending", response_model=list[slo_row_models.SpendingRow], responses=CSV)
def spending(
    burnline: deps.Burnline,
    slo: str,
    now: deps.Now,
    by: Annotated[str, Query(max_length=300, description="label:NAME, deploy or hour.")] = "deploy",
    start: Time = None,
    end: Time = None,
    tz: Annotated[str, Query(max_length=64, description="Whose hours.")] = "UTC",
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Who spent the budget, ranked; of the objective's window when nothing is said. Shares add to 1."""
    zone = times.zone(tz)
    with burnline.store.reading() as db:
        row = slos.one(burnline.slos, db, slo)
        usual_ms = max(MINUTE_MS, row.now.window.end_ms - row.now.window.start_ms)
        until_ms = times.to_ms(now) if end is not None or not row.now.window.end_ms else row.now.window.end_ms
        start_ms, end_ms = times.between(start, end, now_ms=until_ms, usual_ms=usual_ms, longest_ms=LONGEST_MS)
        found = slo_spending.of(burnline.slos, db, row.slo, by=by, within=Period(start_ms, end_ms), zone=zone)
    rows: list[Row] = [
        {
            "by": by,
            "value": one.name,
            "bad_events": one.bad,
            "total_events": one.total,
            "share": one.share,
            "budget_share": found.budget_share(one),
        }
        for one in found.shares
    ]
    return table(slo_row_models.SpendingRow, rows, format, file=f"{slo}-spending")


@router.get("/slos/{slo}/periods", response_model=list[slo_row_models.PeriodRow], responses=CSV)
def periods(
    burnline: deps.Burnline,
    slo: str,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Calendar periods that are over, newest first, as they were closed."""
    with burnline.store.reading() as db:
        found = slo_periods.closed(burnline.slos, db, slos.find(burnline.slos, db, slo))
    rows: list[Row] = [
        {
            "start": time(one.start_ms),
            "end": time(one.end_ms),
            "target": float(one.target),
            "bad_events": one.bad,
            "total_events": one.total,
            "known_seconds": one.known_seconds,
            "compliance": one.compliance,
            "met": one.met,
            "budget_left": one.budget_left,
            "compliance_now": one.compliance_now,
            "closed": time(one.closed_ms),
        }
        for one in found
    ]
    return table(slo_row_models.PeriodRow, rows, format, file=f"{slo}-periods")


@router.get("/slos/{slo}/edits", response_model=list[slo_row_models.EditRow])
def edits(burnline: deps.Burnline, slo: str) -> Response:
    """Who changed the objective, newest first, with the definitions before and after."""
    with burnline.store.reading() as db:
        found = store.edits(db, slos.find(burnline.slos, db, slo).id)
    return tabular.as_json(
        [
            {
                "time": time(at_ms),
                "author": edit.author,
                "origin": edit.origin,
                "note": edit.note,
                "fields": changed(before, after),
                "before": _object(before) or None,
                "after": _object(after) or None,
            }
            for at_ms, edit, before, after in found
        ]
    )


@router.get("/slos/{slo}/alerts", response_model=list[slo_row_models.AlertRow], responses=CSV)
def alerts(
    burnline: deps.Burnline,
    slo: str,
    asked: Range,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Burn policies that were breached at some time of the range, newest first."""
    with burnline.store.reading() as db:
        found = slos.find(burnline.slos, db, slo)
        listed = burn_alerts.between(db, found.id, start_ms=asked.start_ms, end_ms=asked.end_ms)
    rows: list[Row] = [
        {
            "id": one.id,
            "slo": found.slug,
            "pair": one.pair,
            "severity": one.severity,
            "factor": one.factor,
            "state": one.state.value,
            "since": time(one.since_ms),
            "fired": time(one.fired_ms),
            "resolved": time(one.resolved_ms),
            "long_burn": one.long_burn,
            "short_burn": one.short_burn,
            "budget_left": one.budget_left,
            "ended": one.ended,
        }
        for one in listed
    ]
    return table(slo_row_models.AlertRow, rows, format, file=f"{slo}-alerts")


def budget_rows(of: Budget) -> list[Row]:
    return [
        {
            "time": time(one.at_ms),
            "bad": one.bad,
            "total": one.total,
            "known_seconds": one.known_seconds,
            "compliance": one.compliance,
            "budget_left": one.budget_left,
            "projected": one.projected,
        }
        for one in of.points()
    ]


def table(model: type[BaseModel], rows: list[Row], format: str, *, file: str) -> Response:  # noqa: A002
    """Rows in the form that was asked for."""
    return tabular.as_csv(list(model.model_fields), rows, file=file) if format == "csv" else tabular.as_json(rows)


def changed(before: str, after: str) -> list[str]:
    """The fields that two definitions differ in; all of them where there was none."""
    one, other = _object(before), _object(after)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _object(text: str) -> dict[str, Any]:
    return dict(orjson.loads(text)) if text else {}
