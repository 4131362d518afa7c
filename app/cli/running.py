"""Commands that run Burnline, or a part of it, in this process.

What they run is imported when they are called: it takes seconds that other commands need not wait for.
"""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from threading import Event

import typer

from app.cli.common import Text, friendly, settings_of
from app.config import Settings


def serve(
    host: Text = None,
    port: Text = None,
    data_dir: Text = None,
    database_url: Text = None,
    public_url: Text = None,
    raw_retention: Text = None,
    minute_retention: Text = None,
    hour_retention: Text = None,
    scrape_file: Text = None,
    recipes_file: Text = None,
    allow_private_targets: Text = None,
    open: Text = None,  # noqa: A002  # the setting's name
    anonymous: Text = None,
    sign_in_role: Text = None,
    group_roles: Text = None,
    group_teams: Text = None,
    oidc_issuer: Text = None,
    oidc_client_id: Text = None,
    oidc_client_secret_file: Text = None,
    oidc_groups_claim: Text = None,
    trusted_proxies: Text = None,
    proxy_user_header: Text = None,
    proxy_groups_header: Text = None,
    status_export_dir: Text = None,
    log_format: Text = None,
) -> None:
    """Migrate the database, then run the web server and the worker. Each flag is a setting of docs/settings.md."""
    given = dict(locals())
    with friendly():
        settings = settings_of(given)
        _say_who_can_reach(settings)
        with _many_objects():
            from app import main, worker
        main.serve(
            settings,
            background=worker.beside,
            listening=lambda url: typer.echo(f"Burnline: {url}", err=True),
        )


def demo(port: Text = None, data_dir: Text = None, seed: int = 1, days: int = 30, log_format: Text = None) -> None:
    """Run on a demo company: its history is filled in, then it goes on living."""
    with friendly():
        settings = settings_of(
            {
                "port": port,
                "data_dir": data_dir or "data/demo",
                "raw_retention": f"{days + 1}d",
                "log_format": log_format,
            }
        )
        with _many_objects():
            from app import main, worker
            from app.demo import show
        senders: list[BaseProcess] = []

        def begin(url: str) -> None:
            typer.echo(f"Burnline's demo company: {url}", err=True)
            senders.append(show.start(url, seed=seed, days=days, log_format=settings.log_format))

        try:
            main.serve(settings, background=worker.beside, listening=begin, demo=True)
        finally:
            for sender in senders:
                show.stop(sender)


def worker(data_dir: Text = None, database_url: Text = None, log_format: Text = None) -> None:
    """Run the background work alone, beside servers on the same PostgreSQL."""
    with friendly():
        settings = settings_of({"data_dir": data_dir, "database_url": database_url, "log_format": log_format})
        with _many_objects():
            from app import worker as background
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        background.work(settings, stopping)


def migrate_database(data_dir: Text = None, database_url: Text = None) -> None:
    """Bring the database to this release's schema."""
    with friendly():
        from app.actions import backups
        from app.store.engine import open_store

        settings = settings_of({"data_dir": data_dir, "database_url": database_url})
        store = open_store(settings.database_url)
        backups.upgrade(store, settings.database_url, settings.data_dir / "backups", now=datetime.now(UTC))
        store.close()


@contextmanager
def _many_objects() -> Iterator[None]:
    """Looking for garbage again and again while modules are loaded would take a fifth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _say_who_can_reach(settings: Settings) -> None:
    if not settings.listens_beyond_this_machine:
        typer.echo("Only this machine can reach Burnline. --host 0.0.0.0 opens it to the network.", err=True)
    elif settings.open:
        typer.echo(
            f"Burnline listens on {settings.host}: until there is an account, whoever reaches it may do everything.",
            err=True,
        )
