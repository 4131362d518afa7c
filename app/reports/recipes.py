"""Which series feed which signal, and which no recipe recognised: the most voluminous first, with a recipe to paste."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.cells import COUNTER, DELTA, GAUGE
from app.domain.recipe_suggestions import suggest
from app.domain.series import Kind, series_key
from app.store import series
from app.store.engine import Store
from app.store.series import MetricUse

MOST_ROWS = 200
MOST_USES = 20_000  # a catalogue of some hundred services

_KINDS = {COUNTER: Kind.COUNTER, DELTA: Kind.COUNTER, GAUGE: Kind.GAUGE}


@dataclass(frozen=True, slots=True)
class Feeding:
    """One metric of one service that a recipe knows; `gives` are the roles its series play."""

    service: str
    metric: str
    gives: tuple[str, ...]
    source: str
    series: int


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """One metric that no recipe knows; `example` is one of its series as Prometheus writes it."""

    metric: str
    example: str
    series: int
    suggestion: str


@dataclass(frozen=True, slots=True)
class Recipes:
    """At most MOST_ROWS of each, most series first; `known` series of so many `services` feed something."""

    feeding: tuple[Feeding, ...]
    unrecognised: tuple[Unrecognised, ...]
    known: int
    services: int


def page(store: Store, *, search: str = "") -> Recipes:
    """The series found, a row a metric. What a recipe leaves out on purpose is in neither list."""
    with store.reading() as db:
        found = series.uses(db, search=search.strip(), limit=MOST_USES)
    fed = [one for one in found if one.service]
    return Recipes(
        feeding=tuple(_feeding(fed))[:MOST_ROWS],
        unrecognised=tuple(_unrecognised(one for one in found if not one.service and not one.source))[:MOST_ROWS],
        known=sum(one.series for one in fed),
        services=len({one.service for one in fed}),
    )


def _feeding(uses: Iterable[MetricUse]) -> list[Feeding]:
    grouped: dict[tuple[str, str, str], list[MetricUse]] = {}
    for one in uses:
        grouped.setdefault((one.service, one.metric, one.source), []).append(one)
    rows = [
        Feeding(service, metric, tuple(dict.fromkeys(role for one in alike for role in one.roles)), source, _sum(alike))
        for (service, metric, source), alike in grouped.items()
    ]
    return sorted(rows, key=lambda row: (-row.series, row.service, row.metric))


def _unrecognised(uses: Iterable[MetricUse]) -> list[Unrecognised]:
    grouped: dict[str, list[MetricUse]] = {}
    for one in uses:
        grouped.setdefault(one.metric, []).append(one)
    rows = [_row(metric, alike) for metric, alike in grouped.items()]
    return sorted(rows, key=lambda row: (-row.series, row.metric))


def _row(metric: str, alike: Sequence[MetricUse]) -> Unrecognised:
    usual = alike[0]  # of several kinds or shapes the one with the most series
    return Unrecognised(
        metric=metric,
        example=str(series_key(metric, usual.labels)),
        series=_sum(alike),
        suggestion=suggest(metric, usual.labels, _KINDS[usual.kind], usual.shape),
    )


def _sum(alike: Iterable[MetricUse]) -> int:
    return sum(one.series for one in alike)
