"""What the JSON API of objectives answers and takes, as OpenAPI describes it. A number that is not known is null."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.slos import Health, Method, Severity
from app.domain.states import State
from app.web.models import Described

Share = Annotated[float | None, Field(description="Of 1; not clamped.")]


class SloNow(BaseModel):
    """An objective at `until`, the end of the newest complete minute. Events of time slices are minutes."""

    model_config = Described

    slo: Annotated[str, Field(description="Its name in addresses.")]
    name: str
    service: str
    kind: Annotated[str, Field(description="Of its indicator: ratio, latency, threshold, ...")]
    description: str
    owner: str
    target: float
    window: Annotated[str, Field(description="In words; the object of one objective has its fields.")]
    method: Method
    state: Annotated[State, Field(description="How its health is drawn.")]
    health: Health
    reason: str
    compliance: Share
    budget_left: Annotated[float | None, Field(description="1 untouched, 0 spent, below 0 overspent.")]
    budget_left_events: Annotated[float | None, Field(description="Bad events that may still come.")]
    budget_left_seconds: Annotated[float | None, Field(description="Of total outage at the last hour's traffic.")]
    budget_events: float | None
    bad_events: float
    total_events: float
    burn_fast: Annotated[float | None, Field(description="Of the first policy's long window.")]
    burn_fast_minutes: int | None
    burn_slow: Annotated[float | None, Field(description="Of the second policy's long window.")]
    burn_slow_minutes: int | None
    firing: Annotated[str, Field(description="Names of the burn policies that fire, a space between them.")]
    exhausted_at: Annotated[datetime | None, Field(description="If it goes on like this; null: not at this rate.")]
    exhausted_earliest: datetime | None
    exhausted_latest: datetime | None
    coverage: Annotated[float, Field(description="Known share of the window, exclusions left aside.")]
    excluded_seconds: float
    backfilled: Annotated[float, Field(description="Share of the window's history that has been read.")]
    newest: datetime | None
    since: datetime
    until: datetime


class PairNow(BaseModel):
    """A burn policy now: breached while both burns are at least `factor`."""

    model_config = Described

    name: str
    severity: Severity
    factor: float
    long_minutes: int
    long_burn: float | None
    short_minutes: int
    short_burn: float | None
    state: Literal["inactive", "pending", "firing"]
    since: datetime | None
    next_failure_burn: Annotated[float | None, Field(description="Of the long window after one more bad event.")]
    meaning: str


class Operand(BaseModel):
    """A number that compliance or the budget is made of."""

    model_config = Described

    name: str
    value: float | None
    unit: str


class SelectedSeries(BaseModel):
    """Series that a field of the indicator selects; a few of them by name."""

    model_config = Described

    field: str
    selector: str
    number: int
    examples: list[str]


class Gap(BaseModel):
    """Minutes without data."""

    model_config = Described

    start: datetime
    end: datetime


class Excluded(BaseModel):
    """Minutes of the window that a ledger entry takes out, or counts as good."""

    model_config = Described

    entry: int
    start: datetime
    end: datetime
    treatment: str


class Explained(BaseModel):
    """Why the number is what it is."""

    model_config = Described

    formula: str
    operands: list[Operand]
    silence: str
    series: list[SelectedSeries]
    doubts: Annotated[list[str], Field(description="What is odd about the series.")]
    gaps: list[Gap]
    gaps_left_out: Annotated[int, Field(description="More gaps than are listed: these are the longest.")]
    exclusions: list[Excluded]


class LeavingNow(BaseModel):
    """A bad time that ages out of a rolling window: from then on and until `at` its share of the budget comes back."""

    model_config = Described

    at: datetime
    share: float
    bad_events: float
    start: datetime
    end: datetime
    cause: Annotated[str, Field(description="A deploy shortly before, empty without one.")]


class Agreement(BaseModel):
    """Where compliance stands on the credit steps."""

    model_config = Described

    credit: str
    next_below: str | None
    next_credit: str | None
    headroom: Annotated[float | None, Field(description="Bad events before the next step.")]


class SloDefinition(BaseModel):
    """An objective as it is asked for. Answers hold every field; most may be left out."""

    model_config = ConfigDict(extra="allow")

    slo: Annotated[str | None, Field(description="Left out: made from the name.")] = None
    name: str | None = None
    service: Annotated[str | None, Field(examples=["checkout"])] = None
    description: str | None = None
    owner: str | None = None
    target: Annotated[str | float | None, Field(description="0.999, or 99.9 %.", examples=["99.9 %"])] = None
    indicator: Annotated[
        dict[str, Any] | None,
        Field(
            examples=[
                {
                    "kind": "ratio",
                    "fields": {"bad": 'http_requests_total{code=~"5.."}', "total": "http_requests_total"},
                }
            ]
        ),
    ] = None
    window: Annotated[dict[str, Any] | str | None, Field(examples=["30d"])] = None
    budgeting: dict[str, Any] | None = None
    alerting: Annotated[dict[str, Any] | None, Field(description="Left out: the Workbook's, scaled.")] = None
    policy: dict[str, Any] | None = None
    credits: list[dict[str, Any]] | None = None
    labels: dict[str, Any] | None = None
    annotations: dict[str, Any] | None = None


class SloDetail(SloNow):
    """An objective as it is now, with its definition and why its numbers are what they are."""

    window: dict[str, Any]  # type: ignore[assignment]  # of one, its fields
    window_text: str
    indicator: dict[str, Any]
    budgeting: dict[str, Any]
    alerting: dict[str, Any]
    policy: dict[str, Any]
    credits: list[dict[str, Any]]
    labels: dict[str, Any]
    annotations: dict[str, Any]
    pairs: list[PairNow]
    agreement: Agreement
    explained: Explained
    leaving: list[LeavingNow]
