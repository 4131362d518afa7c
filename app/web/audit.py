"""The audit log, as a page, as JSON and as CSV: from one report."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.reports import audit
from app.reports.audit import Wanted
from app.store.audit import Entry
from app.web import deps, render, tabular, times
from app.web.view import Viewed, remember

COLUMNS = ("number", "time", "by", "whence", "verb", "subject", "before", "after")

pages = APIRouter(include_in_schema=False, dependencies=[deps.STATE])
api = APIRouter(prefix="/api", dependencies=[deps.ACTOR])

By = Annotated[str, Query(max_length=200, description="who did it, whole")]
Verb = Annotated[str, Query(max_length=100, description="what was done, a word such as role_changed")]
Subject = Annotated[str, Query(max_length=200, description="a part of what it was done to")]
Before = Annotated[int, Query(ge=0, le=2**53, description="entries with a lower number than this; 0: the newest")]


@pages.get("/settings/audit")
def page(
    request: Request,
    burnline: deps.Burnline,
    view: Viewed,
    by: By = "",
    verb: Verb = "",
    subject: Subject = "",
    before: Before = 0,
) -> Response:
    """Who changed what, newest first."""
    wanted = Wanted(by.strip(), verb.strip(), subject.strip(), before)
    asked = {"by": wanted.by, "verb": wanted.verb, "subject": wanted.subject}
    found = audit.page(burnline.store, wanted)
    return remember(
        render.page(
            request,
            "settings/audit.html",
            view=view,
            log=found,
            asked=asked,
            query=urlencode({name: text for name, text in asked.items() if text}),
        ),
        view,
    )


@api.get("/audit", tags=["operations"])
def entries(
    burnline: deps.Burnline,
    format: tabular.Format = "json",  # noqa: A002 - the name every list's parameter has
    by: By = "",
    verb: Verb = "",
    subject: Subject = "",
    before: Before = 0,
) -> Response:
    """Who changed what, newest first: at most 10 000 entries."""
    rows = [_row(one) for one in audit.entries(burnline.store, Wanted(by, verb, subject, before))]
    return tabular.as_csv(COLUMNS, rows, file="audit") if format == "csv" else tabular.as_json(rows)


def _row(entry: Entry) -> dict[str, object]:
    return {"time": times.iso(entry.at_ms)} | {name: getattr(entry, name) for name in COLUMNS if name != "time"}
