"""Creating, changing and archiving objectives: the one place that says what an impossible one lacks.

Forms, the JSON API and `burnline apply` all come here with a Draft; each fault is an Invalid at the Draft's field.
"""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from app.domain import burn_defaults, healths, people, slo_fields, slo_settings
from app.domain.board import ServiceRef
from app.domain.errors import Forbidden, Invalid, Missing
from app.domain.json_values import Fields, Reading
from app.domain.series import clip
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.slis import Indicator, composite
from app.domain.slo_fields import Draft
from app.domain.slos import Alerting, Health, Slo
from app.domain.windows import LONGEST_MINUTES, Window, nominal_minutes
from app.store import owners, revisions, series, services, slos
from app.store.engine import Connection
from app.store.slos import Edit

DAY_MS = 24 * HOUR_MS
LEAST_HISTORY_MS = 30 * DAY_MS
LONGEST_MS = LONGEST_MINUTES * MINUTE_MS


def create(db: Connection, draft: Draft, edit: Edit, *, now_ms: int, kept_ms: int = LONGEST_MS) -> Slo:
    """Store a new objective; `kept_ms` is how long history is kept. Raises Invalid at the draft's field at fault."""
    revisions.raised(db, revisions.OBJECTIVES)  # others who create wait: a name that is free stays so until it is taken
    _check_owner(db, edit, draft)
    _check_slug(db, draft, own=0)
    return _save(db, draft, edit, own=0, now_ms=now_ms, kept_ms=kept_ms)


def change(db: Connection, slo: Slo, draft: Draft, edit: Edit, *, now_ms: int, kept_ms: int = LONGEST_MS) -> Slo:
    """Make an objective what the draft says; nothing is written when it is. Raises Invalid."""
    _check_owner(db, edit, slo)
    _check_owner(db, edit, draft)
    _check_slug(db, draft, own=slo.id)
    return _save(db, draft, edit, own=slo.id, now_ms=now_ms, kept_ms=kept_ms)


def read(db: Connection, fields: Fields, *, unseen: bool = False) -> Draft:
    """The draft that fields ask for; parts of a composite may be named by objective. Raises Invalid."""
    return slo_fields.read(_with_numbers(db, fields), unseen=unseen)


def asked(db: Connection, draft: Draft, *, number: int = 0) -> Slo:
    """The objective that a draft would become, not stored; `number` of the one it would change. Raises Invalid."""
    indicator, _ = settled(db, draft)
    return replace(as_slo(draft, number=number), indicator=indicator)


def archive(db: Connection, slo: Slo, edit: Edit, *, now_ms: int) -> None:
    """Take an objective out of use; what it was and did stays stored."""
    _check_owner(db, edit, slo)
    slos.archive(db, slo, edit, now_ms=now_ms)


def restore(db: Connection, number: int, edit: Edit, *, now_ms: int, kept_ms: int = LONGEST_MS) -> Slo:
    """Put an archived objective back into use; its history is read again.

    Raises Missing, and Invalid when another one has its address.
    """
    revisions.raised(db, revisions.OBJECTIVES)
    slo = next((one for _, one in slos.archived(db) if one.id == number), None)
    if slo is None:
        raise Missing(f"There is no archived objective {number}.", code="slo_unknown", field="slo")
    if slos.by_slug(db, slo.slug) is not None:
        hint = "Archive that one, or change its address first."
        raise Invalid(f"There is another objective {slo.slug} now.", code="slug_taken", field="slo", hint=hint)
    wanted_ms = _wanted_ms(slo.window, now_ms=now_ms, kept_ms=kept_ms)
    slos.sli_for(db, slo.indicator, service_id=slo.service_id, wanted_ms=wanted_ms, now_ms=now_ms)
    _check_owner(db, edit, slo)
    slos.restore(db, slo, edit, now_ms=now_ms)
    return slo


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
        policy={**healths.USUAL, **(draft.policy or {})},
        credits=draft.credits,
        description=draft.description,
        owner=draft.owner,
        labels=draft.labels,
        annotations=draft.annotations,
    )
    _check_pairs(made)
    _check_policy(made)
    return made


