"""The spine without the web: ingest, sealing and following on a real database, with crashes and a clock of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from app.actions.backfill import Backfill
from app.actions.follow import Follower
from app.actions.ingest import Ingest
from app.actions.meter import Meter
from app.actions.screen import Accepted
from app.actions.seal import Sealer
from app.domain.assignments import Assignment, Feed, Role
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.histograms import Histogram
from app.domain.recipes import RecipeBook
from app.domain.samples import HistogramSample, SampleBatch, SeriesList
from app.domain.series import SeriesKey, Shape, series_key
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.store import migrate, rollups, schema, signals, sli_rollups, slos
from app.store.engine import Connection, Store, open_store
from tests.objectives import all_stored

DAY_MS = 86_400_000
NOW_MS = 1_795_000_020_000


@dataclass(frozen=True, slots=True)
class One:
    """A sample of one series."""

    key: SeriesKey
    at_ms: int
    value: float
    start_ms: int = 0


class Book(RecipeBook):
    """Recipes by metric name: enough to feed every kind of lane."""

    def __init__(self) -> None:
        super().__init__(())

    def assign(self, key: SeriesKey) -> Assignment | None:
        feeds = {
            "requests_total": (Feed(Role.REQUESTS), *([Feed(Role.ERRORS)] if key.label("code") == "500" else [])),
            "requests": (Feed(Role.REQUESTS), Feed(Role.DURATION)),
            "duration_bucket": (Feed(Role.BUCKET, bound=float(key.label("le") or 0)),),
            "memory_used": (Feed(Role.USED, resource="memory", instance=key.label("instance")),),
            "memory_limit": (Feed(Role.LIMIT, resource="memory", instance=key.label("instance")),),
            "pool_ratio": (Feed(Role.RATIO, resource="pool"),),
        }.get(key.metric)
        return None if feeds is None else Assignment(key.label("job"), "", "test", 1, feeds)


class Pipeline:
    """One process on a database; `crash` leaves everything that was not durable behind."""

    def __init__(self, url: str, *, now_ms: int = NOW_MS, recipes: RecipeBook | None = None) -> None:
        self.url = url
        self.now_ms = now_ms
        self.recipes = recipes or Book()
        self.counters = Counters()
        self._open()

    def _open(self) -> None:
        self.store: Store = open_store(self.url)
        migrate.upgrade(self.store)
        self.board = Board()
        self.slos = SloBoard()
        meter = Meter(self.store, self.slos, clock_ms=lambda: self.now_ms)
        self.follower = Follower(
            self.store, self.board, counters=self.counters, clock_ms=lambda: self.now_ms, meter=meter
        )
        self.ingest = Ingest(
            self.store,
            self.recipes,
            raw_retention_ms=15 * DAY_MS,
            counters=self.counters,
            committed=self.follower.committed,
        )
        self.sealer = Sealer(self.store, counters=self.counters)
        self.backfill = Backfill(self.store, keep_lead=self.sealer.keep_lead, minutes_kept_ms=60 * DAY_MS)
        self.ingest.start()

    def close(self) -> None:
        self.ingest.stop()
        self.sealer.let_go()
        self.store.close()

    def crash(self) -> None:
        """Nothing in memory survives; the lease is taken to have run out."""
        self.close()
        self._open()

    def send(self, samples: Sequence[One], histograms: Sequence[tuple[SeriesKey, int, Histogram]] = ()) -> Accepted:
        """Write samples as one request."""
        return self.ingest.write(batch(samples, histograms), source="test", now_ms=self.now_ms)

    def define(self, *found: Slo, now_ms: int | None = None) -> list[Slo]:
        """Create or change objectives."""
        with self.store.writing() as db:
            return all_stored(db, found, now_ms=self.now_ms if now_ms is None else now_ms)

    def fill(self) -> None:
        """Let backfill come to its end."""
        while self.fill_a_day():
            pass

    def fill_a_day(self) -> bool:
        """One step of backfill, in the process that seals."""
        self.sealer._has_lease()  # as the worker does before
        return self.backfill.step(now_ms=self.now_ms)

    def follow(self) -> Board:
        """The board after everything journalled has been followed."""
        self.follower.start()
        self.follower.stop()
        return self.board


def batch(samples: Sequence[One], histograms: Sequence[tuple[SeriesKey, int, Histogram]] = ()) -> SampleBatch:
    """One request's batch."""
    keys = list(dict.fromkeys([one.key for one in samples] + [key for key, _, _ in histograms]))
    place = {key: at for at, key in enumerate(keys)}
    starts = np.array([one.start_ms for one in samples], dtype=np.int64)
    return SampleBatch(
        SeriesList(keys),
        np.array([place[one.key] for one in samples], dtype=np.int64),
        np.array([one.at_ms for one in samples], dtype=np.int64),
        np.array([one.value for one in samples], dtype=np.float64),
        start_ms=starts if starts.any() else None,
        histograms=tuple(HistogramSample(place[key], at_ms, histogram) for key, at_ms, histogram in histograms),
    )


