"""What the JSON API answers about walls, as OpenAPI describes it."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from app.domain.states import State
from app.web.models import Described


class WallRow(BaseModel):
    """A wall that can be opened at /wall/NAME."""

    model_config = Described

    wall: str
    title: str
    services: Annotated[int, Field(description="How many are on it now.")]


class WallItem(BaseModel):
    """One service or objective on a wall; value and unit are as they are printed."""

    model_config = Described

    key: str
    name: str
    state: State
    detail: str
    value: str | None
    unit: str | None
    since: datetime | None


class WallNow(BaseModel):
    """What a wall shows. Rows, cells and hidden ones are all there are; counts are of services and sum to them."""

    model_config = Described

    wall: str
    title: str
    page: str
    sentence: Annotated[str | None, Field(description="Said instead of everything else while all is well.")]
    tightest: str | None
    counts: dict[State, int]
    services: int
    objectives_met: int
    objectives_missed: int
    objectives_without_data: int
    rows: Annotated[list[WallItem], Field(description="What is wrong, worst first, as far as it fits.")]
    cells: Annotated[list[WallItem], Field(description="The rest.")]
    hidden: int
    critical: list[str]
    newest: datetime | None
    now: datetime
