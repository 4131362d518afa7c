"""Creating, changing and archiving objectives: the one place that says what an impossible one lacks.

Forms, the JSON API and `burnline apply` all come here with a Draft; each fault is an Invalid at the Draft's field.
"""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from app.domain import burn_defaults
from app.domain.board import ServiceRef
from app.domain.errors import Invalid
from app.domain.series import clip
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.slo_fields import Draft
from app.domain.slos import Alerting, Slo
from app.domain.windows import LONGEST_MINUTES, nominal_minutes
from app.store import services, slos
from app.store.engine import Connection
from app.store.slos import Edit

DAY_MS = 24 * HOUR_MS
LEAST_HISTORY_MS = 30 * DAY_MS
LONGEST_MS = LONGEST_MINUTES * MINUTE_MS


def create(db: Connection, draft: Draft, edit: Edit, *, now_ms: int, kept_ms: int = LONGEST_MS) -> Slo:
    """Store a new objective; `kept_ms` is how long history is kept. Raises Invalid at the draft's field at fault."""
    _check_slug(db, draft, own=0)
    return _save(db, draft, edit, own=0, now_ms=now_ms, kept_ms=kept_ms)


def change(db: Connection, slo: Slo, draft: Draft, edit: Edit, *, now_ms: int, kept_ms: int = LONGEST_MS) -> Slo:
    """Make an objective what the draft says; nothing is written when it is. Raises Invalid."""
    _check_slug(db, draft, own=slo.id)
    return _save(db, draft, edit, own=slo.id, now_ms=now_ms, kept_ms=kept_ms)


def archive(db: Connection, slo: Slo, edit: Edit, *, now_ms: int) -> None:
    """Take an objective out of use; what it was and did stays stored."""
    slos.archive(db, slo, edit, now_ms=now_ms)


def as_slo(draft: Draft, *, number: int = 0, service_id: int = 0, sli_id: int = 0) -> Slo:
    """The objective that a draft asks for, with the usual policies where it names none. Raises Invalid."""
    alerting = draft.alerting
    if alerting is None:
        alerting = Alerting(burn_defaults.defaults(draft.window, draft.target, draft.budgeting).pairs)
    made = Slo(
        id=number,
        slug=draft.slug,
        name=draft.name,
        service=draft.service,
        service_id=service_id,
        sli_id=sli_id,
        indicator=draft.indicator,
        target=draft.target,
        window=draft.window,
        budgeting=draft.budgeting,
        alerting=alerting,
        policy=draft.policy or {},
        credits=draft.credits,
        description=draft.description,
        owner=draft.owner,
        labels=draft.labels,
        annotations=draft.annotations,
    )
    _check_pairs(made)
    return made


def _save(db: Connection, draft: Draft, edit: Edit, *, own: int, now_ms: int, kept_ms: int) -> Slo:
    made = as_slo(draft, number=own)
    window_ms = nominal_minutes(draft.window) * MINUTE_MS
    if window_ms > kept_ms:
        text = f"The window is longer than history is kept: {kept_ms // DAY_MS} days."
        hint = "Take a shorter window, or keep hours for longer (BURNLINE_HOUR_RETENTION)."
        raise Invalid(text, code="window_invalid", field="window", hint=hint)
    service_id = _service(db, draft, now_ms=now_ms)
    wanted_ms = now_ms - min(max(window_ms, LEAST_HISTORY_MS), kept_ms)
    sli_id = slos.sli_for(db, draft.indicator, service_id=service_id, wanted_ms=wanted_ms, now_ms=now_ms)
    return slos.save(db, replace(made, service_id=service_id, sli_id=sli_id), edit, now_ms=now_ms)


def _check_slug(db: Connection, draft: Draft, *, own: int) -> None:
    holder = slos.by_slug(db, draft.slug)
    if holder is not None and holder.id != own:
        raise Invalid(f"There is an objective {draft.slug} already.", code="slug_taken", field="slo")


def _check_pairs(slo: Slo) -> None:
    for at, pair in enumerate(slo.alerting.pairs):
        reason = burn_defaults.unfit(pair, target=slo.target, budgeting=slo.budgeting)
        if reason:
            raise Invalid(reason, code="pair_unfit", field=f"alerting.pairs.{at}.factor")


def _service(db: Connection, draft: Draft, *, now_ms: int) -> int:
    """The number of the draft's service; one nobody has sent yet is made when that is allowed."""
    every = services.all_services(db)
    for one in every:
        if one.slug == draft.service:
            return one.id
    if not draft.unseen:
        raise Invalid(
            f"Nobody has sent anything of a service {clip(draft.service)}.",
            code="service_unknown",
            field="service",
            hint=_nearest(draft.service, every),
        )
    name, _, environment = draft.service.partition("@")
    return services.ensure(db, [(name, environment)], now_ms=now_ms)[name, environment]


def _nearest(slug: str, every: Sequence[ServiceRef]) -> str:
    close = get_close_matches(slug, [one.slug for one in every], n=3)
    return f"Is it {' or '.join(close)}?" if close else "Send its metrics first, or allow services that are unseen."
