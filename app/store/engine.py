"""Opening the database: one writer, many readers, every commit on the disk before it is reported.

SQLite runs in WAL mode with `synchronous=FULL` on the library bundled with `pysqlite3`: Debian 12's own is inside the
range of the WAL-reset corruption fault (https://sqlite.org/wal.html#walresetbug). All writes begin IMMEDIATE, because
an upgrade from a read transaction fails at once whatever the busy timeout.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import QueuePool

from app.domain.errors import AppError, Unavailable
from app.store import patience, silence
from app.store.pulse import Pulse

try:
    from pysqlite3 import dbapi2 as bundled_sqlite
except ImportError:  # no wheel for this platform
    bundled_sqlite = None

Connection = sa.Connection  # what callers pass from `reading` or `writing` to the functions of this package

SOUND_SQLITE = (3, 51, 3)
SOUND_BACKPORTS = ((3, 44, 6), (3, 50, 7))
READERS = 8
READ_TIMEOUT_MS = 30_000
CONNECT_SECONDS = 3
AUTO_VACUUM_INCREMENTAL = 2


class Store:
    """An open database. `reading()` gives a snapshot; `writing()` the one write transaction, committed at its end."""

    def __init__(
        self, *, writer: sa.Engine, reader: sa.Engine, claim: IO[str] | None = None, pulse: Pulse | None = None
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._claim = claim
        self._pulse = pulse
        self._write_lock = Lock()

    @property
    def is_sqlite(self) -> bool:
        return self._writer.dialect.name == "sqlite"

    @property
    def is_away(self) -> bool:
        """Whether the database is known not to answer; a SQLite file is always there."""
        return self._pulse is not None and self._pulse.is_away

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A read-only connection. Raises Unavailable when the database cannot answer."""
        with _translated(), self._connected(self._reader) as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A write transaction; rolled back when the block raises. Raises Unavailable when the database cannot."""
        with _translated(), self._one_at_a_time(), self._connected(self._writer) as db, db.begin():
            yield db

    def disconnect(self) -> None:
        """Close every connection; a SQLite file stays this process's."""
        self._reader.dispose()
        self._writer.dispose()

    def close(self) -> None:
        if self._pulse is not None:
            self._pulse.stop()
        self.disconnect()
        if self._claim is not None:
            self._claim.close()

    def _connected(self, engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
        return engine.connect() if self._pulse is None else self._pulse.connected(engine)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._write_lock:
            yield


def open_store(url: str, *, claiming: bool = True) -> Store:
    """Raises Unavailable when the database cannot be opened, AppError when its library is unsound.

    A SQLite file is claimed for this process, unless who opens it writes nothing that its owner holds in memory.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed.database or "", claiming=claiming)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed)
    raise AppError(
        f"{parsed.get_backend_name()} is not a database Burnline can use.",
        code="database_unknown",
        hint="Use sqlite:////path/to/burnline.db or postgresql://user@host/name.",
    )


def sqlite_file(url: str) -> Path | None:
    """Where a SQLite database is; None for another database."""
    parsed = sa.make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _open_sqlite(path: str, *, claiming: bool) -> Store:
    module = sqlite()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)  # what is in it is nobody else's on this machine; -wal and -shm take the same mode
    claim = _claimed(path) if claiming else None
    writer = sa.create_engine(f"sqlite:///{path}", module=module, poolclass=QueuePool, pool_size=1, max_overflow=1)
    reader = sa.create_engine(
        f"sqlite:///{path}", module=module, poolclass=QueuePool, pool_size=READERS, max_overflow=0
    )
    event.listen(writer, "connect", _set_up_writer)
    event.listen(reader, "connect", _set_up_reader)
    event.listen(reader, "before_cursor_execute", lambda db, *_: patience.begin(db.info))
    event.listen(reader, "checkout", lambda _, record, __: patience.renew(record.info))
    event.listen(writer, "begin", lambda db: db.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(reader, "begin", lambda db: db.exec_driver_sql("BEGIN"))
    return Store(writer=writer, reader=reader, claim=claim)


def _claimed(path: str) -> IO[str]:
    """A SQLite file is one process's alone: two writers with their own idea of where sealing stands would disagree."""
    claim = Path(f"{path}.lock").open("a+", encoding="ascii")  # noqa: SIM115  # held until the store is closed
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        claim.seek(0)
        holder = claim.read(20).strip() or "unknown"
        claim.close()
        raise AppError(
            f"Another Burnline (process {holder}) has {path} open.",
            code="database_in_use",
            hint="Stop it first, or use PostgreSQL for several processes.",
        ) from error
    claim.truncate(0)
    claim.write(str(os.getpid()))
    claim.flush()
    return claim


def sqlite() -> Any:
    """The bundled library, or the standard one where its SQLite is sound. Raises AppError where it is not."""
    if bundled_sqlite is not None:
        return bundled_sqlite
    version = sqlite3.sqlite_version_info
    backported = any(version[:2] == fixed[:2] and version >= fixed for fixed in SOUND_BACKPORTS)
    if version >= SOUND_SQLITE or backported:
        return sqlite3
    raise AppError(
        f"SQLite {sqlite3.sqlite_version} can corrupt a database in WAL mode.",
        code="sqlite_unsound",
        hint="Install pysqlite3, or use PostgreSQL.",
    )


def _set_up_writer(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA auto_vacuum={AUTO_VACUUM_INCREMENTAL}")
    cursor.execute("PRAGMA journal_mode=WAL")
    for pragma in ("synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "cache_size=-32000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA wal_autocheckpoint=4000")
    cursor.execute("PRAGMA journal_size_limit=67108864")
    cursor.close()


def _set_up_reader(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "query_only=ON", "cache_size=-8000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    patience.limit(connection, record.info, seconds=READ_TIMEOUT_MS / 1000)


def _open_postgresql(parsed: sa.URL) -> Store:
    psycopg = parsed.set(drivername="postgresql+psycopg")
    options = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=10s -c timezone=UTC"
    alive = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
    alive["connect_timeout"] = CONNECT_SECONDS
    common: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": 5}
    writer = sa.create_engine(
        psycopg,
        pool_size=4,
        connect_args={**alive, "options": f"{options} -c synchronous_commit=on"},
        **common,
    )
    snapshot = r"-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\ read"
    read_only = f"{options} {snapshot} -c statement_timeout={READ_TIMEOUT_MS}"
    reader = sa.create_engine(
        psycopg,
        pool_size=READERS,
        connect_args={**alive, "options": read_only},
        **common,
    )
    silence.listen(writer)
    silence.listen(reader)
    return Store(writer=writer, reader=reader, pulse=Pulse(reader))


@contextmanager
def _translated() -> Iterator[None]:
    """Database trouble is "try again": never a bug of the request. A mistake in a statement is a bug of ours."""
    try:
        yield
    except (exc.IntegrityError, exc.DataError, exc.ProgrammingError, exc.NotSupportedError):
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        line = _first_line(error)
        if _is_full(error, line):
            raise Unavailable(
                f"The database has no room left: {line}", code="storage_full", retry_after_seconds=30
            ) from error
        if _took_too_long(error, line):
            raise Unavailable(
                f"The database was given {READ_TIMEOUT_MS // 1000} s for that, which was not enough; ask for less.",
                code="query_timeout",
            ) from error
        raise Unavailable(f"The database did not answer: {line}", code="database_unavailable") from error


def _is_full(error: Exception, line: str) -> bool:
    """SQLITE_FULL, or PostgreSQL's disk_full."""
    return line == "database or disk is full" or getattr(getattr(error, "orig", None), "sqlstate", "") == "53100"


def _took_too_long(error: Exception, line: str) -> bool:
    """SQLITE_INTERRUPT, or PostgreSQL's query_canceled."""
    return line == "interrupted" or getattr(getattr(error, "orig", None), "sqlstate", "") == "57014"


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().split("\n", 1)[0][:200]
