"""What Larkspur promises: objectives of every kind and in every state, so that there is something to look at.

They are defined through the API as soon as their series are there. The company's faults depend on the seed and the day,
so once their history has been read those with a wanted budget get the target that leaves just about that much.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from threading import Event
from typing import Any

import orjson

from app import logs
from app.demo import corrections
from app.demo.cast import COMPANY
from app.demo.door import Door, Parcel, Refused, Unreachable

log = logs.get("demo")

SECONDS_BETWEEN = 15.0
LONGEST_ROUNDS = 240
HEADERS = {"Content-Type": "application/json"}
AUTHOR = "?author=Larkspur"
TEAMS = {one.slug: one.team.capitalize() for one in COMPANY}

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Objective:
    """`left`: the share of its budget that history is to leave, None when the target stays as it is.

    `needs` are objectives that have to be there before; `unseen` when nobody sends its series (yet).
    """

    slug: str
    service: str
    indicator: Fields
    target: str
    left: Decimal | None = None
    description: str = ""
    needs: tuple[str, ...] = ()
    unseen: bool = False
    more: Fields = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.slug.replace("-", " ").capitalize()

    def fields(self, target: str) -> Fields:
        """What the API takes."""
        told = {"slo": self.slug, "name": self.name, "service": self.service, "description": self.description}
        owner = {"owner": TEAMS[self.service]} if self.service in TEAMS else {}
        return told | owner | {"target": target, "indicator": self.indicator, **self.more}


def _signal(service: str, source: str, *roles: str, resource: str = "") -> Fields:
    chosen: Fields = {"service": service, "source": source, "roles": list(roles)}
    return chosen | ({"resource": resource} if resource else {})


def _availability(service: str, source: str) -> Fields:
    fields = {"bad": _signal(service, source, "errors"), "total": _signal(service, source, "requests")}
    return {"kind": "ratio", "fields": fields}


def _latency(service: str, source: str, role: str, threshold: float) -> Fields:
    return {"kind": "latency", "fields": {"series": _signal(service, source, role), "threshold": threshold}}


OBJECTIVES: tuple[Objective, ...] = (
    Objective(
        "checkout-availability",
        "checkout",
        _availability("checkout", "http-conventions"),
        "0.999",
        Decimal("0.12"),
        "Whoever wants to pay can.",
    ),
    Objective(
        "payments-availability",
        "payments",
        _availability("payments", "micrometer-http"),
        "0.999",
        Decimal("-0.08"),
        "Charges and refunds go through.",
    ),
    Objective(
        "catalog-availability",
        "catalog",
        _availability("catalog", "http-conventions"),
        "0.999",
        Decimal("0.8"),
    ),
    Objective(
        "search-latency",
        "search",
        _latency("search", "otel-http", "duration", 1.0),
        "0.99",
        Decimal("0.38"),
        "Nobody waits for what they look for.",
    ),
    Objective(
        "storefront-latency",
        "storefront",
        _latency("storefront", "otel-http", "duration", 1.0),
        "0.99",
        Decimal("0.72"),
    ),
    Objective("orders-availability", "orders", _availability("orders", "otel-http"), "0.999", Decimal("0.6")),
    Objective(
        "mailer-freshness",
        "mailer",
        {
            "kind": "freshness",
            "fields": {
                "series": _signal("mailer", "otel-messaging-consumed", "requests"),
                "tells": "count",
                "within": 600,
            },
        },
        "0.99",
        description="A mail leaves within ten minutes.",
    ),
    Objective(
        "orders-db-sessions",
        "orders-db",
        {
            "kind": "saturation",
            "fields": {
                "series": "haproxy_backend_current_sessions",
                "limit": "haproxy_backend_limit_sessions",
                "tells": "used",
                "at_most": 0.9,
                "per": ["instance"],
            },
        },
        "0.99",
        description="There is always a session left for whoever comes.",
        more={"budgeting": {"method": "time_slices", "slice_minutes": 5, "slice_target": "1"}},
    ),
    Objective(
        "buying",
        "storefront",
        {
            "kind": "composite",
            "fields": {
                "rule": "all_of",
                "of": [
                    {"slo": "checkout-availability", "target": "0.99"},
                    {"slo": "payments-availability", "target": "0.98"},
                    {"slo": "catalog-availability", "target": "0.99"},
                ],
            },
        },
        "0.99",
        Decimal("0.45"),
        "Finding, checking out and paying work in the same minute.",
        needs=("checkout-availability", "payments-availability", "catalog-availability"),
    ),
    Objective(
        "inventory-availability",
        "inventory",
        _availability("inventory", "go-grpc-prometheus"),
        "0.999",
        Decimal("0.5"),
        "By the calendar month, as the warehouses count.",
        more={
            "window": {"kind": "calendar", "unit": "month", "anchor": "2026-01-01T00:00", "zone": "Europe/Berlin"},
        },
    ),
    Objective(
        "identity-availability",
        "identity",
        _availability("identity", "go-grpc-prometheus"),
        "0.999",
        Decimal("0.66"),
        "Agreed with partners: credits below the steps.",
        more={
            "window": {"kind": "calendar", "unit": "quarter", "anchor": "2026-01-01T00:00"},
            "credits": [{"below": "0.999", "credit": "0.1"}, {"below": "0.99", "credit": "0.25"}],
        },
    ),
    Objective(
        "warehouse-sync-availability",
        "warehouse-sync",
        _availability("warehouse-sync", "http-conventions"),
        "0.99",
        description="Little traffic: one failure alone must not wake anybody.",
        more={
            "alerting": {
                "pairs": [
                    {"name": "page-fast", "severity": "page", "long_minutes": 60, "short_minutes": 5, "factor": "14.4"},
                    {"name": "page-slow", "severity": "page", "long_minutes": 360, "short_minutes": 30, "factor": "6"},
                    {"name": "ticket", "severity": "ticket", "long_minutes": 1440, "short_minutes": 120, "factor": "3"},
                ],
                "least_failures": 3,
            }
        },
    ),
    Objective(
        "gift-cards-availability",
        "gift-cards",
        _availability("gift-cards", "http-conventions"),
        "0.999",
        description="Planned for the holidays; nobody sends its metrics yet.",
        unseen=True,
    ),
)


def keep(url: str, stop: Event, objectives: Sequence[Objective] = OBJECTIVES) -> None:
    """Define the objectives as their series come, and give them their targets as their history has been read."""
    waiting = list(objectives)
    tuning = [one for one in objectives if one.left is not None]
    is_corrected = False
    with Door(url, stop=stop) as door:
        for _ in range(LONGEST_ROUNDS):
            try:
                known = _known(door)
                waiting = [one for one in waiting if not _defined(door, one, known)]
                tuning = [one for one in tuning if not _tuned(door, one, known)]
                if not is_corrected and known.keys() >= corrections.NEEDS:
                    is_corrected = True  # tried once: entries are never doubled
                    corrections.enter(door, now=datetime.fromisoformat(known["catalog-availability"]["until"]))
            except (Refused, Unreachable) as error:
                log.debug("demo_objectives_wait", error=str(error))
            if not (waiting or tuning) or stop.wait(SECONDS_BETWEEN):
                return


def _known(door: Door) -> dict[str, Fields]:
    rows = door.get("/api/slos")
    return {row["slo"]: row for row in rows} if isinstance(rows, list) else {}


def _defined(door: Door, one: Objective, known: dict[str, Fields]) -> bool:
    """Whether it is there now."""
    if one.slug in known:
        return True
    if not known.keys() >= set(one.needs):
        return False
    unseen = "&unseen=true" if one.unseen else ""
    body = orjson.dumps(one.fields(one.target))
    try:
        door.post(Parcel(f"/api/slos{AUTHOR}{unseen}", HEADERS, body), tries=1)
    except Refused as error:
        log.debug("demo_objective_waits", objective=one.slug, error=str(error))
        return False
    return True


def _tuned(door: Door, one: Objective, known: dict[str, Fields]) -> bool:
    """Whether it has the target it is to keep."""
    row = known.get(one.slug)
    if row is None or row["backfilled"] < 1 or not row["total_events"] or one.left is None:
        return False
    bad = row["bad_events"] / row["total_events"]
    if bad > 0:  # else any target would do
        body = orjson.dumps(one.fields(target_for(bad, one.left)))
        door.put(Parcel(f"/api/slos/{one.slug}{AUTHOR}", HEADERS, body))
    return True


def target_for(bad: float, left: Decimal) -> str:
    """The target of which so many bad events leave so much budget; what it allows has two digits."""
    allowed = Decimal(f"{Decimal(bad) / (1 - left):.1e}")
    return f"{1 - min(allowed, Decimal('0.5')):f}"
