"""Is this installation sound? Looked at from beside it: nothing is changed, whether or not a Burnline runs on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.actions.disk import MIB, free_bytes
from app.config import Settings
from app.domain.errors import AppError
from app.store import audit, journal, migrate, people, soundness
from app.store.engine import Connection, Store, open_store, sqlite_file

CLOCK_MS = 2_000
WAITING_MS = 2 * 3_600_000
OVER_THE_NET = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.s3fs", "afs", "ceph", "glusterfs"})
READABLE_BY_ALL = 0o004


class Level(StrEnum):
    """How much a finding matters."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in a sentence that says what to do where something is to be done."""

    level: Level
    about: str
    sentence: str


def check(settings: Settings, files: dict[str, Callable[[], object]], *, now_ms: int) -> Iterator[Finding]:
    """Everything that can be told without starting. `files` are what settings name, each with what reads it."""
    for name, read in files.items():
        yield _read(name, read)
    file = sqlite_file(settings.database_url)
    if file is not None:
        yield from _disk(file, settings)
        if not file.exists():
            yield Finding(Level.OK, "database", f"{file} does not exist yet; the first start makes it.")
            return
    try:
        store = open_store(settings.database_url, claiming=False)
    except AppError as error:
        yield Finding(Level.FAIL, "database", f"{error} {error.hint or ''}".strip())
        return
    try:
        yield from _database(store, settings, now_ms=now_ms)
    except AppError as error:
        yield Finding(Level.FAIL, "database", f"{error} {error.hint or ''}".strip())
    finally:
        store.close()


def _read(name: str, read: Callable[[], object]) -> Finding:
    try:
        read()
    except AppError as error:
        return Finding(Level.FAIL, name, f"{error} {error.hint or ''}".strip())
    except OSError as error:
        return Finding(Level.FAIL, name, f"{error.strerror or error}: {error.filename}")
    return Finding(Level.OK, name, "can be read.")


def _disk(file: Path, settings: Settings) -> Iterator[Finding]:
    folder = next(one for one in (file.parent, *file.parent.absolute().parents) if one.exists())
    free = free_bytes(folder)
    floor = settings.min_free_disk
    told = f"{free // MIB} MiB are free in {folder}"
    if free < floor:
        yield Finding(Level.FAIL, "disk", f"{told}; below {floor // MIB} MiB no samples are taken. Free space.")
    elif free < 5 * floor:
        yield Finding(Level.WARN, "disk", f"{told}; below {floor // MIB} MiB no samples are taken.")
    else:
        yield Finding(Level.OK, "disk", f"{told}.")
    kind = file_system(folder, Path("/proc/mounts"))
    if kind in OVER_THE_NET:
        sentence = f"{folder} is on {kind}, whose locks do not keep SQLite whole. Use a local disk, or PostgreSQL."
        yield Finding(Level.FAIL, "file system", sentence)
    if file.exists() and file.stat().st_mode & READABLE_BY_ALL:
        yield Finding(Level.WARN, "permissions", f"Everybody on this machine can read {file}. Type: chmod o-r {file}")


def file_system(folder: Path, mounts: Path) -> str:
    """The kind of file system a folder is on; "" when that is not known."""
    if not mounts.exists():
        return ""
    kinds = {Path(fields[1]): fields[2] for line in mounts.read_text().splitlines() if len(fields := line.split()) > 2}
    return next((kinds[one] for one in (folder.absolute(), *folder.absolute().parents) if one in kinds), "")


def _database(store: Store, settings: Settings, *, now_ms: int) -> Iterator[Finding]:
    with store.reading() as db:
        found, newest = migrate.known_revision(db), migrate.newest()
        yield Finding(Level.OK, "database", f"{soundness.version(db)}, schema {found}.")
        if damage := soundness.damage(db):
            hint = "Restore a backup: burnline restore FILE."
            yield Finding(Level.FAIL, "damage", f"The database is damaged: {damage}. {hint}")
        for sentence in soundness.unsafe_settings(db):
            yield Finding(Level.FAIL, "PostgreSQL", sentence)
        ahead_ms = soundness.ahead_ms(db, now_ms=now_ms)
        if abs(ahead_ms) > CLOCK_MS:
            sentence = f"The database's clock differs from this machine's by {abs(ahead_ms) / 1000:.0f} s. Use NTP."
            yield Finding(Level.WARN, "clock", sentence)
        if found != newest:
            yield Finding(Level.WARN, "schema", f"The next start migrates it to {newest}, after a backup.")
            return
        if drift := migrate.drift(store):
            yield Finding(Level.FAIL, "schema", f"The schema differs from this release's: {str(drift[0])[:200]}")
            return
        broken = audit.broken_at(db)
        if broken is not None:
            yield Finding(Level.FAIL, "audit log", f"Entry {broken} was altered, or one before it was taken out.")
        else:
            yield Finding(Level.OK, "audit log", "whole.")
        yield from _running(db, settings, now_ms=now_ms)


def _running(db: Connection, settings: Settings, *, now_ms: int) -> Iterator[Finding]:
    """What shows only while it is used."""
    oldest = min((row.received_ms for row in journal.outline(db)), default=now_ms)
    if now_ms - oldest > WAITING_MS:
        waiting = f"Samples wait to be sealed since {(now_ms - oldest) / 3_600_000:.0f} h."
        yield Finding(Level.WARN, "journal", f"{waiting} Does `burnline serve` or `burnline worker` run?")
    if not people.exist(db) and settings.listens_beyond_this_machine:
        if settings.open:
            yield Finding(Level.WARN, "accounts", "There are none: whoever can reach this server may do everything.")
        else:
            hint = "Type: burnline user create NAME --role admin"
            yield Finding(Level.FAIL, "accounts", f"There are none, and others can reach it: it will not start. {hint}")
