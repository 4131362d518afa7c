"""The catalogue of series: who they are, whose they are, what they feed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from app.domain.assignments import Feed, Role
from app.domain.series import SeriesKey, Shape
from app.store import dialect
from app.store.schema import series

LOOK_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A series as ingest meets it first. `family` is equal for series of one metric from one target."""

    key: SeriesKey
    service_id: int
    kind: int
    family: int
    source: str
    rank: int
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """What folding needs to know of a series; its labels stay in the table.

    `order` sorts series the same way on every installation: ids follow the accidents of arrival.
    """

    id: int
    order: int
    service_id: int
    shape: Shape
    kind: int
    family: int
    source: str
    rank: int
    feeds: tuple[Feed, ...]


def ids_of(db: sa.Connection, fingerprints: Sequence[bytes]) -> dict[bytes, int]:
    """The ids of those that are stored."""
    found: dict[bytes, int] = {}
    for at in range(0, len(fingerprints), LOOK_UP_AT_ONCE):
        some = fingerprints[at : at + LOOK_UP_AT_ONCE]
        query = sa.select(series.c.fingerprint, series.c.id).where(series.c.fingerprint.in_(some))
        found.update({bytes(fingerprint): series_id for fingerprint, series_id in db.execute(query)})
    return found


def add(db: sa.Connection, new: Sequence[NewSeries], *, now_ms: int) -> None:
    """Store series that are not there yet; one that is (another process was first) is left as it is."""
    rows = [
        {
            "fingerprint": one.key.fingerprint,
            "service_id": one.service_id,
            "metric": one.key.metric,
            "labels": json.dumps(dict(one.key.labels), ensure_ascii=False, separators=(",", ":")),
            "shape": one.key.shape.value,
            "kind": one.kind,
            "unit": one.key.unit,
            "family": one.family,
            "source": one.source,
            "rank": one.rank,
            "feeds": _feeds_text(one.feeds),
            "created_ms": now_ms,
        }
        for one in new
    ]
    if rows:
        db.execute(dialect.insert_or_ignore(db, series), rows)


def every_fingerprint(db: sa.Connection) -> Iterable[tuple[bytes, int]]:
    """(fingerprint, id) of all series."""
    rows = db.execute(sa.select(series.c.fingerprint, series.c.id))
    return ((bytes(fingerprint), series_id) for fingerprint, series_id in rows)


def after(db: sa.Connection, last_id: int) -> list[StoredSeries]:
    """Series numbered higher than last_id, by id."""
    return _stored(db.execute(_light.where(series.c.id > last_id).order_by(series.c.id)))


def some(db: sa.Connection, ids: Sequence[int]) -> list[StoredSeries]:
    """These series, by id."""
    found: list[StoredSeries] = []
    for at in range(0, len(ids), LOOK_UP_AT_ONCE):
        chosen = list(ids[at : at + LOOK_UP_AT_ONCE])
        found += _stored(db.execute(_light.where(series.c.id.in_(chosen)).order_by(series.c.id)))
    return found


_light = sa.select(
    series.c.id,
    series.c.fingerprint,
    series.c.service_id,
    series.c.shape,
    series.c.kind,
    series.c.family,
    series.c.source,
    series.c.rank,
    series.c.feeds,
)


def _stored(rows: Iterable[sa.Row[tuple[int, bytes, int, str, int, int, str, int, str]]]) -> list[StoredSeries]:
    # Thousands of series carry one of a few dozen feeds: read each text once.
    seen: dict[str, tuple[Feed, ...]] = {}
    found = []
    for series_id, fingerprint, service_id, shape, kind, family, source, rank, feeds in rows:
        if feeds not in seen:
            seen[feeds] = _feeds(feeds)
        order = int.from_bytes(fingerprint[:8], "big", signed=True)
        found.append(
            StoredSeries(series_id, order, service_id, Shape(shape), kind, family, source, rank, seen[feeds])
        )
    return found


def _feeds_text(feeds: tuple[Feed, ...]) -> str:
    return json.dumps([asdict(feed) for feed in feeds], separators=(",", ":"))


def _feeds(text: str) -> tuple[Feed, ...]:
    return tuple(Feed(**{**fields, "role": Role(fields["role"])}) for fields in json.loads(text))
