"""Whether a database is there, so that only one waits to find out.

Once it could not be reached, everybody who asks is told so at once, while a thread tries again and again: a page that
needs it a little answers without it, and threads do not pile up behind a connection that says nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

import sqlalchemy as sa
from sqlalchemy import exc

from app.domain.errors import Unavailable
from app.store.silence import SilenceError

SECONDS_BETWEEN = 0.25


class Pulse:
    """Of the database behind an engine; `connected` is for any engine on the same one."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lost: str | None = None  # why
        self._lock = Lock()
        self._stopping = Event()

    @contextmanager
    def connected(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        """Raises Unavailable at once while the database is known to be away."""
        if self._lost is not None:
            raise Unavailable(f"The database did not answer: {self._lost}", code="database_unavailable")
        try:
            db = engine.connect()
        except exc.OperationalError as error:
            self._lose(error)
            raise
        with db:
            try:
                yield db
            except exc.OperationalError as error:
                if isinstance(error.orig, SilenceError):
                    self._lose(error)
                raise

    @property
    def is_away(self) -> bool:
        """Whether it could not be reached when it was tried last."""
        return self._lost is not None

    def stop(self) -> None:
        self._stopping.set()

    def _lose(self, error: exc.OperationalError) -> None:
        with self._lock:
            if self._lost is None and not self._stopping.is_set():
                self._lost = str(error.orig).strip().split("\n", 1)[0][:200]
                Thread(target=self._look_for_it, name="database-pulse", daemon=True).start()

    def _look_for_it(self) -> None:
        while not self._stopping.wait(SECONDS_BETWEEN):
            try:
                with self._engine.connect() as db:
                    db.exec_driver_sql("SELECT 1")
            except (exc.DBAPIError, exc.TimeoutError):
                continue
            break
        self._lost = None
