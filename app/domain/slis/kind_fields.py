"""Selectors in the fields of a kind: a metric as Prometheus writes it, or an object that names a signal."""

from collections.abc import Mapping

from app.domain.assignments import Role
from app.domain.errors import Invalid
from app.domain.json_values import Reading, Value
from app.domain.selector_texts import parsed
from app.domain.selectors import MetricSelector, Selector, SignalSelector

MOST_ROLES = len(Role)


def selector(asked: Reading, name: str) -> Selector:
    """Raises Invalid at the field when it is missing or cannot be read."""
    found = maybe_selector(asked, name)
    if found is None:
        raise asked.missing(name)
    return found


def maybe_selector(asked: Reading, name: str) -> Selector | None:
    value = asked.fields.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, Mapping):
        return _signal(asked.inside(name))
    try:
        return parsed(asked.text(name))
    except Invalid as error:
        raise asked.wrong(name, str(error), code=error.code, hint=error.hint) from error


def _signal(asked: Reading) -> SignalSelector:
    asked.only(("service", "source", "roles", "resource"))
    roles = asked.texts("roles", most=MOST_ROLES)
    try:
        chosen = frozenset(Role(one) for one in roles)
    except ValueError as error:
        raise asked.wrong("roles", f"roles are among {', '.join(Role)}.") from error
    if not chosen:
        raise asked.missing("roles")
    return SignalSelector(asked.text("service"), asked.text("source"), chosen, asked.text("resource", usual=""))


def written(selector: Selector | None) -> Value:
    """What `selector` reads."""
    if selector is None:
        return None
    if isinstance(selector, MetricSelector):
        return str(selector)
    found: dict[str, Value] = {
        "service": selector.service,
        "source": selector.source,
        "roles": sorted(selector.roles),
    }
    return {**found, "resource": selector.resource} if selector.resource else found


def flag(asked: Reading, name: str) -> bool:
    """False when it is not there."""
    value = asked.fields.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise asked.wrong(name, f"{name} is true or false.")
    return value


def at_its_field(asked: Reading, error: Invalid) -> Invalid:
    """The same, with the whole name of the field of a value that refused it."""
    if error.field is None or error.field == asked.where or error.field.startswith(f"{asked.where}."):
        return error
    return asked.wrong(error.field, str(error), code=error.code, hint=error.hint)
