"""Badges: small pictures of an objective's or a service's budget, for READMEs and walls."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.reports import badges
from app.reports.badges import Badge
from app.web import deps, render

router = APIRouter(tags=["objectives"])

KEPT_SECONDS = 60
SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {}}}}


@router.get("/slos/{slo}/badge.svg", response_class=Response, responses=SVG)
def slo_badge(burnline: deps.Burnline, slo: str) -> Response:
    """The health of an objective and how much of its budget is left."""
    with burnline.store.reading() as db:
        return _svg(badges.of_slo(burnline.slos, db, slo))


@router.get("/services/{service:path}/badge.svg", response_class=Response, responses=SVG)
def service_badge(burnline: deps.Burnline, service: str) -> Response:
    """The worst of a service's objectives."""
    burnline.board.find(service)
    with burnline.store.reading() as db:
        return _svg(badges.of_service(burnline.slos, db, service))


def _svg(badge: Badge) -> Response:
    """Proxies of READMEs may keep it for a minute."""
    content = render.text("slos/_badge.svg", badge=badge)
    headers = {"Cache-Control": f"max-age={KEPT_SECONDS}"}
    return Response(content, media_type="image/svg+xml", headers=headers)
