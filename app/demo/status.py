"""What Larkspur tells its customers: names and groups of its services, the last two incidents, a planned maintenance.

The incidents are the company's own, as the schedule of faults has them, so that what is told and what was measured
agree.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import orjson

from app import logs
from app.demo import faults
from app.demo.door import Door, Parcel, Refused, Unreachable
from app.demo.faults import Fault, Trouble

log = logs.get("demo")

SECONDS_BETWEEN = 10.0
MOST_ROUNDS = 60
HEADERS = {"Content-Type": "application/json"}
LOOK_BACK = 13 * 1_440  # minutes: what is past stands on the page for 14 days
TOLD = 2
QUIET_AFTER = 15  # minutes

Fields = dict[str, Any]

SHOP, FIND, AFTER, ACCOUNT = "Buying", "Finding", "Delivery", "Your account"
SERVICES: tuple[tuple[str, str, str, str], ...] = (
    ("storefront", "Web shop", SHOP, ""),
    ("checkout", "Checkout", SHOP, "Carts, addresses and vouchers"),
    ("payments", "Payments", SHOP, "Cards, invoices and refunds"),
    ("catalog", "Catalogue", FIND, ""),
    ("search", "Search", FIND, ""),
    ("orders", "Orders", AFTER, "Order history and tracking"),
    ("inventory", "Availability", AFTER, ""),
    ("warehouse-sync", "Warehouses", AFTER, ""),
    ("identity", "Sign-in", ACCOUNT, ""),
    ("mailer", "Mail", ACCOUNT, "Confirmations and receipts"),
)
HIDDEN = ("orders-db", "gift-cards")
TITLES = {
    Trouble.ERRORS: "{name} is failing for some customers",
    Trouble.SLOWNESS: "{name} is slow",
    Trouble.RUSH: "{name} is slow under unusually many visitors",
}
CAUSES = {
    Trouble.ERRORS: "The cause is found: {cause}. We are moving traffic away from it.",
    Trouble.SLOWNESS: "The cause is found: {cause}. We are adding capacity while we put it right.",
    Trouble.RUSH: "The cause is known: {cause}. We are adding capacity.",
}


@dataclass(frozen=True, slots=True)
class Incident:
    """A fault that had a name, and the services it reached."""

    fault: Fault
    services: tuple[str, ...]


def keep(url: str, stop: Event, *, seed: int, now: datetime) -> None:
    """Tell it all once the services are there."""
    with Door(url, stop=stop) as door:
        for _ in range(MOST_ROUNDS):
            try:
                _tell(door, seed=seed, now=now)
            except (Refused, Unreachable) as error:
                log.debug("demo_status_waits", error=str(error))
            else:
                return
            if stop.wait(SECONDS_BETWEEN):
                return


def incidents(seed: int, *, now: datetime) -> list[Incident]:
    """The newest that are over, newest first."""
    last = int(now.timestamp()) // 60
    found: dict[tuple[int, str], list[Fault]] = {}
    for one in faults.between(seed, last - LOOK_BACK, last):
        if one.end + QUIET_AFTER < last and one.minutes >= 30 and one.trouble in TITLES:
            found.setdefault((one.minutes, one.title.partition(" (")[0]), []).append(one)
    named = {slug for slug, *_ in SERVICES}
    told = [
        Incident(some[0], tuple(one.service.slug for one in some if one.service.slug in named))
        for some in found.values()
        if some[0].service.slug in named
    ]
    return sorted(told, key=lambda one: one.fault.start, reverse=True)[:TOLD]


def choices() -> Fields:
    """What is shown, under which names."""
    shown = [
        {"service": slug, "name": name, "group": group, "description": text, "position": place}
        for place, (slug, name, group, text) in enumerate(SERVICES, start=1)
    ]
    about = "Larkspur sells flowers, and delivers them. Write to us from the shop's help page."
    return {"title": "Larkspur status", "about": about, "services": shown}


def maintenance(now: datetime) -> Fields:
    """In the second night from now."""
    start = now.astimezone(UTC).replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(days=2)
    return {
        "kind": "maintenance",
        "key": f"demo-maintenance-{start:%Y-%m-%d}",
        "title": "Upgrade of the order database",
        "services": ["orders", "inventory"],
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "text": "Orders can be placed all the time. Order history may be read-only for some minutes.",
    }


def posts(one: Incident) -> list[Fields]:
    """The notice, then its updates."""
    fault = one.fault
    name = next(name for slug, name, *_ in SERVICES if slug == fault.service.slug)
    cause = fault.title[:1].lower() + fault.title[1:]
    key = f"demo-{fault.service.slug}-{fault.start}"
    texts = (
        ("investigating", 6, f"We see that {name.lower()} does not work as it should, and are looking for the cause."),
        ("identified", fault.minutes // 3 + 6, CAUSES[fault.trouble].format(cause=cause)),
        ("monitoring", fault.minutes, "It works again. We keep watching before we call it over."),
        ("resolved", fault.minutes + QUIET_AFTER, "It has worked without a fault since. We are sorry for the trouble."),
    )
    said = [
        {"phase": phase, "text": text, "time": (fault.start + after) * 60, "key": f"{key}-{at}"}
        for at, (phase, after, text) in enumerate(texts, start=1)
    ]
    notice = {
        **said[0],
        "key": key,
        "title": TITLES[fault.trouble].format(name=name),
        "impact": "major" if fault.trouble is Trouble.ERRORS else "minor",
        "services": list(one.services),
        "start": fault.start * 60,
    }
    return [notice, *said[1:]]


def _tell(door: Door, *, seed: int, now: datetime) -> None:
    """Any part of it may have been told before: keys say so."""
    door.put(_parcel("/api/status", choices()))
    for one in reversed(incidents(seed, now=now)):
        notice, *updates = posts(one)
        door.post(_parcel("/api/notices", notice), tries=1)
        number = _numbers(door)[notice["key"]]
        for update in updates:
            door.post(_parcel(f"/api/notices/{number}/updates", update), tries=1)
    door.post(_parcel("/api/notices", maintenance(now)), tries=1)
    door.put(_parcel("/api/status", {"services": [{"service": slug, "shown": False} for slug in HIDDEN]}))


def _numbers(door: Door) -> dict[str, int]:
    """Notices by key."""
    rows = door.get("/api/notices")
    return {row["key"]: row["id"] for row in rows} if isinstance(rows, list) else {}


def _parcel(path: str, fields: Fields) -> Parcel:
    return Parcel(path, HEADERS, orjson.dumps(fields))
