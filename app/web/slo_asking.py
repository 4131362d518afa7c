"""What a form about an objective asks for, as the JSON API would be asked.

What the form has no field for, or an older form did not send, stays as it was.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from app.domain import burn_defaults, slo_fields, slo_settings
from app.domain.errors import Invalid
from app.domain.json_values import Reading, Value
from app.domain.series import clip
from app.domain.slos import MOST_PAIRS, Alerting, BurnPair, Health, Method, Slo
from app.domain.windows import Rolling, Unit
from app.web.slo_rows import CREDIT, PAIR, Filled, Row, rows

MONDAY = "2024-01-01T00:00"  # calendar windows begin with a year, a month and a week
MOST_DIGITS = 15
LENGTH = re.compile(
    r"(?:(?P<w>\d{1,6})w)? ?(?:(?P<d>\d{1,6})d)? ?(?:(?P<h>\d{1,6})h)? ?(?:(?P<m>\d{1,6})m?)?", re.ASCII
)
FIELDS_OF = {"ratio": ("bad", "good", "total"), "latency": ("series", "threshold")}


def asked_for(filled: Filled, before: Slo | None) -> dict[str, Value]:
    """What the form asks for. Raises Invalid at the field at fault."""
    fields: dict[str, Value] = {} if before is None else slo_fields.write(before)
    if before is not None and before.alerting == Alerting(
        burn_defaults.defaults(before.window, before.target, before.budgeting).pairs
    ):
        del fields["alerting"]  # is made anew, to suit the window
    fields |= {name: filled.get(name, "") for name in ("name", "service", "owner", "description", "target")}
    if filled.get("slo", "").strip():
        fields["slo"] = filled["slo"]
    fields["window"] = _window(filled, before)
    fields["budgeting"] = _budgeting(filled, before)
    fields["indicator"] = _indicator(filled, before)
    if "alerting" in filled:
        fields["alerting"] = _alerting(filled, fields)
    if "policy_healthy_deploys" in filled:
        fields["policy"] = {health.value: _rule(filled, health) for health in Health}
    if "credit_0_below" in filled:
        steps = rows(filled, "credit", CREDIT, most=slo_settings.MOST_CREDITS)
        fields["credits"] = [_said({"below": row["below"], "credit": row["share"]}) for row in steps]
    return fields


def _alerting(filled: Filled, fields: Mapping[str, Value]) -> Value:
    """The usual pairs where they are to be, so that a least number can stand beside them. None: all as usual."""
    least = {name: _whole(filled.get(name, "")) for name in ("least_events", "least_failures")}
    if filled["alerting"] == "own":
        found = rows(filled, "pair", PAIR, most=MOST_PAIRS)
        return {"pairs": [_pair(row, at) for at, row in enumerate(found)], **least}
    if not any(least.values()):
        return None
    asked = slo_settings.read({name: fields[name] for name in ("window", "budgeting")})
    target = Reading(fields).decimal("target")
    if not 0 < target < 1:
        return None  # is refused as soon as it is read
    usual = burn_defaults.defaults(asked.window, target, asked.budgeting).pairs
    return {"pairs": [slo_settings.pair_fields(one) for one in usual], **least}


def usual_pairs(filled: Filled) -> tuple[BurnPair, ...]:
    """The pairs that would be usual; none as long as window, target or budgeting cannot be read."""
    try:
        asked = slo_settings.read({"window": _window(filled, None), "budgeting": _budgeting(filled, None)})
        target = Reading({"target": filled["target"]}).decimal("target")
    except Invalid:
        return ()
    return burn_defaults.defaults(asked.window, target, asked.budgeting).pairs if 0 < target < 1 else ()


def _pair(row: Row, at: int) -> Value:
    where = f"alerting.pairs.{at}"
    found: dict[str, Value] = {
        "name": row["name"] or f"{row['severity'] or 'page'}-{row['long']}",
        "severity": row["severity"],
        "long_minutes": _length(row["long"], f"{where}.long_minutes"),
        "short_minutes": _length(row["short"], f"{where}.short_minutes"),
        "factor": row["factor"].removesuffix("x").strip(),
        "hold_minutes": _length(row["hold"], f"{where}.hold_minutes"),
    }
    return _said(found)


def _rule(filled: Filled, health: Health) -> Value:
    actions = [line.strip() for line in filled.get(f"policy_{health}_actions", "").splitlines()]
    said: dict[str, Value] = {name: filled.get(f"policy_{health}_{name}", "").strip() for name in ("below", "deploys")}
    return {**_said(said), "actions": [line for line in actions if line]}


def _said(fields: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _length(text: str, where: str) -> int | None:
    """Minutes of 5m, 18h12m or 3d; a number alone is minutes."""
    if not text:
        return None
    found = LENGTH.fullmatch(text)
    if found is None:
        message = f"{clip(text, 40)} is no length that can be read."
        raise Invalid(message, code="slo_invalid", field=where, hint="Use 5m, 6h or 3d.")
    return sum(int(number) * slo_settings.UNITS_MINUTES[unit] for unit, number in found.groupdict("0").items())


def _whole(text: str) -> Value:
    """A whole number, None for nothing; what is no number is left for the reader to refuse."""
    try:
        number = Decimal(text) if text.strip() else None
    except InvalidOperation:
        return text
    if number is None:
        return None
    return int(number) if number.is_finite() and number.adjusted() < MOST_DIGITS and number == number // 1 else text


def _window(filled: Filled, before: Slo | None) -> Value:
    text, zone = filled.get("window", ""), filled.get("zone", "").strip() or "UTC"
    if text not in list(Unit):
        return text
    old = None if before is None else before.window
    if old is not None and not isinstance(old, Rolling) and (old.unit, old.zone) == (text, zone):
        return slo_settings.window_fields(old)
    return {"kind": "calendar", "unit": text, "anchor": MONDAY, "zone": zone}


def _budgeting(filled: Filled, before: Slo | None) -> Value:
    """Silence is asked about of slices alone: of occurrences it can only be left out."""
    method = filled.get("method", "")
    found: dict[str, Value] = {"method": method}
    if method == Method.OCCURRENCES:
        return found
    kept = None if before is None else before.budgeting
    for name in ("no_traffic", "no_data"):
        found[name] = filled.get(name) or (None if kept is None else getattr(kept, name).value)
    minutes = filled.get("slice_minutes", "").strip()
    found["slice_minutes"] = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else 0
    if method == Method.TIME_SLICES:
        found["slice_target"] = filled.get("slice_target", "")
    return found


def _indicator(filled: Filled, before: Slo | None) -> Value:
    kind = filled.get("kind", "")
    if kind not in FIELDS_OF:
        return {"kind": kind, "fields": _json(filled.get("fields", ""))}
    kept: dict[str, Value] = {}
    if before is not None and before.indicator.kind == kind:
        kept = {name: value for name, value in before.indicator.fields().items() if name not in FIELDS_OF[kind]}
    said = {name: filled.get(f"{kind}_{name}", "").strip() for name in FIELDS_OF[kind]}
    return {"kind": kind, "fields": kept | {name: _value(name, text) for name, text in said.items() if text}}


def _value(name: str, text: str) -> Value:
    """A selector as Prometheus writes it, or as an object; a number of seconds."""
    if name == "threshold":
        try:
            return float(text)
        except ValueError:
            return text
    try:
        found: Value = json.loads(text) if text.startswith("{") else text
    except ValueError:
        return text
    return found


def _json(text: str) -> Value:
    try:
        found: Value = json.loads(text or "{}")
    except ValueError as error:
        raise Invalid("That is no JSON.", code="json_invalid", field="indicator.fields") from error
    return found
