"""What an objective is: an indicator, a target over a window, and how its budget is counted and watched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from app.domain.errors import Invalid
from app.domain.slis import Indicator
from app.domain.windows import Window

MOST_PAIRS = 4


class Method(StrEnum):
    OCCURRENCES = "occurrences"
    TIME_SLICES = "time_slices"
    RATIO_TIME_SLICES = "ratio_time_slices"


class Silence(StrEnum):
    """What a minute or slice without traffic, or without data, counts as."""

    LEAVE_OUT = "leave_out"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Budgeting:
    """`slice_minutes` divides a day; `slice_target` is the good share from which a slice is good (time slices only).

    Raises Invalid: occurrences can only leave silence out, for nobody knows how many events there would have been.
    """

    method: Method = Method.OCCURRENCES
    slice_minutes: int = 1
    slice_target: Decimal | None = None
    no_traffic: Silence = Silence.LEAVE_OUT
    no_data: Silence = Silence.LEAVE_OUT

    def __post_init__(self) -> None:
        sliced = self.method is not Method.OCCURRENCES
        if not sliced and (self.no_traffic, self.no_data) != (Silence.LEAVE_OUT, Silence.LEAVE_OUT):
            raise _invalid("Only time slices can count silence as good or bad.", "budgeting.no_data")
        if self.no_traffic is Silence.BAD:
            raise _invalid("No traffic cannot be bad: nobody was failed.", "budgeting.no_traffic")
        if sliced and (self.slice_minutes < 1 or 1_440 % self.slice_minutes):
            raise _invalid("A slice is a whole number of minutes that divides a day.", "budgeting.slice_minutes")
        if (self.method is Method.TIME_SLICES) is (self.slice_target is None):
            raise _invalid("Time slices, and they alone, need a slice target.", "budgeting.slice_target")
        if self.slice_target is not None and not 0 < self.slice_target <= 1:
            raise _invalid("The slice target lies above 0 and is at most 1.", "budgeting.slice_target")


class Severity(StrEnum):
    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class BurnPair:
    """Breached while the burn of both windows is at least `factor`; `hold_minutes` of it before it fires."""

    name: str
    severity: Severity
    long_minutes: int
    short_minutes: int
    factor: Decimal
    hold_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Alerting:
    """`least_events` and `least_failures` must have been in the long window: what keeps low traffic quiet."""

    pairs: tuple[BurnPair, ...]
    least_events: int = 0
    least_failures: int = 0


class Health(StrEnum):
    """Of a budget, worst first."""

    EXHAUSTED = "exhausted"
    AT_RISK = "at_risk"
    WATCH = "watch"
    NO_DATA = "no_data"
    HEALTHY = "healthy"


class Deploys(StrEnum):
    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the error-budget policy asks for in a state, entered `below` so much budget left (None: never by that)."""

    below: Decimal | None
    actions: tuple[str, ...]
    deploys: Deploys


@dataclass(frozen=True, slots=True)
class CreditStep:
    """Compliance below this gives back that share of the fee."""

    below: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective. `sli_id` is the number its minutes are stored under; SLOs of the same indicator share it.

    `target` is in (0, 1) and decimal: 1 - 0.999 is then 0.001, not 0.0010000000000000009. Raises Invalid.
    """

    id: int
    slug: str
    name: str
    service: str
    service_id: int
    sli_id: int
    indicator: Indicator
    target: Decimal
    window: Window
    budgeting: Budgeting
    alerting: Alerting
    policy: Mapping[Health, Rule]
    credits: tuple[CreditStep, ...] = ()
    description: str = ""
    owner: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise _invalid("The target lies between 0 and 1: 0.999 for 99.9 %.", "target")
        if len(self.alerting.pairs) > MOST_PAIRS:
            raise _invalid(f"An SLO has at most {MOST_PAIRS} burn policies.", "alerting.pairs")
        most = 1 / self.allowed
        for at, pair in enumerate(self.alerting.pairs):
            if pair.factor >= most:
                burns = f"{round(most, 1).normalize():f}"
                text = f"{pair.name} can never fire: at a target of {self.target} a total outage burns {burns}x."
                raise _invalid(text, f"alerting.pairs.{at}.factor")

    @property
    def allowed(self) -> Decimal:
        """The share of events that may be bad."""
        return 1 - self.target


def _invalid(message: str, where: str) -> Invalid:
    return Invalid(message, code="slo_invalid", field=where)
