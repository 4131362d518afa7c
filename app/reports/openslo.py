"""Objectives as code: everything there is, or a service's, as one OpenSLO text that `burnline apply` takes back."""

from collections.abc import Sequence
from typing import Any

from app.domain import burn_defaults, healths, slo_fields
from app.domain.slos import Alerting, Silence, Slo
from app.store import documents, slos
from app.store.engine import Connection
from app.wire.openslo import v1_writing


def exported(db: Connection, *, service: str = "") -> str:
    """By slug, composites last: what they are made of has to be there before. Of everything, what is only kept, too."""
    every = slos.every(db)
    chosen = [one for one in every if not service or one.service == service]
    names = {one.sli_id: one.slug for one in reversed(every)}
    ordered = sorted(chosen, key=lambda one: (bool(one.indicator.members), one.slug))
    kept = [] if service else documents.every(db)
    return v1_writing.text([_document(one, names) for one in ordered], [one.body for one in kept])


def _document(slo: Slo, names: dict[int, str]) -> dict[str, Any]:
    fields: dict[str, Any] = slo_fields.write(slo)
    if slo.indicator.members:
        fields["indicator"] = _by_name(fields["indicator"], names)
    return v1_writing.document(fields, own=_own(slo, fields), sentence=slo.indicator.sentence())


def _own(slo: Slo, fields: dict[str, Any]) -> Sequence[str]:
    """The fields that v1 cannot say, or that are not as usual."""
    usual = Alerting(burn_defaults.defaults(slo.window, slo.target, slo.budgeting).pairs)
    asks_silence = (slo.budgeting.no_traffic, slo.budgeting.no_data) != (Silence.LEAVE_OUT, Silence.LEAVE_OUT)
    wanted = {
        "indicator": not v1_writing.is_expressible(fields["indicator"]),
        "budgeting": asks_silence,
        "alerting": slo.alerting != usual,
        "policy": dict(slo.policy) != dict(healths.USUAL),
        "credits": bool(slo.credits),
        "owner": bool(slo.owner),
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]


def _by_name(indicator: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    """Parts of a composite by objective: numbers are this installation's own."""
    parts = [
        {"slo": names[one["sli"]], **{name: value for name, value in one.items() if name != "sli"}}
        if one["sli"] in names
        else one
        for one in indicator["fields"]["of"]
    ]
    return {**indicator, "fields": {**indicator["fields"], "of": parts}}
