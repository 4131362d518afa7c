"""The documents of Atlassian Statuspage's public API, so that whatever reads those reads ours.

https://developer.statuspage.io and the API page of any Statuspage. It has no word for "we do not know": a component's
status is then `unknown`, and the indicator of the whole is `minor`, whose description says what is meant.
"""

from collections.abc import Callable, Iterable

from app.domain.notices import NoticeKind, Phase
from app.domain.status import Level
from app.domain.status_page import Component, Page, Told
from app.reports import formats

Json = dict[str, object]

COMPONENT = {
    Level.OPERATIONAL: "operational",
    Level.UNKNOWN: "unknown",
    Level.MAINTENANCE: "under_maintenance",
    Level.DEGRADED: "degraded_performance",
    Level.PARTIAL_OUTAGE: "partial_outage",
    Level.MAJOR_OUTAGE: "major_outage",
}
INDICATOR = {
    Level.OPERATIONAL: "none",
    Level.UNKNOWN: "minor",
    Level.MAINTENANCE: "maintenance",
    Level.DEGRADED: "minor",
    Level.PARTIAL_OUTAGE: "major",
    Level.MAJOR_OUTAGE: "critical",
}
PAGE_ID = "burnline"


def summary(page: Page, base: str) -> Json:
    return {
        **status(page, base),
        "components": _components(page),
        "incidents": [_notice(one, page, base) for one in _open(page)],
        "scheduled_maintenances": [_notice(one, page, base) for one in (*_active(page), *page.planned)],
    }


def status(page: Page, base: str) -> Json:
    return {
        "page": {
            "id": PAGE_ID,
            "name": page.title,
            "url": base,
            "time_zone": page.zone,
            "updated_at": formats.iso(page.as_of_ms),
        },
        "status": {"indicator": INDICATOR[page.level], "description": page.headline},
    }


def components(page: Page, base: str) -> Json:
    return {"page": status(page, base)["page"], "components": _components(page)}


def incidents(page: Page, base: str) -> Json:
    return _listed("incidents", _of(page, NoticeKind.INCIDENT), page, base)


def unresolved(page: Page, base: str) -> Json:
    return _listed("incidents", _open(page), page, base)


def maintenances(page: Page, base: str) -> Json:
    return _listed("scheduled_maintenances", _of(page, NoticeKind.MAINTENANCE), page, base)


def upcoming(page: Page, base: str) -> Json:
    return _listed("scheduled_maintenances", page.planned, page, base)


def active(page: Page, base: str) -> Json:
    return _listed("scheduled_maintenances", _active(page), page, base)


DOCUMENTS: dict[str, Callable[[Page, str], Json]] = {
    "summary": summary,
    "status": status,
    "components": components,
    "incidents": incidents,
    "incidents/unresolved": unresolved,
    "scheduled-maintenances": maintenances,
    "scheduled-maintenances/upcoming": upcoming,
    "scheduled-maintenances/active": active,
}


def _listed(name: str, told: Iterable[Told], page: Page, base: str) -> Json:
    return {"page": status(page, base)["page"], name: [_notice(one, page, base) for one in told]}


def _of(page: Page, kind: NoticeKind) -> list[Told]:
    return [one for one in page.told if one.kind is kind]


def _open(page: Page) -> list[Told]:
    return [one for one in page.open if one.kind is NoticeKind.INCIDENT]


def _active(page: Page) -> list[Told]:
    return [one for one in page.open if one.kind is NoticeKind.MAINTENANCE]


def _components(page: Page) -> list[Json]:
    found: list[Json] = []
    for number, group in enumerate(page.groups, start=1):
        group_id = f"group-{number}"
        whole = {
            "id": group_id,
            "name": group.name,
            "status": COMPONENT[max((one.level for one in group.components), key=lambda one: one.rank)],
            "description": None,
            "position": number,
            "group": True,
            "group_id": None,
            "components": [one.id for one in group.components],
        }
        found.append({**whole, **_usual(page)})
        found += [
            _component(one, page, group_id=group_id, position=position)
            for position, one in enumerate(group.components, start=1)
        ]
    return found


def _component(one: Component, page: Page, *, group_id: str | None, position: int) -> Json:
    told = {
        "id": one.id,
        "name": one.name,
        "status": COMPONENT[one.level],
        "description": one.description or None,
        "position": position,
        "group": False,
        "group_id": group_id,
    }
    return {**told, **_usual(page)}


def _usual(page: Page) -> Json:
    at = formats.iso(page.as_of_ms)
    return {
        "page_id": PAGE_ID,
        "created_at": at,
        "updated_at": at,
        "start_date": None,
        "showcase": True,
        "only_show_if_degraded": False,
    }


def _notice(one: Told, page: Page, base: str) -> Json:
    is_planned = one.kind is NoticeKind.MAINTENANCE
    times = [said.at_ms for said in one.updates]
    begun = min(times, default=one.start_ms)
    over = one.end_ms if one.phase in (Phase.RESOLVED, Phase.COMPLETED) else None
    watched = min((said.at_ms for said in one.updates if said.phase is Phase.MONITORING), default=None)
    planned = {"scheduled_for": formats.iso(one.start_ms), "scheduled_until": _time(one.end_ms)}
    concerned = {component.id: component for component in page.components}
    return {
        "id": one.id,
        "name": one.title,
        "status": one.phase.value,
        "impact": "maintenance" if is_planned else one.impact.value,
        "created_at": formats.iso(begun),
        "updated_at": formats.iso(max(times, default=begun)),
        "started_at": formats.iso(one.start_ms),
        "monitoring_at": _time(watched),
        "resolved_at": _time(over),
        "shortlink": f"{base}#notice-{one.id}",
        "page_id": PAGE_ID,
        "incident_updates": [_update(one, at) for at in range(len(one.updates))],
        "components": [
            _component(concerned[number], page, group_id=None, position=position)
            for position, (number, _) in enumerate(one.components, start=1)
            if number in concerned
        ],
        **(planned if is_planned else {}),
    }


def _update(one: Told, at: int) -> Json:
    said = one.updates[at]
    when = formats.iso(said.at_ms)
    return {
        "id": said.id,
        "incident_id": one.id,
        "status": said.phase.value,
        "body": said.text,
        "created_at": when,
        "updated_at": when,
        "display_at": when,
        "affected_components": [{"code": number, "name": name} for number, name in one.components] or None,
    }


def _time(at_ms: int | None) -> str | None:
    return None if at_ms is None else formats.iso(at_ms)
