"""Backups: taken while Burnline runs, restored into either database, and made by themselves before a migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from app import logs
from app.domain.errors import Invalid
from app.store import backups, migrate
from app.store.engine import Store, open_store, sqlite_file

log = logs.get("backups")

MIGRATIONS_KEPT = 2  # backups made before migrations


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds, by table, and its size in bytes."""

    file: Path
    rows: dict[str, int]
    size: int


def back_up(url: str, file: Path) -> Backup:
    """Copy a database, whoever is writing it, and verify the copy. Raises AppError and leaves no file if it cannot."""
    backups.take(url, file)
    return look_at(file)


def look_at(file: Path) -> Backup:
    """Raises AppError when the file is no sound backup."""
    return Backup(file, backups.verify(file), file.stat().st_size)


def restore(file: Path, url: str, *, force: bool, now: datetime) -> Path | None:
    """Make the database what the backup holds, of this release's schema; gives where SQLite's old file went.

    Raises Invalid when the database holds something and `force` is not set, AppError when the backup is unsound, is of
    a newer release, or another Burnline has the database open.
    """
    backups.verify(file)
    with TemporaryDirectory(prefix="burnline-restore-", dir=file.parent) as folder, _current(file, Path(folder)) as new:
        if (path := sqlite_file(url)) is not None:
            return _replace(path, new, force=force, now=now)
        store = open_store(url)
        try:
            migrate.upgrade(store)
            _refuse_to_overwrite(store, force=force)
            backups.pour(new, store)
        finally:
            store.close()
    return None


def upgrade(store: Store, url: str, folder: Path, *, now: datetime) -> None:
    """Bring a database to this release's schema; one that holds something is backed up into `folder` first."""
    with store.reading() as db:
        before = migrate.known_revision(db)
    if before not in ("base", migrate.newest()) and not backups.is_empty(store):
        file = folder / f"before-{migrate.newest()}-{now:%Y%m%dT%H%M%SZ}.db"
        backups.clear_partial(folder, "before-*.partial")  # of a start that was killed meanwhile
        log.info("backing_up_before_migration", file=str(file), revision=before)
        backups.take(url, file)
        for old in sorted(folder.glob("before-*.db"), key=lambda one: one.stat().st_mtime)[:-MIGRATIONS_KEPT]:
            old.unlink()
    migrate.upgrade(store)


@contextmanager
def _current(file: Path, folder: Path) -> Iterator[Path]:
    """A copy of the backup at this release's revision: an older one is migrated, the backup itself stays as it is."""
    copy = folder / "restored.db"
    backups.take(f"sqlite:///{file.absolute()}", copy)
    store = open_store(f"sqlite:///{copy}")
    try:
        migrate.upgrade(store)
    finally:
        store.close()
    yield copy


def _replace(path: Path, new: Path, *, force: bool, now: datetime) -> Path | None:
    if not path.exists():
        backups.put_in_place(new, path, aside=path)
        return None
    aside = path.with_name(f"{path.name}.replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    store = open_store(f"sqlite:///{path}")  # whoever has it open keeps it
    try:
        _refuse_to_overwrite(store, force=force)
        store.disconnect()
        backups.put_in_place(new, path, aside=aside)
    finally:
        store.close()
    return aside


def _refuse_to_overwrite(store: Store, *, force: bool) -> None:
    if not force and not backups.is_empty(store):
        raise Invalid(
            "The database holds data, which restoring would replace.",
            code="database_not_empty",
            hint="Add --force to replace them, or name another database.",
        )
