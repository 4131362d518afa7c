"""How an objective is counted and watched, as JSON: what is stored beside its target, and sent with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.slos import (
    MOST_PAIRS,
    Alerting,
    Budgeting,
    BurnPair,
    CreditStep,
    Deploys,
    Health,
    Method,
    Rule,
    Severity,
    Silence,
    Slo,
)
from app.domain.windows import LONGEST_MINUTES, Calendar, Rolling, Unit, Window

MOST_CREDITS = 10
MOST_LABELS = 40
MOST_ACTIONS = 20
MONTH = Rolling(30 * 1_440)
UNITS_MINUTES = {"m": 1, "h": 60, "d": 1_440, "w": 7 * 1_440}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything of an objective but what it is called, measured by and aims at. None: what is usual there."""

    window: Window = MONTH
    budgeting: Budgeting = field(default_factory=Budgeting)
    alerting: Alerting | None = None
    policy: Mapping[Health, Rule] | None = None
    credits: tuple[CreditStep, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


FIELDS = ("window", "budgeting", "alerting", "policy", "credits", "labels", "annotations")


def read(fields: Fields) -> Settings:
    """Other fields are left alone. Raises Invalid at the field at fault."""
    said = Reading(fields)
    return Settings(
        window=_window(said),
        budgeting=_budgeting(said.inside("budgeting")),
        alerting=_alerting(said.inside("alerting")) if said.has("alerting") else None,
        policy=_policy(said.inside("policy")) if said.has("policy") else None,
        credits=tuple(_credit(one) for one in said.each("credits", most=MOST_CREDITS)),
        labels=_labels(said.inside("labels")),
        annotations=_annotations(said.inside("annotations")),
    )


def write(slo: Slo) -> dict[str, Value]:
    """What `read` takes, nothing left out."""
    return {
        "window": window_fields(slo.window),
        "budgeting": {
            "method": slo.budgeting.method.value,
            "slice_minutes": slo.budgeting.slice_minutes,
            "slice_target": None if slo.budgeting.slice_target is None else plain(slo.budgeting.slice_target),
            "no_traffic": slo.budgeting.no_traffic.value,
            "no_data": slo.budgeting.no_data.value,
        },
        "alerting": {
            "pairs": [pair_fields(one) for one in slo.alerting.pairs],
            "least_events": slo.alerting.least_events,
            "least_failures": slo.alerting.least_failures,
        },
        "policy": {
            health.value: {
                "below": None if rule.below is None else plain(rule.below),
                "actions": list(rule.actions),
                "deploys": rule.deploys.value,
            }
            for health, rule in slo.policy.items()
        },
        "credits": [{"below": plain(one.below), "credit": plain(one.credit)} for one in slo.credits],
        "labels": {name: list(values) for name, values in slo.labels.items()},
        "annotations": dict(slo.annotations),
    }


def window_fields(window: Window) -> dict[str, Value]:
    if isinstance(window, Rolling):
        return {"kind": "rolling", "minutes": window.minutes}
    return {
        "kind": "calendar",
        "unit": window.unit.value,
        "count": window.count,
        "anchor": window.anchor.isoformat(timespec="minutes"),
        "zone": window.zone,
    }


def plain(number: Decimal) -> str:
    """A decimal as people write it: 0.999, never 9.99E-1."""
    return f"{number.normalize():f}"


def _window(said: Reading) -> Window:
    """As an object, or a length for a rolling one: "30d"."""
    value = said.fields.get("window")
    if value is None:
        return MONTH
    if isinstance(value, str):
        return Rolling(_minutes(said, value))
    inside = said.inside("window")
    kind = inside.text("kind", usual="rolling")
    if kind == "rolling":
        inside.only(("kind", "minutes"))
        return Rolling(inside.whole("minutes", least=1, most=LONGEST_MINUTES))
    if kind != "calendar":
        raise inside.wrong("kind", "A window is rolling or calendar.", code="window_invalid")
    inside.only(("kind", "unit", "count", "anchor", "zone"))
    count = inside.whole("count", usual=1, least=1, most=400)
    return Calendar(inside.choice("unit", Unit), inside.minute("anchor"), _zone(inside), count)


def _minutes(said: Reading, text: str) -> int:
    number, unit = text.strip()[:-1], text.strip()[-1:]
    if unit not in UNITS_MINUTES or not number.isascii() or not number.isdigit() or len(number) > 6:
        hint = "Use 30d, 4w, 12h or 90m."
        raise said.wrong("window", "The window is no length that can be read.", code="window_invalid", hint=hint)
    return int(number) * UNITS_MINUTES[unit]


def _zone(said: Reading) -> str:
    name = said.text("zone", usual="UTC", longest=64)
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError) as error:
        hint = "Use UTC, or a place such as Europe/Berlin."
        raise said.wrong("zone", "That time zone is not known.", code="timezone_unknown", hint=hint) from error


