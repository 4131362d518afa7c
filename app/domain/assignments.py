"""What a series means: which service it belongs to and what it contributes to its golden signals."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a series contributes to its service's golden signals.

    The share taken of a saturation resource is, for each instance, after adding up its series: BUSY / LIMIT or BUSY
    alone, USED / LIMIT, USED / (USED + FREE), or (LIMIT - FREE) / LIMIT; a LIMIT of 0 or less is no limit. IDLE is the
    mean over an instance's series (one a processor), RATIO the highest. Both halves of a share come from one recipe.
    """

    REQUESTS = "requests"  # increases (of a histogram: of its count) are requests handled
    ERRORS = "errors"  # increases are requests failed by the service's own fault
    BUCKET = "bucket"  # a classic cumulative bucket: increases are requests at most `bound` seconds long
    DURATION = "duration"  # a histogram-shaped series: increases are the distribution of durations
    DURATION_SUM = "duration_sum"  # increases are seconds spent
    DURATION_COUNT = "duration_count"  # increases are requests whose seconds were added to the sum
    DURATION_MEAN = "duration_mean"  # a gauge: the mean duration, all the sender knows
    USED = "used"  # a gauge: how much of `resource` is taken
    LIMIT = "limit"  # a gauge: how much of `resource` there is
    FREE = "free"  # a gauge: how much of `resource` is left
    RATIO = "ratio"  # a gauge: the share of `resource` taken, 0 to 1 after scaling
    BUSY = "busy"  # a counter: its rate per second is the share of `resource` taken (with a LIMIT: the amount)
    IDLE = "idle"  # a counter: 1 minus its rate per second is the share of `resource` taken


COUNTED = frozenset(
    {Role.REQUESTS, Role.ERRORS, Role.BUCKET, Role.DURATION, Role.DURATION_SUM, Role.DURATION_COUNT, Role.DURATION_MEAN}
)
SATURATION = frozenset(Role) - COUNTED


@dataclass(frozen=True, slots=True)
class Feed:
    """One contribution.

    `scale` makes the series' unit seconds or a ratio; `bound` is a BUCKET's upper bound in seconds. `resource` names a
    saturation resource ("cpu", "memory", "disk /data", "pool"); `instance` tells apart the parts of it (host,
    container) that USED, LIMIT, FREE and IDLE belong together by.
    """

    role: Role
    scale: float = 1.0
    bound: float | None = None
    resource: str = ""
    instance: str = ""

    def __str__(self) -> str:
        """`bucket 0.25`, `duration *0.001`, `used db pool main (pod-1)`."""
        text = str(self.role)
        if self.bound is not None:
            text += f" {self.bound:g}"
        elif self.scale != 1.0:
            text += f" *{self.scale:g}"
        if self.resource:
            text += f" {self.resource}"
        return f"{text} ({self.instance})" if self.instance else text


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a series belongs.

    `source` is the recipe's name, and after a "/" or ":" which spelling or family of it: every service has one source
    of truth for its requests and their durations, the first by (`rank`, `source`) that has data; the others are its
    edge view, never added to it. Saturation is exempt: all sources count.

    A series that a recipe knows and leaves out on purpose has no feeds, no service, and a `note` that says why.
    """

    service: str
    environment: str
    source: str
    rank: int
    feeds: tuple[Feed, ...]
    note: str = ""

    @property
    def ignored(self) -> bool:
        return not self.feeds

    def __str__(self) -> str:
        """`checkout@staging: requests, errors`, or `nothing` when the series is left out."""
        if self.ignored:
            return "nothing"
        where = f"{self.service}@{self.environment}" if self.environment else self.service
        return f"{where}: {', '.join(str(feed) for feed in self.feeds)}"
