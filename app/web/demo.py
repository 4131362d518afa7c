"""How far the demo's history has been filled in: told by the feed, shown on the overview."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.domain.errors import Missing
from app.web import deps
from app.web.deps import Progress
from app.web.kinds import DEMO_PATH

router = APIRouter(include_in_schema=False)


class Told(BaseModel):
    """`fraction` of the history that is there, and a few words on it."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    fraction: Annotated[float, Field(ge=0, le=1)]
    note: Annotated[str, Field(max_length=200)] = ""


@router.put(DEMO_PATH, status_code=204, dependencies=[deps.ACTOR])
async def put_progress(told: Told, burnline: deps.Burnline) -> None:
    """Show how far the history is; from 1 on nothing is shown any more."""
    if not burnline.demo:
        raise Missing("This is no demo.", code="not_found")
    done = told.fraction >= 1
    burnline.progress = None if done else Progress("Filling in history", told.note, round(told.fraction * 100))
