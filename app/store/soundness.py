"""What a database says of itself: whether it is whole, and whether it keeps what it has acknowledged."""

import sqlalchemy as sa

from app.store import dialect
from app.store.engine import Connection

# What PostgreSQL must not be told, and what follows when it is.
UNSAFE = {
    "fsync": ("off", "a power cut can destroy the database"),
    "full_page_writes": ("off", "a power cut can tear pages"),
    "synchronous_commit": ("off", "acknowledged samples can be lost"),
}


def damage(db: Connection) -> str:
    """What is broken in the file, "" when nothing is. PostgreSQL looks after its own: there it is always ""."""
    if db.dialect.name != "sqlite":
        return ""
    found = str(db.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return "" if found == "ok" else found


def unsafe_settings(db: Connection) -> list[str]:
    """Sentences about settings of the server under which an acknowledged sample could be lost."""
    if db.dialect.name == "sqlite":
        return []
    shown = {name: str(db.execute(sa.text(f"SHOW {name}")).scalar_one()) for name in UNSAFE}
    return [f"{name} is {value}: {UNSAFE[name][1]}." for name, value in shown.items() if value == UNSAFE[name][0]]


def version(db: Connection) -> str:
    """The library's or the server's own."""
    if db.dialect.name == "sqlite":
        return f"SQLite {db.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
    return f"PostgreSQL {db.exec_driver_sql('SHOW server_version').scalar_one()}"


def ahead_ms(db: Connection, *, now_ms: int) -> int:
    """How far the database's clock is ahead of this machine's."""
    return dialect.shared_now_ms(db) - now_ms
