"""How long one question may occupy a SQLite reader: what `statement_timeout` is to PostgreSQL."""

from time import monotonic
from typing import Any

STEPS = 200_000  # of SQLite's machine between two looks at the clock: some milliseconds
LONGEST_GAP_SECONDS = 1.0  # more between two looks means that the caller was busy with the rows it had


class Patience:
    """One connection's, asked by SQLite while it works. True interrupts the statement."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.is_endless = False
        self.begin()

    def begin(self) -> None:
        """Another statement."""
        self._spent = 0.0
        self._looked_at = monotonic()

    def __call__(self) -> bool:
        now = monotonic()
        self._spent += min(now - self._looked_at, LONGEST_GAP_SECONDS)
        self._looked_at = now
        return self._spent > self._seconds and not self.is_endless


def limit(connection: Any, info: dict[Any, Any], *, seconds: float) -> None:
    """Bound every statement of a new connection; `info` is what is kept beside it."""
    patience = info[Patience] = Patience(seconds)
    connection.set_progress_handler(patience, STEPS)


def begin(info: dict[Any, Any]) -> None:
    """A statement begins on a connection."""
    info[Patience].begin()


def lift(info: dict[Any, Any]) -> None:
    """Until a connection is given back its statements may take as long as they take."""
    if Patience in info:  # writers have none
        info[Patience].is_endless = True


def renew(info: dict[Any, Any]) -> None:
    """A connection is taken out again."""
    info[Patience].is_endless = False
