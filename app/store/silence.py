"""Not waiting for ever: a database that says nothing for a while is taken for lost, and so is the connection to it.

TCP notices a peer that is gone; it does not notice a proxy or a balancer that takes everything and passes nothing on.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

SILENCE_SECONDS = 12.0  # longer than lock_timeout, shorter than senders wait
PING_SECONDS = 3.0  # of a connection from the pool, before it is used


class SilenceError(psycopg.OperationalError):
    """A server that was asked something said nothing."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that ends when its server was asked something and nothing moved for `patience` seconds."""

    patience: float | None = SILENCE_SECONDS  # None: as long as it takes

    def wait(self, gen: Any, *given: Any, **named: Any) -> Any:
        """Consume a generator of psycopg. Raises SilenceError when nothing comes of it."""
        if self.patience is None:
            return super().wait(gen, *given, **named)
        try:
            return super().wait(_not_for_ever(gen, self.patience), *given, **named)
        except SilenceError:
            self.pgconn.finish()  # whatever it was doing, nobody knows how that ended
            raise


def _not_for_ever(gen: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """The generator, which is told what the socket is ready for: every now and then, for nothing."""
    moved = monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                moved = monotonic()
            elif monotonic() - moved >= seconds:
                raise SilenceError(f"it said nothing for {seconds:g} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value


def listen(engine: sa.Engine) -> None:
    """Make an engine's connections patient ones: a little when they are only asked whether they are there."""
    event.listen(engine, "do_connect", lambda _, __, given, named: PatientConnection.connect(*given, **named))
    event.listen(engine, "checkin", _at_rest)
    event.listen(engine, "checkout", _at_work)


def wait_for_ever(db: sa.Connection) -> None:
    """What this connection does now may take as long as it likes, until it is given back."""
    connection = db.connection.driver_connection
    if isinstance(connection, PatientConnection):
        connection.patience = None


def _at_rest(connection: PatientConnection | None, _: object) -> None:
    if connection is not None:
        connection.patience = PING_SECONDS


def _at_work(connection: PatientConnection, _: object, __: object) -> None:
    connection.patience = SILENCE_SECONDS
