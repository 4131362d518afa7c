"""What a process does that is killed while it migrates: the same that a server does first."""

from datetime import UTC, datetime
from pathlib import Path

from app.actions import backups
from app.store.engine import open_store


def migrate(url: str, folder: str) -> None:
    """Says in `begun` when it begins, and in `done` when it is done."""
    store = open_store(url)
    (Path(folder) / "begun").touch()
    backups.upgrade(store, url, Path(folder) / "backups", now=datetime.now(UTC))  # noqa: TID251  # as a server
    (Path(folder) / "done").touch()
    store.close()
