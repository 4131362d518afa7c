"""The JSON API of objectives as they are now, and of what is asked of them: create, change, archive, gate."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from starlette.responses import Response

from app.actions import slos as acting
from app.domain.errors import Missing
from app.domain.json_values import Reading
from app.domain.slos import Slo
from app.reports import slo_budgets, slo_explained, slo_gates, slos
from app.store import slos as store
from app.store.engine import Connection
from app.store.slos import Edit
from app.web import deps, slo_json, slo_models, slo_row_models, tabular, times

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["objectives"])

CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
HEALTHS = Literal["exhausted", "at_risk", "watch", "no_data", "healthy"]

Told = Annotated[slo_models.SloDefinition, Body()]
Author = Annotated[str, Query(max_length=200, description="Who does it; left out: who asks.")]
Note = Annotated[str, Query(max_length=2_000, description="Why, for the list of edits.")]
Unseen = Annotated[bool, Query(description="Allow a service and series that nobody has sent yet.")]


@router.get("/slos", response_model=list[slo_models.SloNow], responses=CSV)
def list_slos(
    burnline: deps.Burnline,
    service: Annotated[str, Query(max_length=400)] = "",
    health: Annotated[HEALTHS | None, Query()] = None,
    search: Annotated[str, Query(max_length=200)] = "",
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Every objective as it is now, worst first."""
    with burnline.store.reading() as db:
        found = slos.listed(burnline.slos, db, service=service, health=health or "", search=search)
    rows = [slo_json.row(one) for one in found.rows]
    if format == "csv":
        return tabular.as_csv(list(slo_models.SloNow.model_fields), rows, file="slos")
    return tabular.as_json(rows)


@router.post("/slos", status_code=201, response_model=slo_models.SloDefinition)
def create_slo(
    burnline: deps.Burnline,
    now: deps.Now,
    by: deps.By,
    told: Told,
    *,
    author: Author = "",
    note: Note = "",
    unseen: Unseen = False,
) -> Response:
    """Define an objective. Its history is read from what is stored already, newest first."""
    with burnline.store.writing() as db:
        draft = acting.read(db, fields_of(told), unseen=unseen)
        edit = edit_of(by, author=author, note=note)
        made = acting.create(db, draft, edit, now_ms=times.to_ms(now), kept_ms=kept_ms(burnline))
    burnline.revision += 1
    return tabular.as_json(slo_json.definition(made), status=201)


@router.get("/slos/{slo}", response_model=slo_models.SloDetail)
def one_slo(burnline: deps.Burnline, slo: str) -> Response:
    """An objective as it is now, its definition, why its numbers are what they are, and what ages out."""
    with burnline.store.reading() as db:
        row = slos.one(burnline.slos, db, slo)
        return tabular.as_json(
            slo_json.row(row)
            | {name: value for name, value in slo_json.definition(row.slo).items() if name != "target"}
            | {
                "window_text": row.window_text,
                "pairs": slo_json.pairs(row.slo, row.now),
                "agreement": slo_json.agreement(row.slo, row.now),
                "explained": slo_json.explained(slo_explained.explained(burnline.slos, db, row)),
                "leaving": [slo_json.leaving(*one) for one in slo_budgets.leaving(burnline.slos, db, row.slo)],
            }
        )


@router.put("/slos/{slo}", response_model=slo_models.SloDefinition)
def change_slo(
    burnline: deps.Burnline,
    now: deps.Now,
    by: deps.By,
    slo: str,
    told: Told,
    *,
    author: Author = "",
    note: Note = "",
    unseen: Unseen = False,
) -> Response:
    """Make an objective what the body says, all of it; a name left out stays."""
    with burnline.store.writing() as db:
        before = stored(db, slo)
        draft = acting.read(db, {"slo": before.slug, **fields_of(told)}, unseen=unseen)
        edit = edit_of(by, author=author, note=note)
        made = acting.change(db, before, draft, edit, now_ms=times.to_ms(now), kept_ms=kept_ms(burnline))
    burnline.revision += 1
    return tabular.as_json(slo_json.definition(made))


@router.delete("/slos/{slo}", status_code=204, response_class=Response)
def archive_slo(
    burnline: deps.Burnline, now: deps.Now, by: deps.By, slo: str, author: Author = "", note: Note = ""
) -> Response:
    """Take an objective out of use. What it was and did stays stored, and its name may be given again."""
    with burnline.store.writing() as db:
        acting.archive(db, stored(db, slo), edit_of(by, author=author, note=note), now_ms=times.to_ms(now))
    burnline.revision += 1
    return Response(status_code=204)


@router.get("/slos/{slo}/gate", response_model=slo_row_models.GateAnswer)
def gate(burnline: deps.Burnline, slo: str) -> Response:
    """Whether to deploy, by the objective's error-budget policy. Answered with 200 whatever it says."""
    with burnline.store.reading() as db:
        found = slo_gates.gate(burnline.slos, db, slo)
    return tabular.as_json(
        {
            "slo": found.row.slo.slug,
            "deploys": found.gate.deploys.value,
            "allowed": found.gate.allowed,
            "health": found.row.now.health.value,
            "reason": found.reason,
            "actions": list(found.gate.actions),
            "budget_left": found.row.now.budget_left,
        }
    )


def edit_of(by: deps.Actor, *, author: str, note: str, origin: str = "api") -> Edit:
    """Who did it, and why. Raises Invalid for text that no database takes."""
    said = Reading({"author": author, "note": note})
    return Edit(by.signs(said.text("author", usual="")), origin, said.text("note", usual=""), by.teams)


def stored(db: Connection, slug: str) -> Slo:
    """The objective as it is stored, to be changed. Raises Missing."""
    found = store.by_slug(db, slug)
    if found is None:
        raise Missing(f"There is no objective named {slug[:80]}.", code="slo_unknown", field="slo")
    return found


def fields_of(told: slo_models.SloDefinition) -> dict[str, Any]:
    """What was sent, without what was left out; fields nobody knows are kept for the reader to refuse by name."""
    return told.model_dump(exclude_unset=True)


def kept_ms(burnline: deps.App) -> int:
    """How long history is kept."""
    return round(burnline.settings.hour_retention.total_seconds() * 1000)