def _save(db: Connection, draft: Draft, edit: Edit, *, own: int, now_ms: int, kept_ms: int) -> Slo:
    made = as_slo(draft, number=own)
    window_ms = nominal_minutes(draft.window) * MINUTE_MS
    if window_ms > kept_ms:
        text = f"The window is longer than history is kept: {kept_ms // DAY_MS} days."
        hint = "Take a shorter window, or keep hours for longer (BURNLINE_HOUR_RETENTION)."
        raise Invalid(text, code="window_invalid", field="window", hint=hint)
    service_id = _service(db, draft, now_ms=now_ms)
    indicator, home = settled(db, draft)
    wanted_ms = _wanted_ms(draft.window, now_ms=now_ms, kept_ms=kept_ms)
    sli_id = slos.sli_for(db, indicator, service_id=home, wanted_ms=wanted_ms, now_ms=now_ms)
    made = replace(made, indicator=indicator, service_id=service_id, sli_id=sli_id)
    return slos.save(db, made, edit, now_ms=now_ms)


def _wanted_ms(window: Window, *, now_ms: int, kept_ms: int) -> int:
    """How far back history is read."""
    return now_ms - min(max(nominal_minutes(window) * MINUTE_MS, LEAST_HISTORY_MS), kept_ms)


def settled(db: Connection, draft: Draft) -> tuple[Indicator, int]:
    """The draft's indicator with what its series tell, and the service they are all of (0: of several, or of none).

    Raises Invalid at the field of the first doubt that cannot stand.
    """
    _check_members(db, draft)
    found = series.candidates(db, draft.indicator)
    indicator = draft.indicator.settled(found)
    for doubt in indicator.doubts(found):
        if doubt.refuses and not (doubt.unseen and draft.unseen):
            where = f"indicator.fields.{doubt.field}"
            raise Invalid(doubt.message, code="indicator_invalid", field=where, hint=doubt.hint or None)
    homes = {one.service_id for some in found.values() for one in some}
    return indicator, homes.pop() if len(homes) == 1 else 0


def _check_members(db: Connection, draft: Draft) -> None:
    known = {one.id for one in slos.slis(db)} if draft.indicator.members else set()
    for at, member in enumerate(draft.indicator.members):
        if member.sli_id not in known:
            text = "A part of a composite is the SLI of an objective that is in use."
            raise Invalid(text, code="member_unknown", field=f"indicator.fields.of.{at}.sli")


def _with_numbers(db: Connection, fields: Fields) -> Fields:
    """Parts of a composite that are named by objective, {"slo": "checkout-availability"}, as the numbers of SLIs.

    Where no target is said, the objective's own is what the part has to meet.
    """
    said = Reading(fields)
    asked = said.inside("indicator")
    if asked.fields.get("kind") != "composite":
        return fields
    parts: list[Fields] = []
    for one in asked.inside("fields").each("of", most=composite.MOST_MEMBERS):
        if not one.has("slo"):
            parts.append(one.fields)
            continue
        slug = one.text("slo")
        if slug == fields.get("slo"):
            raise one.wrong("slo", "A composite is no part of itself.", code="member_unknown")
        part = slos.by_slug(db, slug)
        if part is None:
            raise one.wrong("slo", f"There is no objective {clip(slug)}.", code="member_unknown")
        rest = {name: value for name, value in one.fields.items() if name != "slo"}
        parts.append({"target": slo_settings.plain(part.target), **rest, "sli": part.sli_id})
    inside = {**asked.inside("fields").fields, "of": parts}
    return {**fields, "indicator": {**asked.fields, "fields": inside}}


def _check_owner(db: Connection, edit: Edit, what: Draft | Slo) -> None:
    """Raises Forbidden for what belongs to a team that the author is not in."""
    if edit.teams is None:
        return
    owner = what.owner.strip() or owners.of_service(db, what.service)
    if not people.answer(edit.teams, owner):
        text = f"{what.slug} belongs to the team {clip(owner)}, which is not yours."
        raise Forbidden(text, code="forbidden", hint="Somebody of that team may change it, or an admin.")


def _check_slug(db: Connection, draft: Draft, *, own: int) -> None:
    holder = slos.by_slug(db, draft.slug)
    if holder is not None and holder.id != own:
        raise Invalid(f"There is an objective {draft.slug} already.", code="slug_taken", field="slo")


def _check_pairs(slo: Slo) -> None:
    for at, pair in enumerate(slo.alerting.pairs):
        reason = burn_defaults.unfit(pair, target=slo.target, budgeting=slo.budgeting)
        if reason:
            raise Invalid(reason, code="pair_unfit", field=f"alerting.pairs.{at}.factor")


def _check_policy(slo: Slo) -> None:
    """What is worse begins at less of the budget left."""
    began = None
    for health in (Health.WATCH, Health.AT_RISK, Health.EXHAUSTED):
        below = slo.policy[health].below
        if below is not None and began is not None and below > began:
            text = "A state that is worse cannot begin at more of the budget left than one that is better."
            raise Invalid(text, code="policy_invalid", field=f"policy.{health}.below")
        began = below if below is not None else began


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