def counter(code: str = "200", instance: str = "a", job: str = "shop") -> SeriesKey:
    return series_key("requests_total", {"job": job, "instance": instance, "code": code})


def gauge(metric: str = "pool_ratio", instance: str = "a", job: str = "shop") -> SeriesKey:
    return series_key(metric, {"job": job, "instance": instance})


def histogram_series(job: str = "shop") -> SeriesKey:
    return series_key("requests", {"job": job, "instance": "a"}, shape=Shape.HISTOGRAM)


def everything(store: Store) -> dict[str, object]:
    """All rollups as values that compare bit for bit: cells by series and minute, signals by bucket."""
    with store.reading() as db:
        names = {
            number: f"{metric}{labels}{shape}"
            for number, metric, labels, shape in db.execute(
                sa.select(schema.series.c.id, schema.series.c.metric, schema.series.c.labels, schema.series.c.shape)
            )
        }
        slugs = dict(db.execute(sa.select(schema.services.c.id, schema.services.c.slug)).all())
        found: dict[str, object] = {}
        for service_id in [0, *slugs]:
            for piece in rollups.of_service(db, service_id, start_ms=0, end_ms=2 * NOW_MS):
                plain, grown = rollups.told_apart([piece])
                for one in (one for _, minutes in grown for one in minutes):
                    for k in range(len(one)):
                        held = one.counts[k] > 0
                        numbers = (one.bounds[held], one.counts[k][held], one.total[k], one.seconds[k])
                        found[f"{names[piece.series_id]} {one.minute[k]}"] = [part.tobytes() for part in numbers]
                for cells in plain:
                    for k in range(len(cells)):
                        columns = (cells.total, cells.weight, cells.low, cells.high)
                        found[f"{names[piece.series_id]} {cells.minute[k]}"] = [float(one[k]).hex() for one in columns]
        for rows, unit in (
            (signals.minutes(db, start_ms=0, end_ms=2 * NOW_MS), "minute"),
            (signals.hours(db, start_ms=0, end_ms=2 * NOW_MS), "hour"),
        ):
            for row in rows:
                held = row.counts > 0
                found[f"{slugs[row.service_id]} {unit} {row.bucket_ms}"] = (
                    {name: float(value).hex() for name, value in row.scalars.items()},
                    row.bounds[held].tolist(),
                    row.counts[held].tolist(),
                    {name: ratio.hex() for name, ratio in row.resources.items()},
                )
        found.update(minutes_of_slis(db))
        return found


def minutes_of_slis(db: Connection) -> dict[str, object]:
    """Minutes and hours of SLIs by kind and time."""
    found: dict[str, object] = {}
    for sli in slos.slis(db):
        span = {"first": 0, "end": 2 * NOW_MS // 60_000}
        read = (("minute", sli_rollups.minutes), ("hour", sli_rollups.hours))
        for unit, of in ((unit, ask(db, sli.id, **span)) for unit, ask in read):
            for k in range(len(of)):
                numbers = (int(of.bad[k]), int(of.total[k]), int(of.known_ms[k]))
                found[f"{sli.indicator.sentence()} {unit} {of.minute[k]}"] = numbers
    return found
