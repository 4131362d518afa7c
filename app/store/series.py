"""The catalogue of series: who they are, whose they are, what they feed."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa

from app.domain.assignments import Feed, Role
from app.domain.selectors import Candidate, MetricSelector, Selector, SignalSelector
from app.domain.series import SeriesKey, Shape
from app.domain.slis import Indicator
from app.store import dialect
from app.store.schema import series, services

LOOK_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A series as ingest meets it first."""

    key: SeriesKey
    service_id: int
    kind: int
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
            "labels": orjson.dumps(dict(one.key.labels)).decode(),
            "shape": one.key.shape.value,
            "kind": one.kind,
            "unit": one.key.unit,
            "source": one.source,
            "rank": one.rank,
            "feeds": _feeds_text(one.feeds),
            "created_ms": now_ms,
        }
        for one in new
    ]
    if rows:
        dialect.lock_series(db)
        db.execute(dialect.insert_or_ignore(db, series), rows)


def every_fingerprint(db: sa.Connection) -> Iterable[tuple[bytes, int]]:
    """(fingerprint, id) of all series."""
    rows = db.execute(sa.select(series.c.fingerprint, series.c.id))
    return ((bytes(fingerprint), series_id) for fingerprint, series_id in rows)


def after(db: sa.Connection, last_id: int) -> Iterator[StoredSeries]:
    """Series numbered higher than last_id, by id; one after the other, as there may be very many."""
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
    series.c.source,
    series.c.rank,
    series.c.feeds,
)


def _stored(rows: Iterable[Sequence[Any]]) -> Iterator[StoredSeries]:
    # Thousands of series carry one of a few dozen feeds: read each text once.
    seen: dict[str, tuple[Feed, ...]] = {}
    for series_id, fingerprint, service_id, shape, kind, source, rank, feeds in rows:
        if feeds not in seen:
            seen[feeds] = _feeds(feeds)
        order = _order_of(fingerprint)
        yield StoredSeries(series_id, order, service_id, Shape(shape), kind, source, rank, seen[feeds])


def _order_of(fingerprint: bytes) -> int:
    return int.from_bytes(fingerprint[:8], "big", signed=True)


@lru_cache(maxsize=4_096)  # most series feed what others of their service feed
def _feeds_text(feeds: tuple[Feed, ...]) -> str:
    return json.dumps([asdict(feed) for feed in feeds], separators=(",", ":"))


@lru_cache(maxsize=4_096)
def _feeds(text: str) -> tuple[Feed, ...]:
    return tuple(Feed(**{**fields, "role": Role(fields["role"])}) for fields in json.loads(text))


@dataclass(frozen=True, slots=True)
class MetricUse:
    """The series of one metric that are alike: of one service, one source, and feeding the same.

    `service` is a slug, "" when no recipe knows the metric or one leaves it out (then `source` names the recipe).
    """

    metric: str
    shape: Shape
    kind: int
    service: str
    source: str
    roles: tuple[Role, ...]
    series: int
    labels: dict[str, str]  # of one of the series


def uses(db: sa.Connection, *, search: str = "", limit: int) -> list[MetricUse]:
    """What is stored, the most series first. `search` narrows to metrics and services that hold it."""
    # Of the roles within such a group only errors depend on a series' labels.
    failing = sa.case((series.c.feeds.contains(f'"{Role.ERRORS}"'), 1), else_=0)
    query = (
        sa.select(
            series.c.metric,
            series.c.shape,
            series.c.kind,
            sa.func.coalesce(services.c.slug, ""),
            series.c.source,
            sa.func.min(series.c.feeds),
            sa.func.max(failing),
            sa.func.count(),
            sa.func.min(series.c.labels),
        )
        .outerjoin(services, services.c.id == series.c.service_id)
        .group_by(series.c.metric, series.c.shape, series.c.kind, services.c.slug, series.c.source)
        .order_by(sa.func.count().desc(), series.c.metric)
        .limit(limit)
    )
    if search:
        columns = (series.c.metric, services.c.slug)
        query = query.where(sa.or_(*(column.icontains(search, autoescape=True) for column in columns)))
    return [
        MetricUse(metric, Shape(shape), kind, slug, source, _roles(feeds, failing), count, json.loads(labels))
        for metric, shape, kind, slug, source, feeds, failing, count, labels in db.execute(query)
    ]


