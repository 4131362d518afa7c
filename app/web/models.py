"""What the JSON API answers and takes, as OpenAPI describes it. Lists are flat: one object a row, no nesting.

A number that is not known is null, never 0. Times are RFC 3339 in UTC.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.states import Concern, State

Described = ConfigDict(extra="forbid", ser_json_inf_nan="null")


class ServiceNow(BaseModel):
    """A service as the overview shows it: figures are of the 5 minutes up to `until`."""

    model_config = Described

    service: Annotated[str, Field(description="How addresses name it: its name, or name@environment.")]
    name: str
    environment: str
    state: State
    reason: Annotated[str, Field(description="Why it is in that state, empty when it is well.")]
    since: Annotated[datetime | None, Field(description="When the worst of it began.")]
    newest: Annotated[datetime | None, Field(description="Time of its newest sample.")]
    until: Annotated[datetime, Field(description="End of the newest complete minute.")]
    latency_seconds: float | None
    latency_kind: Annotated[Literal["p99", "mean"], Field(description="mean where there is no histogram.")]
    traffic_per_second: float | None
    error_ratio: Annotated[float | None, Field(description="Failed share of requests, 0 to 1.")]
    saturation_ratio: Annotated[float | None, Field(description="Share taken of the worst resource, 0 to 1.")]
    saturation_resource: str | None
    full_in_seconds: Annotated[float | None, Field(description="Until that resource is full, while it clearly rises.")]


class FindingNow(BaseModel):
    """One thing that is wrong with a service."""

    model_config = Described

    state: State
    concern: Concern
    reason: str
    since: datetime | None


class ResourceNow(BaseModel):
    """One thing of a service that can be full."""

    model_config = Described

    resource: str
    state: State
    ratio: float | None
    full_in_seconds: float | None


class ServiceDetail(ServiceNow):
    """A service with everything found wrong, worst first, and its resources, fullest first."""

    findings: list[FindingNow]
    resources: list[ResourceNow]


class SignalPoint(BaseModel):
    """One value of one series of one signal; `time` is when its bucket begins."""

    model_config = Described

    time: datetime
    service: str
    signal: Literal["latency", "traffic", "errors", "error_ratio", "saturation"]
    series: Annotated[str, Field(description="p50, p95, p99 or mean; requests; failed; ratio; a resource's name.")]
    unit: Literal["s", "1/s", "ratio"]
    value: float | None


class SamplePoint(BaseModel):
    """One sample, or one step, of one series; `time` of a step is when it begins."""

    model_config = Described

    time: datetime
    metric: str
    labels: dict[str, str]
    value: Annotated[
        float | None,
        Field(
            description="A sample's value, null for NaN and infinities. In a step: the mean of a gauge, the increase of"
            " a counter. Of a histogram the number of observations: in all so far, or in the step."
        ),
    ]


class ChangeTold(BaseModel):
    """A deploy or another change of a service."""

    model_config = ConfigDict(extra="forbid")

    service: Annotated[str, Field(examples=["checkout"], description="The service as its page's address names it.")]
    version: Annotated[str, Field(examples=["v2.43"])]
    time: Annotated[str | float | None, Field(description="RFC 3339 or epoch seconds; now when left out.")] = None
    title: str = ""
    link: Annotated[str, Field(examples=["https://ci.example/builds/812"])] = ""


class ChangeKnown(BaseModel):
    """A recorded change."""

    model_config = Described

    time: datetime
    service: str
    version: str
    title: str
    link: str
