"""Notices and the status page's choices, as OpenAPI describes them."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.domain.notices import Impact, NoticeKind, Phase

Described = ConfigDict(extra="forbid")
Time = Annotated[str | float | None, Field(description="RFC 3339 or epoch seconds; now when left out.")]
Key = Annotated[str, Field(max_length=100, description="Chosen by whoever posts: the same again is not told twice.")]


class UpdateTold(BaseModel):
    """What is said next. `impact` changes what the incident does to its services."""

    model_config = Described

    phase: Phase
    text: Annotated[str, Field(max_length=4_000)] = ""
    time: Time = None
    next_update: Annotated[str | float | None, Field(description="When the next update is promised.")] = None
    impact: Impact | None = None
    key: Key = ""


class NoticeTold(BaseModel):
    """A new notice and its first update."""

    model_config = Described

    kind: NoticeKind = NoticeKind.INCIDENT
    title: Annotated[str, Field(max_length=200)]
    impact: Annotated[Impact | None, Field(description="minor: degraded, major: partial, critical: major outage.")] = (
        None
    )
    services: Annotated[list[str], Field(max_length=200, description="Which services; none: the page as a whole.")] = []
    start: Time = None
    end: Annotated[str | float | None, Field(description="Of maintenance: when its window closes.")] = None
    phase: Phase | None = None
    text: Annotated[str, Field(max_length=4_000)] = ""
    time: Time = None
    next_update: Annotated[str | float | None, Field(description="When the next update is promised.")] = None
    key: Key = ""


class UpdateRow(BaseModel):
    model_config = Described

    phase: Phase
    text: str
    time: datetime
    next_update: datetime | None
    author: str


class NoticeRow(BaseModel):
    """A notice as it stands; `phase` is as of now: a window opens and closes by itself."""

    model_config = Described

    id: int
    key: str
    kind: NoticeKind
    title: str
    impact: Impact
    phase: Phase
    services: list[str]
    start: datetime
    end: datetime | None
    closed: datetime | None
    author: str
    updates: list[UpdateRow]


class ShownService(BaseModel):
    """How a service is shown; an empty name or group leaves it to the catalogue."""

    model_config = Described

    service: Annotated[str, Field(max_length=400)]
    shown: bool = True
    name: Annotated[str, Field(max_length=120)] = ""
    group: Annotated[str, Field(max_length=120)] = ""
    description: Annotated[str, Field(max_length=120)] = ""
    position: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0


class StatusChoices(BaseModel):
    """The page and its services. Services left out stay as they are."""

    model_config = Described

    title: Annotated[str | None, Field(max_length=120)] = None
    about: Annotated[str | None, Field(max_length=500)] = None
    zone: Annotated[str | None, Field(max_length=64)] = None
    services: Annotated[list[ShownService], Field(max_length=1_000)] = []
