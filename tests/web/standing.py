"""The real application over twins, as a program: prints its port, serves until it is told to stop, says so."""

import tempfile
import time
from pathlib import Path

from app.actions.screen import Accepted
from app.config import Settings
from app.domain.board import Board, ServiceRef
from app.domain.recipes import RecipeBook
from app.domain.samples import SampleBatch
from app.store.engine import open_store
from app.web import app as web
from app.web import server
from app.web.deps import App
from tests.web.conftest import NullIngest

SLOW_SECONDS = 0.5


class SlowIngest(NullIngest):
    """Takes half a second for every batch, as a disk under load does."""

    def write(self, batch: SampleBatch, *, source: str, now_ms: int) -> Accepted:
        time.sleep(SLOW_SECONDS)
        return super().write(batch, source=source, now_ms=now_ms)


def application(folder: Path) -> App:
    board = Board()
    board.learn([ServiceRef(number, f"service-{number}", f"service-{number}", "") for number in range(1, 41)])
    return App(
        settings=Settings.from_environment({}, {}),
        store=open_store(f"sqlite:///{folder / 'burnline.db'}"),
        board=board,
        ingest=SlowIngest(),
        recipes=RecipeBook([]),
        build="standing",
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        listener = server.listen("127.0.0.1", 0)
        print(listener.getsockname()[1], flush=True)
        server.run(web.create(application(Path(folder))), listener)
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
