"""The command that looks whether an installation is sound."""

from datetime import UTC, datetime

import typer

from app.cli.common import STOP, Text, friendly, settings_of


def check(data_dir: Text = None, database_url: Text = None) -> None:
    """Whether this installation is sound: exit status 0, or 1 when something has to be done. Changes nothing."""
    from app import main
    from app.actions import checking
    from app.actions.checking import Level

    with friendly():
        settings = settings_of({"data_dir": data_dir, "database_url": database_url})
        files = {"recipes": lambda: main.recipe_book(settings), "scrape targets": lambda: main.scrape_targets(settings)}
        worst = Level.OK
        for found in checking.check(settings, files, now_ms=int(datetime.now(UTC).timestamp() * 1000)):
            typer.echo(f"{found.level:4}  {found.about}: {found.sentence}")
            worst = max(worst, found.level, key=list(Level).index)
    raise typer.Exit(STOP if worst is Level.FAIL else 0)
