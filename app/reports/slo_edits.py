"""Who changed an objective, when, and what: each definition before and after, in words where they differ."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from app.domain import slo_settings
from app.domain.errors import AppError
from app.domain.slis import KINDS
from app.domain.slos import BurnPair, Deploys, Health
from app.reports import slo_explained, slo_words
from app.store import slos
from app.store.engine import Connection

MOST = 20
NOTHING = "nothing"
DEPLOYS = {Deploys.ALLOW: "go", Deploys.WARN: "go, with a warning", Deploys.BLOCK: "stop"}
ORIGINS = {"form": "on its page", "api": "over the API", "apply": "by burnline apply", "proposal": "adopted"}

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that was changed; `before` is "" when only what it is now can be said."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """One edit. `what` says what it was as a whole, "" of a change; `changes` what it changed."""

    at_ms: int
    author: str
    origin: str
    note: str
    what: str
    changes: tuple[Changed, ...]


def of_slo(db: Connection, slo_id: int) -> tuple[tuple[Told, ...], int]:
    """The newest edits, newest first, and how many older ones are left out."""
    found = slos.edits(db, slo_id)
    told = tuple(_told(*one) for one in found[:MOST])
    return told, len(found) - len(told)


def changes(before: Fields, after: Fields) -> tuple[Changed, ...]:
    """What two definitions differ in, in words."""
    found: list[Changed] = []
    for name, tell in TELL.items():
        if before.get(name) != after.get(name):
            found += _changed(name, tell, before, after)
    return tuple(found)


def _told(at_ms: int, edit: slos.Edit, before: str, after: str) -> Told:
    one, other = _object(before), _object(after)
    what = ""
    changed: tuple[Changed, ...] = ()
    if not one:
        what = f"Made: {_whole(other)}"
    elif not other:
        what = "Archived"
    else:
        changed = changes(one, other)
    return Told(at_ms, edit.author, ORIGINS.get(edit.origin, edit.origin), edit.note, what, changed)


def _whole(fields: Fields) -> str:
    parts = [_safely(tell, fields.get(name)) for name, tell in (("target", _target), ("window", _window))]
    return ", ".join(one for one in parts if one)


def _changed(name: str, tell: "Tell", before: Fields, after: Fields) -> Iterator[Changed]:
    one, other = (tell(each.get(name)) if _readable(tell, each.get(name)) else {} for each in (before, after))
    if not one and not other:
        yield Changed(name, "", "changed")
    for part in dict.fromkeys((*one, *other)):
        if one.get(part) != other.get(part):
            yield Changed(part, one.get(part, NOTHING), other.get(part, NOTHING))


# --- each field as named texts ----------------------------------------------------------------------------------------

Tell = Callable[[Any], Mapping[str, str]]


def _readable(tell: Tell, value: Any) -> bool:
    """Definitions of another release may hold what this one does not know."""
    try:
        tell(value)
    except (AppError, KeyError, TypeError, ValueError, ArithmeticError):
        return False
    return True


def _safely(tell: Tell, value: Any) -> str:
    return ", ".join(tell(value).values()) if _readable(tell, value) else ""


def _text(name: str) -> Tell:
    return lambda value: {name: _clip(value) or NOTHING}


def _target(value: Any) -> Mapping[str, str]:
    return {"Target": slo_words.target(Decimal(value))}


def _window(value: Any) -> Mapping[str, str]:
    return {"Window": slo_words.window(slo_settings.read({"window": value}).window)}


def _indicator(value: Any) -> Mapping[str, str]:
    return {"What is measured": KINDS[value["kind"]](value["fields"], field="indicator").sentence()}


def _budgeting(value: Any) -> Mapping[str, str]:
    of = slo_settings.read({"budgeting": value}).budgeting
    return {"Counted": slo_words.budgeting(of), "Silence": slo_explained.silence(of)}


def _alerting(value: Any) -> Mapping[str, str]:
    of = slo_settings.read({"alerting": value}).alerting
    if of is None:
        return {}
    least = {"Least events": str(of.least_events), "Least failures": str(of.least_failures)}
    return {f"Policy {one.name}": _pair(one) for one in of.pairs} | least


def _pair(of: BurnPair) -> str:
    long, short = slo_words.length(of.long_minutes), slo_words.length(of.short_minutes)
    held = f", for {slo_words.length(of.hold_minutes)}" if of.hold_minutes else ""
    return f"{of.severity.value} at {slo_words.burn(float(of.factor))} over {short} and {long}{held}"


def _policy(value: Any) -> Mapping[str, str]:
    found = {}
    for health, rule in (slo_settings.read({"policy": value}).policy or {}).items():
        below = "" if rule.below is None else f"below {slo_words.target(rule.below)} left, "
        actions = "".join(f", {one}" for one in rule.actions)
        found[f"When {slo_words.FULL_WORDS[Health(health)]}"] = f"{below}deploys {DEPLOYS[rule.deploys]}{actions}"
    return found


def _credits(value: Any) -> Mapping[str, str]:
    steps = slo_settings.read({"credits": value}).credits
    told = [f"{slo_words.target(one.credit)} below {slo_words.target(one.below)}" for one in steps]
    return {"Credits": ", ".join(told) or NOTHING}


def _labels(value: Any) -> Mapping[str, str]:
    return {f"Label {name}": _clip(" ".join(texts)) for name, texts in value.items()}


def _annotations(value: Any) -> Mapping[str, str]:
    return {f"Annotation {name}": _clip(text) for name, text in value.items()}


TELL: dict[str, Tell] = {
    "name": _text("Name"),
    "slo": _text("Address"),
    "service": _text("Service"),
    "description": _text("Description"),
    "owner": _text("Owner"),
    "target": _target,
    "window": _window,
    "indicator": _indicator,
    "budgeting": _budgeting,
    "alerting": _alerting,
    "policy": _policy,
    "credits": _credits,
    "labels": _labels,
    "annotations": _annotations,
}


def _object(text: str) -> dict[str, Any]:
    return dict(orjson.loads(text)) if text else {}


def _clip(text: str, *, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