def _budgeting(said: Reading) -> Budgeting:
    said.only(("method", "slice_minutes", "slice_target", "no_traffic", "no_data"))
    return Budgeting(
        method=said.choice("method", Method, usual=Method.OCCURRENCES),
        slice_minutes=said.whole("slice_minutes", usual=1, least=1, most=1_440),
        slice_target=said.decimal("slice_target") if said.has("slice_target") else None,
        no_traffic=said.choice("no_traffic", Silence, usual=Silence.LEAVE_OUT),
        no_data=said.choice("no_data", Silence, usual=Silence.LEAVE_OUT),
    )


def _alerting(said: Reading) -> Alerting:
    said.only(("pairs", "least_events", "least_failures"))
    pairs = tuple(_pair(one) for one in said.each("pairs", most=MOST_PAIRS))
    if len({one.name for one in pairs}) < len(pairs):
        raise said.wrong("pairs", "Two burn policies have one name.")
    return Alerting(pairs, said.whole("least_events", usual=0), said.whole("least_failures", usual=0))


def _pair(said: Reading) -> BurnPair:
    said.only(("name", "severity", "long_minutes", "short_minutes", "factor", "hold_minutes"))
    long = said.whole("long_minutes", least=1, most=LONGEST_MINUTES)
    factor = said.decimal("factor")
    if factor <= 0:
        raise said.wrong("factor", "A burn factor lies above 0.")
    return BurnPair(
        name=said.text("name", longest=60),
        severity=said.choice("severity", Severity),
        long_minutes=long,
        short_minutes=said.whole("short_minutes", usual=max(1, round(long / 12)), least=1, most=long),
        factor=factor,
        hold_minutes=said.whole("hold_minutes", usual=0, most=1_440),
    )


def pair_fields(pair: BurnPair) -> dict[str, Value]:
    return {
        "name": pair.name,
        "severity": pair.severity.value,
        "long_minutes": pair.long_minutes,
        "short_minutes": pair.short_minutes,
        "factor": plain(pair.factor),
        "hold_minutes": pair.hold_minutes,
    }


def _policy(said: Reading) -> dict[Health, Rule]:
    said.only(list(Health))
    rules = {}
    for health in Health:
        if said.has(health):
            one = said.inside(health).only(("below", "actions", "deploys"))
            below = one.decimal("below") if one.has("below") else None
            if below is not None and below > 1:
                raise one.wrong("below", "A state begins at a share of the budget, at most 1: 0.25, or 25 %.")
            actions = one.texts("actions", most=MOST_ACTIONS)
            rules[health] = Rule(below, actions, one.choice("deploys", Deploys, usual=Deploys.ALLOW))
    return rules


def _credit(said: Reading) -> CreditStep:
    said.only(("below", "credit"))
    below, credit = said.decimal("below"), said.decimal("credit")
    if not 0 < below < 1:
        raise said.wrong("below", "A credit is given below a compliance between 0 and 1: 0.99, or 99 %.")
    if not 0 < credit <= 1:
        raise said.wrong("credit", "A credit is a share of the fee, above 0 and at most 1: 0.1, or 10 %.")
    return CreditStep(below, credit)


def _labels(said: Reading) -> dict[str, tuple[str, ...]]:
    if len(said.fields) > MOST_LABELS:
        raise Invalid(f"At most {MOST_LABELS} labels.", code="slo_invalid", field=said.where)
    return {name: said.texts(name, most=MOST_LABELS) for name in said.fields}


def _annotations(said: Reading) -> dict[str, str]:
    if len(said.fields) > MOST_LABELS:
        raise Invalid(f"At most {MOST_LABELS} annotations.", code="slo_invalid", field=said.where)
    return {name: said.text(name, usual="", longest=20_000) for name in said.fields}
