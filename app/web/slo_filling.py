"""The form of an objective: how it would be filled in to get what there is, and what stands in it before that."""

import json
from collections.abc import Sequence
from decimal import Decimal

from app.domain import agreements, burn_defaults, healths, slo_settings
from app.domain.errors import Invalid
from app.domain.json_values import Reading
from app.domain.slos import MOST_PAIRS, BurnPair, CreditStep, Health, Slo
from app.domain.windows import Rolling
from app.web import slo_asking
from app.web.slo_asking import FIELDS_OF
from app.web.slo_rows import CREDIT, PAIR, Filled, Row, empty, numbered, rows

SPARE_CREDITS = 2
UNITS = ((1_440, "d"), (60, "h"), (1, "m"))
EMPTY: Filled = {
    "name": "",
    "slo": "",
    "service": "",
    "owner": "",
    "description": "",
    "target": "99.9 %",
    "window": "30d",
    "zone": "UTC",
    "kind": "ratio",
    "method": "occurrences",
    "slice_minutes": "5",
    "slice_target": "99 %",
    "no_traffic": "leave_out",
    "no_data": "leave_out",
    "alerting": "usual",
    "least_events": "",
    "least_failures": "",
    "note": "",
}


def of_slo(slo: Slo) -> dict[str, str]:
    """The form of an objective."""
    fields = slo.indicator.fields()
    budgeting = slo.budgeting
    usual = burn_defaults.defaults(slo.window, slo.target, budgeting).pairs
    found = {
        "name": slo.name,
        "slo": slo.slug,
        "service": slo.service,
        "owner": slo.owner,
        "description": slo.description,
        "target": percent(slo.target),
        "window": length(slo.window.minutes) if isinstance(slo.window, Rolling) else slo.window.unit.value,
        "zone": "UTC" if isinstance(slo.window, Rolling) else slo.window.zone,
        "kind": slo.indicator.kind,
        "method": budgeting.method.value,
        "slice_minutes": str(budgeting.slice_minutes),
        "no_traffic": budgeting.no_traffic.value,
        "no_data": budgeting.no_data.value,
        "fields": json.dumps(fields, indent=2),
        "alerting": "usual" if slo.alerting.pairs == usual else "own",
        "least_events": str(slo.alerting.least_events or ""),
        "least_failures": str(slo.alerting.least_failures or ""),
    }
    if budgeting.slice_target is not None:
        found["slice_target"] = percent(budgeting.slice_target)
    for name in FIELDS_OF.get(slo.indicator.kind, ()):
        value = fields.get(name)
        if value is not None:
            found[f"{slo.indicator.kind}_{name}"] = value if isinstance(value, str) else json.dumps(value)
    credit = [{"below": percent(one.below), "share": percent(one.credit)} for one in slo.credits]
    return {**found, **_of_policy(slo.policy), **numbered("credit", credit), **_of_pairs(slo.alerting.pairs)}


def complete(filled: Filled) -> dict[str, str]:
    """A form with every field: where it says nothing of pairs the usual ones stand, to start from."""
    found = {**EMPTY, **_of_policy({}), **filled}
    if found["alerting"] != "own":
        found = {name: text for name, text in found.items() if not name.startswith("pair_")}
        found |= _of_pairs(slo_asking.usual_pairs(found))
    return found


def is_plain(filled: Filled) -> bool:
    """Whether alerts, policy and agreement are as they are of an objective that says nothing of them."""
    fresh = {**EMPTY, **_of_policy({})}
    asked = ("alerting", "least_events", "least_failures", *(name for name in fresh if name.startswith("policy_")))
    return all(filled[name].split() == fresh[name].split() for name in asked) and not any(
        text for name, text in filled.items() if name.startswith("credit_")
    )


def pair_rows(filled: Filled) -> list[Row]:
    """As many as there may be."""
    found = rows(filled, "pair", PAIR, most=MOST_PAIRS)
    return found + empty(PAIR, MOST_PAIRS - len(found))


def credit_rows(filled: Filled) -> list[Row]:
    """Those that are filled in, and some to fill in."""
    found = rows(filled, "credit", CREDIT, most=slo_settings.MOST_CREDITS)
    return found + empty(CREDIT, min(SPARE_CREDITS, slo_settings.MOST_CREDITS - len(found)))


def headrooms(steps: Sequence[Row], *, bad: float, total: float) -> list[float | None]:
    """Bad events that each step still bears, below 0 when it has been reached; None of rows that are no step (yet)."""
    return [None if step is None else agreements.headroom(step, bad=bad, total=total) for step in map(_step, steps)]


def _step(row: Row) -> CreditStep | None:
    try:
        said = Reading({**row})
        return CreditStep(said.decimal("below"), said.decimal("share"))
    except Invalid:
        return None


def percent(share: Decimal) -> str:
    return f"{slo_settings.plain(share * 100)} %"


def length(minutes: int) -> str:
    """30d, 6h or 90m: what a window is written as, in the largest unit that is whole."""
    part, unit = next((part, unit) for part, unit in UNITS if minutes % part == 0)
    return f"{minutes // part}{unit}"


def long_length(minutes: int) -> str:
    """3d, 18h12m: in units that make it short."""
    found = ""
    for part, unit in UNITS:
        found += f"{minutes // part}{unit}" if minutes >= part else ""
        minutes %= part
    return found


def _of_pairs(pairs: Sequence[BurnPair]) -> dict[str, str]:
    found = [
        {
            "name": one.name,
            "severity": one.severity.value,
            "long": long_length(one.long_minutes),
            "short": long_length(one.short_minutes),
            "factor": slo_settings.plain(one.factor),
            "hold": long_length(one.hold_minutes),
        }
        for one in pairs
    ]
    return numbered("pair", found)


def _of_policy(policy: healths.Policy) -> dict[str, str]:
    found = {}
    for health in Health:
        rule = healths.rule(health, policy)
        found[f"policy_{health}_below"] = "" if rule.below is None else percent(rule.below)
        found[f"policy_{health}_actions"] = "\n".join(rule.actions)
        found[f"policy_{health}_deploys"] = rule.deploys.value
    return found
