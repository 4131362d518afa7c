"""The real application over the cast, served on a port of this machine. Its clock stands until a test moves it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import Settings
from app.domain.board import Board
from app.domain.changes import Change
from app.domain.recipes import RecipeBook
from app.domain.signals import MINUTE_MS
from app.domain.slo_board import SloBoard
from app.store import changes, migrate
from app.store.engine import Store, open_store
from app.web import app as web
from app.web import server
from app.web.deps import App
from tests.reports import cast, slo_cast, slo_past
from tests.reports.cast import Member
from tests.reports.slo_cast import SloCast
from tests.web.conftest import Clock, NullIngest


@dataclass
class Stage:
    """What a test can do behind the screen."""

    url: str
    board: Board
    store: Store
    clock: Clock

    def pass_minute(self, slug: str, member: Member) -> None:
        """A minute goes by, after which a service has a day as `member` says."""
        self.clock.move(60)
        now_ms = round(self.clock.now.timestamp() * 1000)
        service = self.board.find(slug)
        cast.fill(self.board, service.id, member, newest_ms=now_ms)
        self.board.changed({service.id: now_ms}, now_ms=now_ms)


@contextmanager
def staged(
    folder: Path,
    members: tuple[Member, ...] = cast.CAST,
    *,
    objectives: bool = False,
    slos: SloBoard | None = None,
) -> Iterator[Stage]:
    """The application, running; with the cast of objectives and their past, or with others of the same numbers."""
    board, clock = cast.board(members), Clock()
    store = open_store(f"sqlite:///{folder / 'burnline.db'}")
    migrate.upgrade(store)
    with store.writing() as db:
        deploy = Change("checkout", cast.NOW_MS - 21 * MINUTE_MS, "v2.43", "Deploy")
        changes.record(db, deploy, now_ms=cast.NOW_MS)
        if objectives:
            slo_past.store(db)
            slo_past.enter(db)
            slo_cast.open_alerts(db)
    burnline = App(
        settings=Settings.from_environment({}, {}),
        store=store,
        board=board,
        slos=slos or (SloCast() if objectives else SloBoard()),
        ingest=NullIngest(),
        recipes=RecipeBook([]),
        build="stage",
        clock=clock,
    )
    listener = server.listen("127.0.0.1", 0)
    running = server.build(web.create(burnline))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Stage(f"http://127.0.0.1:{listener.getsockname()[1]}", board, store, clock)
    finally:
        running.should_exit = True
        burnline.live.close()
        thread.join(15)
        store.close()
