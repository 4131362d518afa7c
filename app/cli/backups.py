"""Commands that copy a database, put a copy back, and look whether an installation is sound."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from app.actions import backups
from app.cli.common import Text, friendly, settings_of


def backup(file: Path, data_dir: Text = None, database_url: Text = None) -> None:
    """Copy the database into FILE while Burnline runs, and verify the copy: SQLite, whichever database it is of."""
    with friendly():
        settings = settings_of({"data_dir": data_dir, "database_url": database_url})
        typer.echo(_told(backups.back_up(settings.database_url, file)))


def restore(
    file: Path,
    *,
    force: bool = typer.Option(default=False, help="replace what the database holds"),
    data_dir: Text = None,
    database_url: Text = None,
) -> None:
    """Make the database what FILE holds. Burnline must be stopped; SQLite's old file is kept beside the new one."""
    with friendly():
        settings = settings_of({"data_dir": data_dir, "database_url": database_url})
        aside = backups.restore(file, settings.database_url, force=force, now=datetime.now(UTC))
        typer.echo(f"Restored {_told(backups.look_at(file))}")
        if aside is not None:
            typer.echo(f"What was there before is in {aside}.")


def _told(found: backups.Backup) -> str:
    rows = found.rows
    return (
        f"{found.file}: {found.size / 1e6:.1f} MB, sound; {rows.get('services', 0)} services, "
        f"{rows.get('series', 0)} series, {rows.get('chunks', 0)} chunks, {rows.get('slos', 0)} objectives."
    )
