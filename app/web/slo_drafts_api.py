"""The JSON API of objectives that are not there yet: what one would have been, and what services could have."""

from fastapi import APIRouter
from starlette.responses import Response

from app.actions import slos as acting
from app.domain.proposals import Proposal
from app.reports import slo_proposals, slo_what_if
from app.reports.slo_what_if import Preview
from app.store import slos as store
from app.web import deps, slo_json, slo_models, slo_row_models, tabular, times
from app.web.slo_json import Row, time
from app.web.slo_reads import budget_rows, table
from app.web.slos_api import CSV, Author, Note, Told, Unseen, edit_of, fields_of, kept_ms

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["objectives"])


@router.post("/slos/preview", response_model=slo_row_models.PreviewAnswer)
def preview(burnline: deps.Burnline, told: Told, *, unseen: Unseen = False) -> Response:
    """What an objective would have been on stored history. Writes nothing; a name that is taken is looked at anew."""
    with burnline.store.reading() as db:
        draft = acting.read(db, fields_of(told), unseen=unseen)
        before = store.by_slug(db, draft.slug)
        asked = acting.asked(db, draft, number=0 if before is None else before.id)
        found = slo_what_if.preview(burnline.slos, db, asked)
    return tabular.as_json(_preview(found))


@router.get("/proposals", response_model=list[slo_row_models.ProposalRow], responses=CSV)
def list_proposals(
    burnline: deps.Burnline,
    now: deps.Now,
    format: tabular.Format = "json",  # noqa: A002 - the parameter's name
) -> Response:
    """Objectives that services could have, with a target their history would have kept."""
    with burnline.store.reading() as db:
        found = slo_proposals.proposed(db, now_ms=times.to_ms(now))
    return table(slo_row_models.ProposalRow, [_proposal(one) for one in found], format, file="proposals")


@router.post("/proposals/{key}/adoption", status_code=201, response_model=slo_models.SloDefinition)
def adopt(
    burnline: deps.Burnline, now: deps.Now, by: deps.By, key: str, author: Author = "", note: Note = ""
) -> Response:
    """Make a proposal an objective."""
    now_ms = times.to_ms(now)
    with burnline.store.writing() as db:
        draft = slo_proposals.draft(slo_proposals.find(db, key, now_ms=now_ms))
        edit = edit_of(by, author=author, note=note, origin="proposal")
        made = acting.create(db, draft, edit, now_ms=now_ms, kept_ms=kept_ms(burnline))
    burnline.revision += 1
    return tabular.as_json(slo_json.definition(made), status=201)


def _proposal(one: Proposal) -> Row:
    return {
        "key": one.key,
        "service": one.service,
        "name": one.name,
        "kind": one.indicator.kind,
        "sentence": one.indicator.sentence(),
        "target": float(one.target),
        "spent": one.spent,
        "total_events": one.total,
        "why": one.why,
    }


def _preview(of: Preview) -> Row:
    return {
        "definition": slo_json.definition(of.slo),
        "notes": list(of.notes),
        "compliance": of.compliance,
        "budget_left": of.budget_left,
        "bad_events": of.bad,
        "total_events": of.total,
        "coverage": of.coverage,
        "periods": [
            {
                "start": time(one.period.start_ms),
                "end": time(one.period.end_ms),
                "bad_events": one.bad,
                "total_events": one.total,
                "compliance": one.compliance,
                "budget_left": one.budget_left,
            }
            for one in of.periods
        ],
        "alerts": [
            {
                "pair": one.pair,
                "severity": one.severity.value,
                "start": time(one.start_ms),
                "end": time(one.end_ms),
            }
            for one in of.alerts
        ],
        "budget": budget_rows(of.budget),
    }
