"""Rows of an objective's past, of its ledger and of what is proposed, as OpenAPI describes them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.slos import Deploys, Health, Severity
from app.web.models import Described


class BudgetPoint(BaseModel):
    """The window that ends at `time`. `projected`: what would be left of a calendar period's whole budget."""

    model_config = Described

    time: datetime
    bad: float
    total: float
    known_seconds: float
    compliance: float | None
    budget_left: float | None
    projected: float | None


class BurnPoint(BaseModel):
    """A burn policy at the end of a minute; `breached` is null when one of its windows had no event."""

    model_config = Described

    time: datetime
    pair: str
    severity: Severity
    factor: float
    long_burn: float | None
    short_burn: float | None
    breached: bool | None
    state: Literal["inactive", "pending", "firing"]


class SpendingRow(BaseModel):
    """Who spent: shares add to 1, background and others counted in."""

    model_config = Described

    by: str
    value: str
    bad_events: float
    total_events: float | None
    share: float | None
    budget_share: float | None


class PeriodRow(BaseModel):
    """A calendar period that is over, as it was closed; `compliance_now` when later data changed it."""

    model_config = Described

    start: datetime
    end: datetime
    target: float
    bad_events: float
    total_events: float
    known_seconds: float
    compliance: float | None
    met: bool | None
    budget_left: float | None
    compliance_now: float | None
    closed: datetime


class EditRow(BaseModel):
    """Who changed an objective; `before` and `after` are its definitions, null where there was none."""

    model_config = Described

    time: datetime
    author: str
    origin: str
    note: str
    fields: Annotated[list[str], Field(description="Which fields differ.")]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AlertRow(BaseModel):
    """A burn policy that was breached, from `since` until `resolved`; null: still."""

    model_config = Described

    id: int
    slo: str
    pair: str
    severity: Severity
    factor: float
    state: Literal["inactive", "pending", "firing"]
    since: datetime
    fired: datetime | None
    resolved: datetime | None
    long_burn: float
    short_burn: float
    budget_left: float | None
    ended: str


class GateAnswer(BaseModel):
    """Whether to deploy. Always answered with 200: a pipeline reads `allowed`."""

    model_config = Described

    slo: str
    deploys: Deploys
    allowed: bool
    health: Health
    reason: str
    actions: list[str]
    budget_left: float | None


class LedgerRow(BaseModel):
    """An entry of the ledger; entries are added and never changed."""

    model_config = Described

    id: int
    kind: str
    scope: Annotated[str, Field(description="slo:NAME, service:NAME or all.")]
    start: datetime
    end: datetime
    recurrence: str
    zone: str
    treatment: str
    events: float
    author: str
    reason: str
    recorded: datetime
    reverses: int | None
    reversed_by: int | None


class EntryTold(BaseModel):
    """What is to be entered."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["exclusion", "debit", "credit"] = "exclusion"
    start: Annotated[str | float, Field(description="RFC 3339 or epoch seconds.")]
    end: Annotated[str | float | None, Field(description="Of exclusions.")] = None
    recurrence: Annotated[str, Field(max_length=500, description="An RRULE of RFC 5545.")] = ""
    zone: Annotated[str, Field(max_length=64)] = "UTC"
    treatment: Literal["removed", "good"] = "removed"
    events: Annotated[float, Field(description="Bad events (of slices: minutes) of a debit or credit.")] = 0.0
    author: Annotated[str | None, Field(max_length=200)] = None
    reason: Annotated[str, Field(max_length=2000)]


class ReversalTold(BaseModel):
    """Why an entry is taken back."""

    model_config = ConfigDict(extra="forbid")

    author: Annotated[str | None, Field(max_length=200)] = None
    reason: Annotated[str, Field(max_length=2000)]


class ProposalRow(BaseModel):
    """An objective that a service could have: adopt it by its key."""

    model_config = Described

    key: str
    service: str
    name: str
    kind: str
    sentence: str
    target: float
    spent: Annotated[float, Field(description="Share of the budget that history would have used.")]
    total_events: float
    why: str


class PreviewAnswer(BaseModel):
    """An objective that is not saved, on stored history. Nothing was written."""

    model_config = Described

    definition: dict[str, Any]
    notes: list[str]
    compliance: float | None
    budget_left: float | None
    bad_events: float
    total_events: float
    coverage: float
    periods: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    budget: list[BudgetPoint]
