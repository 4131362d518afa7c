"""What stands in Larkspur's ledger: maintenance once and weekly, a correction after the fact, a credit taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from app.demo.door import Door, Parcel

HEADERS = {"Content-Type": "application/json"}
NEEDS = frozenset({"inventory-availability", "catalog-availability", "identity-availability"})

Fields = dict[str, Any]


def entries(now: datetime) -> tuple[tuple[str, Fields], ...]:
    """(objective, entry), all of the last days; the last one is a credit that was a mistake."""
    night = now.astimezone(UTC).replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=1)
    weekly = {"start": _text(night), "end": _text(night + timedelta(minutes=30)), "zone": "Europe/Berlin"}
    once = {"start": _text(night + timedelta(hours=2)), "end": _text(night + timedelta(hours=2, minutes=40))}
    after = {"start": _text(night + timedelta(hours=5))}
    return (
        ("inventory-availability", _entry("exclusion", "Stock is counted", **weekly, recurrence="FREQ=WEEKLY")),
        ("catalog-availability", _entry("exclusion", "Database moved, announced", **once, treatment="good")),
        ("identity-availability", _entry("debit", "Sign-ins the proxy lost and nobody counted", **after, events=25)),
        ("catalog-availability", _entry("credit", "A crawler's broken requests", **after, events=5)),
    )


def enter(door: Door, *, now: datetime) -> None:
    """Enter them all, and take the last one back. Raises Refused, and Unreachable."""
    if door.get("/api/ledger"):
        return  # this company has been here before
    for slug, fields in entries(now):
        door.post(Parcel(f"/api/slos/{slug}/ledger", HEADERS, orjson.dumps(fields)), tries=1)
    rows = door.get("/api/slos/catalog-availability/ledger")
    found = rows if isinstance(rows, list) else []
    credit = next(row["id"] for row in found if row["kind"] == "credit")
    body = orjson.dumps({"author": "Tove", "reason": "The requests came from a customer after all"})
    door.post(Parcel(f"/api/ledger/{credit}/reversal", HEADERS, body), tries=1)


def _entry(kind: str, reason: str, **more: object) -> Fields:
    return {"kind": kind, "author": "Tove", "reason": reason, **more}


def _text(at: datetime) -> str:
    return at.isoformat()
