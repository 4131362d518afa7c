"""Forms about objectives: writing one, with a look at what it would have been, and adopting what is proposed.

A form that cannot be taken comes back as it was filled in, with the sentence at its field.
"""

import json
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.actions import slos as acting
from app.domain import burn_defaults, slo_fields, slo_settings
from app.domain.errors import AppError, Invalid
from app.domain.json_values import Value
from app.domain.slos import Alerting, Method, Slo
from app.domain.windows import Rolling, Unit
from app.reports import slo_charts, slo_proposals, slo_what_if
from app.reports.slo_what_if import Preview
from app.store import services
from app.store.engine import Connection
from app.web import deps, render, times
from app.web.slos_api import edit_of, kept_ms, stored
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

MOST_FIELDS = 60
MONDAY = "2024-01-01T00:00"  # calendar windows begin with a year, a month and a week
LENGTHS = ("1d", "7d", "28d", "30d", "90d")
FIELDS_OF = {"ratio": ("bad", "good", "total"), "latency": ("series", "threshold")}
EMPTY = {
    "name": "",
    "slo": "",
    "service": "",
    "owner": "",
    "description": "",
    "target": "99.9 %",
    "window": "30d",
    "zone": "UTC",
    "kind": "ratio",
    "method": "occurrences",
    "slice_minutes": "5",
    "slice_target": "99 %",
    "note": "",
}


async def form(request: Request) -> dict[str, str]:
    """What was filled in. Raises Invalid for what no browser sends."""
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Invalid("That is no form of ours.", code="form_invalid") from error
    return dict(pairs)


Filled = Annotated[dict[str, str], Depends(form)]


@router.get("/slos/new")
def new_page(request: Request, burnline: deps.Burnline, view: Viewed, service: str = "") -> Response:
    """An empty form."""
    return _form(request, burnline, view, {**EMPTY, "service": service[:400]})


@router.get("/slos/proposals")
def proposals_page(request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now) -> Response:
    """Objectives that services could have."""
    with burnline.store.reading() as db:
        found = slo_proposals.proposed(db, now_ms=times.to_ms(now))
    return remember(render.page(request, "slos/proposals.html", view=view, proposals=found), view)


@router.post("/slos/proposals/{key}/adoption")
def adopt(burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, key: str) -> Response:
    """Make a proposal an objective, and show it. Raises Missing when nothing of that name is proposed."""
    now_ms = times.to_ms(now)
    with burnline.store.writing() as db:
        draft = slo_proposals.draft(slo_proposals.find(db, key, now_ms=now_ms))
        edit = edit_of(by, author="", note="", origin="proposal")
        made = acting.create(db, draft, edit, now_ms=now_ms, kept_ms=kept_ms(burnline))
    burnline.revision += 1
    return RedirectResponse(view.link(f"/slos/{made.slug}"), 303)


