"""Objectives as code over HTTP: what `burnline apply` and `burnline export` ask."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.actions import apply
from app.actions.apply import Asked
from app.reports import openslo
from app.web import deps, slos_api, tabular, times
from app.wire import openslo as wire

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["objectives"])

YAML = "application/yaml"


class File(BaseModel):
    """A file of objectives; its name is what errors call it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=400)] = "objectives.yaml"
    text: Annotated[str, Field(max_length=1 << 20)]


class Files(BaseModel):
    """All that belongs together: an SLO may name an SLI of another file."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[list[File], Field(min_length=1, max_length=1_000)]
    author: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=2_000)] = ""


@router.put("/openslo")
def apply_objectives(
    burnline: deps.Burnline,
    now: deps.Now,
    by: deps.By,
    told: Annotated[Files, Body()],
    *,
    dry_run: Annotated[bool, Query(description="Say what would change, and change nothing.")] = False,
    prune: Annotated[bool, Query(description="Archive objectives that are not in the files.")] = False,
    unseen: Annotated[bool, Query(description="Allow services and series that nobody has sent yet.")] = False,
) -> Response:
    """Make objectives what OpenSLO files declare: all of it or nothing, and nothing where nothing differs."""
    found = wire.read((one.name, one.text) for one in told.files)
    asked = Asked(found.objectives, found.kept, unseen=unseen, prune=prune, dry_run=dry_run)
    edit = slos_api.edit_of(by, author=told.author, note=told.note, origin="apply")
    kept_ms = slos_api.kept_ms(burnline)
    applied = apply.apply(burnline.store, asked, edit, now_ms=times.to_ms(now), kept_ms=kept_ms)
    if not dry_run and any(one.action != "unchanged" for one in applied.changes):
        burnline.revision += 1
    return tabular.as_json(
        {
            "dry_run": dry_run,
            "kept": [{"action": action, "name": name} for action, name in applied.kept],
            "changes": [
                {
                    "action": one.action,
                    "slo": one.slug,
                    "line": one.line,
                    "diff": [{"field": d.field, "before": d.before, "after": d.after} for d in one.differences],
                    "warnings": list(one.warnings),
                }
                for one in applied.changes
            ],
        }
    )


@router.get("/openslo", responses={200: {"content": {YAML: {}}}})
def export_objectives(burnline: deps.Burnline, service: Annotated[str, Query(max_length=400)] = "") -> Response:
    """Every objective as OpenSLO v1, as `PUT` takes it back."""
    with burnline.store.reading() as db:
        return Response(openslo.exported(db, service=service), media_type=YAML)