def _roles(feeds: str, failing: int) -> tuple[Role, ...]:
    """In the order the recipe gives them, errors last."""
    roles = [feed.role for feed in _feeds(feeds) if feed.role is not Role.ERRORS]
    return (*roles, Role.ERRORS) if failing else tuple(roles)


@dataclass(frozen=True, slots=True)
class LabelledSeries:
    """A series with its labels."""

    id: int
    service_id: int
    metric: str
    labels: dict[str, str]
    shape: Shape
    kind: int

    @property
    def is_histogram(self) -> bool:
        return self.shape in (Shape.HISTOGRAM, Shape.DELTA_HISTOGRAM)


def named(db: sa.Connection, metric: str, *, limit: int) -> list[LabelledSeries]:
    """The series of a metric, by id."""
    columns = (
        series.c.id,
        series.c.service_id,
        series.c.metric,
        series.c.labels,
        series.c.shape,
        series.c.kind,
    )
    rows = db.execute(sa.select(*columns).where(series.c.metric == metric).order_by(series.c.id).limit(limit))
    return [
        LabelledSeries(series_id, service_id, name, json.loads(labels), Shape(shape), kind)
        for series_id, service_id, name, labels, shape, kind in rows
    ]


def candidates(db: sa.Connection, indicator: Indicator) -> Mapping[str, Sequence[Candidate]]:
    """The stored series that each field of an indicator selects, by id; none of a composite."""
    found = candidates_for(db, [indicator])
    return {name: [one for one in found if selector.selects(one)] for name, selector in indicator.selectors().items()}


def candidates_for(
    db: sa.Connection, indicators: Iterable[Indicator], *, known: Collection[int] = frozenset()
) -> list[Candidate]:
    """Series that these may select, by id: those of a metric or a recipe's source that is asked for. Not the known."""
    asked = {selector for one in indicators for selector in one.selectors().values()}
    wanted: set[int] = set()
    for query in _asked(asked):
        wanted.update(row.id for row in db.execute(query))
    return candidates_of(db, sorted(wanted.difference(known)))


def candidates_of(db: sa.Connection, ids: Sequence[int]) -> list[Candidate]:
    """These series as selectors see them, by id."""
    found: list[Candidate] = []
    for at in range(0, len(ids), LOOK_UP_AT_ONCE):
        rows = db.execute(_full.where(series.c.id.in_(ids[at : at + LOOK_UP_AT_ONCE])).order_by(series.c.id))
        found += [_candidate(row) for row in rows]
    return found


def _candidate(row: Any) -> Candidate:
    return Candidate(
        id=row.id,
        service_id=row.service_id,
        service=row.service,
        metric=row.metric,
        labels=json.loads(row.labels),
        shape=Shape(row.shape),
        kind=row.kind,
        unit=row.unit,
        source=row.source,
        order=_order_of(row.fingerprint),
        feeds=_feeds(row.feeds),
    )


_full = sa.select(
    *_light.selected_columns,
    series.c.metric,
    series.c.labels,
    series.c.unit,
    sa.func.coalesce(services.c.slug, "").label("service"),
).outerjoin(services, services.c.id == series.c.service_id)


def _asked(selectors: Iterable[Selector]) -> Iterable[sa.Select[tuple[int]]]:
    metrics = sorted({one.metric for one in selectors if isinstance(one, MetricSelector)})
    for at in range(0, len(metrics), LOOK_UP_AT_ONCE):
        yield sa.select(series.c.id).where(series.c.metric.in_(metrics[at : at + LOOK_UP_AT_ONCE]))
    sources = sorted({(one.service, one.source) for one in selectors if isinstance(one, SignalSelector)})
    for at in range(0, len(sources), LOOK_UP_AT_ONCE):
        some = sources[at : at + LOOK_UP_AT_ONCE]
        owned = sa.select(services.c.id).where(services.c.slug.in_([slug for slug, _ in some]))
        named = series.c.source.in_([source for _, source in some])
        yield sa.select(series.c.id).where(series.c.service_id.in_(owned), named)
