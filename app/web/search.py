"""Finding things by a few letters: for the palette as JSON, for those without scripts as a page."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.reports import search
from app.web import deps, render, tabular
from app.web.view import Viewed, remember

api = APIRouter(prefix="/api", dependencies=[deps.ACTOR])
pages = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

Text = Annotated[str, Query(max_length=100, description="A few letters of a name.")]


class Found(BaseModel):
    """Something to go to."""

    kind: str = Field(description="service, objective or page")
    name: str
    detail: str
    href: str
    state: str | None = Field(description="crit, warn, no-data, maint or ok; null of a page")
    word: str


@api.get("/search", tags=["search"], response_model=list[Found])
def find(burnline: deps.Burnline, now: deps.Now, q: Text = "") -> Response:
    """Services, objectives and pages whose name fits, the best first, at most twenty."""
    with burnline.store.reading() as db:
        found = search.hits(burnline.board, burnline.slos, db, q, now)
    return tabular.as_json([asdict(one) for one in found])


@pages.get("/search")
def search_page(request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, q: Text = "") -> Response:
    """The same to read."""
    with burnline.store.reading() as db:
        found = search.hits(burnline.board, burnline.slos, db, q, now)
    return remember(render.page(request, "search/page.html", view=view, hits=found, q=q), view)
