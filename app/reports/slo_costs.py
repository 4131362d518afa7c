"""What each deploy has cost: the marks on the chart of a budget, by the same rule as the list of who spent it."""

from collections.abc import Sequence

from app.domain import spending
from app.domain.changes import Change
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slos import Slo

LEAST = 0.005
"""Of the budget: what costs less is no mark worth reading."""


def of(slo: Slo, counted: SliMinutes, deploys: Sequence[Change]) -> list[float | None]:
    """The share of the budget of these minutes that went in the two hours after each deploy, beyond the background.

    None where that is next to nothing.
    """
    budget = float(slo.allowed) * float(counted.total.sum()) / EVENT
    if budget <= 0 or not deploys:
        return [None] * len(deploys)
    found = spending.by_change(counted, [(one.at_ms, str(number)) for number, one in enumerate(deploys)])
    spent = {one.name: one.bad / budget for one in found}
    costs = [spent.get(str(number), 0.0) for number in range(len(deploys))]
    return [one if one >= LEAST else None for one in costs]
