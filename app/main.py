"""One running Burnline: everything opened, started and stopped in order."""

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Protocol

from app import logs
from app.actions import backups, first_account, warm
from app.actions.disk import Disk
from app.actions.follow import Follower
from app.actions.heartbeat import Heartbeat
from app.actions.ingest import Ingest
from app.actions.meter import Meter
from app.actions.scraper import Scraper
from app.config import Settings
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.recipes import RecipeBook
from app.domain.samples import SampleBatch
from app.domain.slo_board import SloBoard
from app.notify import outgoing
from app.notify.outgoing_addresses import ANY_PORT, Policy, Reach
from app.store.engine import Store, open_store, sqlite_file
from app.web import app as web
from app.web import deps, server
from app.web.auth import Doorkeeper
from app.wire import recipes, targets
from app.wire.target_values import Target

log = logs.get("main")

NEW_OBJECTS = 50_000  # so many more than have gone, and the collector of cycles looks through them


def now_ms() -> int:
    """The clock."""
    return time.time_ns() // 1_000_000


class Background(Protocol):
    """The work beside the web: see `worker`."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


MakeBackground = Callable[[Store, Settings, Counters, SloBoard], Background]


@dataclass(frozen=True, slots=True)
class Running:
    """The parts of a running Burnline."""

    settings: Settings
    store: Store
    follower: Follower
    ingest: Ingest
    background: Background
    scraper: Scraper | None
    web: deps.App
    doorkeeper: Doorkeeper
    guards: tuple[Disk | Heartbeat, ...]

    def stop(self) -> None:
        """Finish what was accepted, then close. To be called when no request is under way any more."""
        if self.scraper is not None:
            self.scraper.stop()
        for guard in self.guards:
            guard.stop()
        self.ingest.stop()
        self.background.stop()
        self.follower.stop()
        self.store.close()
        log.info("stopped")


def start(settings: Settings, *, background: MakeBackground) -> Running:
    """Migrate the database, rebuild the board and start everything but the web server.

    Raises AppError when the database cannot be used.
    """
    store = open_store(settings.database_url)
    backups.upgrade(store, settings.database_url, settings.data_dir / "backups", now=deps.utc_now())
    first_account.refuse_strangers(store, settings)
    warm.up()
    book = recipe_book(settings)
    board, slos, counters = Board(), SloBoard(), Counters()
    counters.measure("burnline_database_away", lambda: float(store.is_away))
    meter = Meter(store, slos, clock_ms=now_ms)
    follower = Follower(store, board, counters=counters, clock_ms=now_ms, meter=meter)
    retention_ms = int(settings.raw_retention.total_seconds() * 1000)
    ingest = Ingest(
        store,
        book,
        raw_retention_ms=retention_ms,
        counters=counters,
        committed=follower.committed,
        new_series_per_hour=settings.new_series_per_hour,
    )
    doorkeeper = Doorkeeper(store, settings, clock=deps.utc_now)
    beside = background(store, settings, counters, slos)
    application = deps.App(
        settings=settings,
        store=store,
        board=board,
        ingest=ingest,
        recipes=book,
        build=metadata.version("burnline"),
        slos=slos,
        counters=counters,
        doorkeeper=doorkeeper,
    )
    wanted = scrape_targets(settings)
    scraper = Scraper(wanted, _scraped(ingest), counters=counters, clock_ms=now_ms) if wanted else None
    # What stands now stays, and columns hold no cycles: looking through them again and again takes a fifth of a busy
    # process' time.
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
    follower.start()
    gc.freeze()
    ingest.start()
    beside.start()
    if scraper is not None:
        scraper.start()
    guards = tuple(_guards(settings, application, ingest))
    for guard in guards:
        guard.start()
    return Running(settings, store, follower, ingest, beside, scraper, application, doorkeeper, guards)


def _guards(settings: Settings, application: deps.App, ingest: Ingest) -> Iterator[Disk | Heartbeat]:
    """What looks after this process itself."""
    file = sqlite_file(settings.database_url)
    if file is not None:
        yield Disk(file.parent, floor=settings.min_free_disk, counters=application.counters, tell=ingest.close)
    if settings.heartbeat_url is not None:
        policy = Policy(Reach.OUTSIDE, allowed=settings.allow_private_targets, ports=ANY_PORT)
        yield Heartbeat(
            settings.heartbeat_url,
            troubles=application.troubles,
            client=outgoing.open_client(policy),
            counters=application.counters,
        )


def serve(
    settings: Settings, *, background: MakeBackground, listening: Callable[[str], None], demo: bool = False
) -> None:
    """Run until SIGTERM or Ctrl-C; `listening` is told the address. Raises AppError or OSError when it cannot start."""
    listener = server.listen(settings.host, settings.port)
    running = start(settings, background=background)
    running.web.demo = demo
    url = url_of(settings, listener.getsockname()[1])
    if demo:
        running.doorkeeper.everybody_is_local = True
    else:
        first_account.invite(running.store, settings.public_url or url, now_ms=now_ms())
    listening(url)
    try:
        server.run(web.create(running.web), listener)
    finally:
        running.stop()


def recipe_book(settings: Settings) -> RecipeBook:
    """The shipped recipes with the user's laid over them. Raises AppError for a recipe that cannot be read."""
    layers = [recipes.shipped()]
    if settings.recipes_file is not None:
        layers.append(recipes.Layer(str(settings.recipes_file), settings.recipes_file.read_text(encoding="utf-8")))
    return recipes.load(layers)


def scrape_targets(settings: Settings) -> tuple[Target, ...]:
    """What to scrape. Raises AppError for a file that cannot be read."""
    file = settings.scrape_file
    return () if file is None else targets.parse(file.read_text(encoding="utf-8"), file=str(file))


def _scraped(ingest: Ingest) -> Callable[[SampleBatch], object]:
    return lambda batch: ingest.write(batch, source="scrape", now_ms=now_ms())


def url_of(settings: Settings, port: int) -> str:
    """Where a browser on this machine finds the server."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