@router.post("/slos")
def create(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """Save a new objective, or look at what it would have been."""
    return _save(request, burnline, view, times.to_ms(now), by, filled, before=None)


@router.get("/slos/{slo}/edit")
def edit_page(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """The form, as it would be filled in to get what there is."""
    with burnline.store.reading() as db:
        before = stored(db, slo)
    return _form(request, burnline, view, {**EMPTY, **filled_in(before)}, before=before)


@router.post("/slos/{slo}")
def change(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, slo: str, filled: Filled
) -> Response:
    """Change an objective, or look at what it would have been."""
    with burnline.store.reading() as db:
        before = stored(db, slo)
    return _save(request, burnline, view, times.to_ms(now), by, filled, before=before)


def _save(
    request: Request,
    burnline: deps.App,
    view: View,
    now_ms: int,
    by: deps.Actor,
    filled: dict[str, str],
    *,
    before: Slo | None,
) -> Response:
    unseen = "unseen" in filled
    try:
        if filled.get("do") == "preview":
            with burnline.store.reading() as db:
                draft = acting.read(db, asked_for(filled, before), unseen=unseen)
                made = acting.asked(db, draft, number=0 if before is None else before.id)
                preview = slo_what_if.preview(burnline.slos, db, made)
            return _form(request, burnline, view, filled, before=before, preview=preview)
        with burnline.store.writing() as db:
            made = _stored(db, asked_for(filled, before), filled, before, by, now_ms, kept_ms(burnline))
    except Invalid as problem:
        return _form(request, burnline, view, filled, before=before, problem=problem)
    burnline.revision += 1
    return RedirectResponse(view.link(f"/slos/{made.slug}"), 303)


def _stored(
    db: Connection,
    fields: dict[str, Value],
    filled: Mapping[str, str],
    before: Slo | None,
    by: deps.Actor,
    now_ms: int,
    kept: int,
) -> Slo:
    draft = acting.read(db, fields, unseen="unseen" in filled)
    edit = edit_of(by, author="", note=filled.get("note", ""), origin="form")
    if before is None:
        return acting.create(db, draft, edit, now_ms=now_ms, kept_ms=kept)
    return acting.change(db, before, draft, edit, now_ms=now_ms, kept_ms=kept)


def _form(
    request: Request,
    burnline: deps.App,
    view: View,
    filled: Mapping[str, str],
    *,
    before: Slo | None = None,
    problem: AppError | None = None,
    preview: Preview | None = None,
) -> Response:
    with burnline.store.reading() as db:
        known = [one.slug for one in services.all_services(db)]
    answer = render.page(
        request,
        "slos/form.html",
        view=view,
        filled={**EMPTY, **filled},
        before=before,
        problem=problem,
        preview=preview,
        curve=None if preview is None else slo_charts.curve(preview.budget.left),
        services=known,
        units=[unit.value for unit in Unit],
        lengths=LENGTHS,
    )
    if problem is not None:
        answer.status_code = 422
        del answer.headers["etag"]
    return remember(answer, view)


def filled_in(slo: Slo) -> dict[str, str]:
    """The form of an objective."""
    fields = slo.indicator.fields()
    found = {
        "name": slo.name,
        "slo": slo.slug,
        "service": slo.service,
        "owner": slo.owner,
        "description": slo.description,
        "target": f"{slo_settings.plain(slo.target * 100)} %",
        "window": f"{slo.window.minutes}m" if isinstance(slo.window, Rolling) else slo.window.unit.value,
        "zone": "UTC" if isinstance(slo.window, Rolling) else slo.window.zone,
        "kind": slo.indicator.kind,
        "method": slo.budgeting.method.value,
        "slice_minutes": str(slo.budgeting.slice_minutes),
        "fields": json.dumps(fields, indent=2),
    }
    if isinstance(slo.window, Rolling) and slo.window.minutes % 1_440 == 0:
        found["window"] = f"{slo.window.minutes // 1_440}d"
    if slo.budgeting.slice_target is not None:
        found["slice_target"] = f"{slo_settings.plain(slo.budgeting.slice_target * 100)} %"
    for name in FIELDS_OF.get(slo.indicator.kind, ()):
        value = fields.get(name)
        if value is not None:
            found[f"{slo.indicator.kind}_{name}"] = value if isinstance(value, str) else json.dumps(value)
    return found


def asked_for(filled: Mapping[str, str], before: Slo | None) -> dict[str, Value]:
    """What the form asks for, as the JSON API would be asked; what it has no field for stays as it was."""
    fields: dict[str, Value] = {} if before is None else slo_fields.write(before)
    if before is not None and before.alerting == _usual(before):
        del fields["alerting"]  # is made anew, to suit the window
    fields |= {name: filled.get(name, "") for name in ("name", "service", "owner", "description", "target")}
    if filled.get("slo", "").strip():
        fields["slo"] = filled["slo"]
    fields["window"] = _window(filled, before)
    fields["budgeting"] = _budgeting(filled, before)
    fields["indicator"] = _indicator(filled, before)
    return fields


def _usual(slo: Slo) -> Alerting:
    return Alerting(burn_defaults.defaults(slo.window, slo.target, slo.budgeting).pairs)


def _window(filled: Mapping[str, str], before: Slo | None) -> Value:
    text, zone = filled.get("window", ""), filled.get("zone", "").strip() or "UTC"
    if text not in list(Unit):
        return text
    old = None if before is None else before.window
    if old is not None and not isinstance(old, Rolling) and (old.unit, old.zone) == (text, zone):
        return slo_settings.window_fields(old)
    return {"kind": "calendar", "unit": text, "anchor": MONDAY, "zone": zone}


def _budgeting(filled: Mapping[str, str], before: Slo | None) -> Value:
    method = filled.get("method", "")
    found: dict[str, Value] = {"method": method}
    if before is not None and before.budgeting.method == method:
        budgeting = before.budgeting
        found |= {"no_traffic": budgeting.no_traffic.value, "no_data": budgeting.no_data.value}
    if method != Method.OCCURRENCES:
        minutes = filled.get("slice_minutes", "").strip()
        found["slice_minutes"] = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else 0
    if method == Method.TIME_SLICES:
        found["slice_target"] = filled.get("slice_target", "")
    return found


def _indicator(filled: Mapping[str, str], before: Slo | None) -> Value:
    kind = filled.get("kind", "")
    if kind not in FIELDS_OF:
        return {"kind": kind, "fields": _json(filled.get("fields", ""))}
    kept: dict[str, Value] = {}
    if before is not None and before.indicator.kind == kind:
        kept = {name: value for name, value in before.indicator.fields().items() if name not in FIELDS_OF[kind]}
    said = {name: filled.get(f"{kind}_{name}", "").strip() for name in FIELDS_OF[kind]}
    return {"kind": kind, "fields": kept | {name: _value(name, text) for name, text in said.items() if text}}


def _value(name: str, text: str) -> Value:
    """A selector as Prometheus writes it, or as an object; a number of seconds."""
    if name == "threshold":
        try:
            return float(text)
        except ValueError:
            return text
    try:
        found: Value = json.loads(text) if text.startswith("{") else text
    except ValueError:
        return text
    return found


def _json(text: str) -> Value:
    try:
        found: Value = json.loads(text or "{}")
    except ValueError as error:
        raise Invalid("That is no JSON.", code="json_invalid", field="indicator.fields") from error
    return found
