"""The JSON API: the numbers of the pages, from the same reports."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.actions.noting import noted
from app.domain.changes import Change
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.reports import charts, figures, overview, series, services, signals
from app.reports.overview import Row
from app.reports.signals import Columns
from app.store import changes, owners
from app.store.audit import Deed
from app.web import deps, models, tabular, times

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR])

LONGEST_MS = 400 * signals.DAY_MS
USUAL_MS = 6 * HOUR_MS
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}

Time = Annotated[str | None, Query(max_length=64, description="RFC 3339, or seconds since 1970.")]
Step = Annotated[
    str | None, Query(max_length=20, description="Whole minutes: 60, 5m, 1h or 1d. Left out: what suits the range.")
]
SignalFormat = Annotated[
    Literal["json", "csv", "columns", "plotly"],
    Query(description="columns: what the page's charts are drawn from; plotly: the charts as Plotly figures."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked range and step, in Unix milliseconds."""

    start_ms: int
    end_ms: int
    step_ms: int


async def asked(now: deps.Now, start: Time = None, end: Time = None, step: Step = None) -> Asked:
    """The range and step of a request: the last six hours when nothing is said. Raises Invalid."""
    start_ms, end_ms = times.between(start, end, now_ms=times.to_ms(now), usual_ms=USUAL_MS, longest_ms=LONGEST_MS)
    if step is None:
        return Asked(start_ms, end_ms, signals.step_for(start_ms, end_ms))
    step_ms = times.step(step, least_ms=MINUTE_MS)
    times.check_points(start_ms, end_ms, step_ms=step_ms, most=signals.MOST_POINTS)
    return Asked(start_ms, end_ms, step_ms)


@router.get("/services", tags=["services"], response_model=list[models.ServiceNow], responses=CSV)
def list_services(burnline: deps.Burnline, now: deps.Now, format: tabular.Format = "json") -> Response:  # noqa: A002
    """Every service as it is now, worst first."""
    rows = [_row(one) for one in overview.page(burnline.board, now).rows]
    if format == "csv":
        return tabular.as_csv(list(models.ServiceNow.model_fields), rows, file="services")
    return tabular.as_json(rows)


@router.get(
    "/services/{service:path}/signals", tags=["services"], response_model=list[models.SignalPoint], responses=CSV
)
def service_signals(
    burnline: deps.Burnline,
    now: deps.Now,
    service: str,
    asked: Annotated[Asked, Depends(asked)],
    format: SignalFormat = "json",  # noqa: A002 - the parameter's name
    compare: Annotated[Literal["week"] | None, Query(description="Adds traffic a week before (charts only).")] = None,
    tz: Annotated[str, Query(max_length=64, description="Zone of the charts' texts.")] = "UTC",
    theme: Annotated[figures.Look, Query(description="Colours of the Plotly figures.")] = "light",
) -> Response:
    """Golden signals of a service over a range, oldest first: one object a bucket, signal and series."""
    zone = times.zone(tz)
    found = services.shown(
        burnline.board,
        burnline.store,
        burnline.board.find(service),
        now,
        start_ms=asked.start_ms,
        end_ms=asked.end_ms,
        step_ms=asked.step_ms,
        zone=zone,
        with_last_week=compare == "week",
        slos=burnline.slos,
    )
    if format == "columns":
        return tabular.as_json(charts.payload(found, zone=zone))
    if format == "plotly":
        return tabular.as_json(figures.all_four(found, look=theme))
    return _rows(found.columns, format)


@router.get("/services/{service:path}", tags=["services"], response_model=models.ServiceDetail)
def one_service(burnline: deps.Burnline, now: deps.Now, service: str) -> Response:
    """A service as it is now, with everything found wrong and its resources."""
    detail = services.detail(burnline.board, burnline.store, burnline.board.find(service), now)
    return tabular.as_json(
        _row(detail.head.row)
        | {
            "findings": [
                {"state": one.state, "concern": one.concern, "reason": one.text, "since": _time(one.since_ms)}
                for one in detail.head.reasons
            ],
            "resources": [
                {
                    "resource": one.name,
                    "state": one.state,
                    "ratio": one.share,
                    "full_in_seconds": one.full_seconds,
                }
                for one in detail.resources
            ],
        }
    )


