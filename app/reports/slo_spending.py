"""Who spent the budget: by the values of a label, by deploy, by hour of the day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from app.domain import counting, spending
from app.domain.errors import Invalid
from app.domain.selectors import Candidate
from app.domain.series import clip
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT
from app.domain.slo_board import SloBoard
from app.domain.slos import Method, Slo
from app.domain.spending import OTHERS, Share
from app.domain.windows import Period
from app.reports import slo_history
from app.reports.slo_measured import Stored, distinct
from app.store import changes, series
from app.store.engine import Connection

LABEL = "label:"
MOST_VALUES = 50
NO_LABEL = "(without)"


@dataclass(frozen=True, slots=True)
class Spending:
    """Ranked; shares add to 1. `budget` is the range's in bad events; `note` says what the ranking cannot."""

    by: str
    shares: tuple[Share, ...]
    bad: float
    total: float
    budget: float
    note: str = ""

    def budget_share(self, share: Share) -> float | None:
        """Of the range's whole budget."""
        return share.bad / self.budget if self.budget > 0 else None


def of(board: SloBoard, db: Connection, slo: Slo, *, by: str, within: Period, zone: ZoneInfo) -> Spending:
    """`by` is label:NAME, deploy or hour. Raises Invalid."""
    first, end = within.start_ms // MINUTE_MS, min(within.end_ms // MINUTE_MS, board.until_minute)
    end = max(first, end)
    counted = slo_history.counted(board, db, slo, first=first, end=end)
    note = ""
    if by == "deploy":
        known = changes.between(db, service=slo.service, start_ms=within.start_ms, end_ms=within.end_ms)
        shares = spending.by_change(counted, [(one.at_ms, one.version) for one in known])
        note = "" if known else f"No deploy of {slo.service} is known in this range."
    elif by == "hour":
        shares = spending.by_hour_of_day(counted, zone)
    elif by.startswith(LABEL) and len(by) > len(LABEL):
        found = distinct(series.candidates(db, slo.indicator).values())
        values = _values(found, by.removeprefix(LABEL), slo)
        stored = Stored(db, found, first=first, end=end)
        raw = {name: stored.minutes(slo.indicator, some) for name, some in values.items()}
        shares = _clipped(spending.by_value(counted, raw, slice_minutes=counting.slice_of(slo.budgeting)))
        if slo.budgeting.method is not Method.OCCURRENCES:  # what is spent are minutes, and all values share those
            shares = tuple(replace(one, total=None) for one in shares)
        note = _note(values, by.removeprefix(LABEL))
    else:
        raise Invalid("Spending is told by label:NAME, deploy or hour.", code="by_unknown", field="by")
    total = float(counted.total.sum()) / EVENT
    return Spending(by, shares, float(counted.bad.sum()) / EVENT, total, float(slo.allowed) * total, note)


def labels(db: Connection, slo: Slo) -> list[str]:
    """Labels by which the objective's series differ: what spending can be told by."""
    values: dict[str, set[str]] = {}
    found = distinct(series.candidates(db, slo.indicator).values())
    for one in found:
        for name, value in one.labels.items():
            values.setdefault(name, set()).add(value)
    return sorted(name for name, some in values.items() if len(some) > 1 and name != "le")


def _values(found: Sequence[Candidate], label: str, slo: Slo) -> dict[str, list[Candidate]]:
    """The series of each value. Raises Invalid where no series has the label: a single row would say nothing."""
    if slo.indicator.members:
        text = "A composite has no series of its own: ask its parts who spent it."
        raise Invalid(text, code="by_unknown", field="by")
    if not any(label in one.labels for one in found):
        names = sorted({name for one in found for name in one.labels if name != "le"})
        raise Invalid(
            f"None of the series has a label {clip(label)}.",
            code="label_unknown",
            field="by",
            hint=f"They have {', '.join(names[:20])}." if names else None,
        )
    values: dict[str, list[Candidate]] = {}
    for one in found:
        values.setdefault(one.labels.get(label, NO_LABEL), []).append(one)
    return values


def _note(values: dict[str, list[Candidate]], label: str) -> str:
    lacking = len(values.get(NO_LABEL, ()))
    return f"{lacking} of the series have no {label}: they stand as {NO_LABEL}." if lacking else ""


def _clipped(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Beyond so many values the small ones are one row."""
    if len(shares) <= MOST_VALUES + 1:
        return shares
    kept = [one for one in shares if one.name != OTHERS][:MOST_VALUES]
    rest = [one for one in shares if one not in kept]
    part = None if rest[0].share is None else sum(one.share or 0.0 for one in rest)
    return (*kept, Share(OTHERS, sum(one.bad for one in rest), None, part))