@router.get("/series", tags=["series"], response_model=list[models.SamplePoint], responses=CSV)
def list_samples(
    burnline: deps.Burnline,
    now: deps.Now,
    match: Annotated[str, Query(min_length=1, max_length=256, description="The metric's whole name.")],
    start: Time = None,
    end: Time = None,
    step: Annotated[str | None, Query(max_length=20, description="Whole minutes. Left out: every sample.")] = None,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Every series of a metric, oldest first: its samples, or one value a step; of the last six hours if not said.

    In a step a gauge's value is its mean and a counter's is its increase. A histogram's value is the number of its
    observations: the total so far, in a step the new ones. Steps without data are left out.
    """
    start_ms, end_ms = times.between(start, end, now_ms=times.to_ms(now), usual_ms=USUAL_MS, longest_ms=LONGEST_MS)
    if step is None:
        found = series.samples(burnline.store, match, start_ms=start_ms, end_ms=end_ms)
    else:
        step_ms = times.step(step, least_ms=MINUTE_MS)
        found = series.steps(burnline.store, match, start_ms=start_ms, end_ms=end_ms, step_ms=step_ms)
    if format == "csv":
        rows = (asdict(one) | {"labels": orjson.dumps(one.labels).decode()} for one in found)
        return tabular.as_csv(list(models.SamplePoint.model_fields), rows, file="series")
    return tabular.as_json(found)


@router.post("/changes", tags=["changes"], status_code=201, response_model=models.ChangeKnown)
def record_change(burnline: deps.Burnline, now: deps.Now, by: deps.By, told: models.ChangeTold) -> Response:
    """Tell of a deploy: it becomes a mark on the service's charts. The same again is the same change."""
    now_ms = times.to_ms(now)
    at_ms = now_ms if told.time is None else times.parse(str(told.time), field="time")
    change = Change(told.service.strip(), at_ms, told.version.strip(), told.title.strip(), told.link.strip())
    with burnline.store.writing() as db:
        deps.answer_for(by, owners.of_service(db, change.service))
        if changes.record(db, change, now_ms=now_ms):
            noted(db, Deed(by.name, "change_told", change.service, after=f"{change.version} {change.title}".strip()))
    burnline.revision += 1
    return tabular.as_json(_change(change), status=201)


@router.get("/changes", tags=["changes"], response_model=list[models.ChangeKnown], responses=CSV)
def list_changes(
    burnline: deps.Burnline,
    now: deps.Now,
    service: Annotated[str | None, Query(max_length=400)] = None,
    start: Time = None,
    end: Time = None,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Deploys and other changes of one service or of all, oldest first; of the last seven days when nothing is said."""
    start_ms, end_ms = times.between(
        start, end, now_ms=times.to_ms(now) + 1, usual_ms=signals.WEEK_MS, longest_ms=LONGEST_MS
    )
    with burnline.store.reading() as db:
        rows = [_change(one) for one in changes.between(db, service=service, start_ms=start_ms, end_ms=end_ms)]
    if format == "csv":
        return tabular.as_csv(list(models.ChangeKnown.model_fields), rows, file="changes")
    return tabular.as_json(rows)


def _rows(columns: Columns, format: str) -> Response:  # noqa: A002 - the parameter's name
    rows = signals.rows(columns)
    if format == "csv":
        names = list(models.SignalPoint.model_fields)
        return tabular.as_csv(names, (asdict(one) for one in rows), file=columns.service.slug)
    return tabular.as_json(list(rows))


def _row(row: Row) -> dict[str, object]:
    return {
        "service": row.service.slug,
        "name": row.service.name,
        "environment": row.service.environment,
        "state": row.state,
        "reason": row.reason,
        "since": _time(row.since_ms),
        "newest": _time(row.service.newest_ms),
        "until": _time(row.until_ms),
        "latency_seconds": row.latency.value,
        "latency_kind": row.latency_name,
        "traffic_per_second": row.traffic.value,
        "error_ratio": row.errors.value,
        "saturation_ratio": row.saturation.value,
        "saturation_resource": row.resource or None,
        "full_in_seconds": row.full_seconds,
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "time": _time(change.at_ms),
        "service": change.service,
        "version": change.version,
        "title": change.title,
        "link": change.link,
    }


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else times.iso(at_ms)
