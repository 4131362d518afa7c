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
from typing import Annotated

import typer
from typer import Option

from app.cli.common import Text, friendly, settings_of
from app.config import Settings


def serve(
    host: Annotated[str | None, Option(help="the address to listen on; 0.0.0.0 is the network")] = None,
    port: Annotated[str | None, Option(help="the port; 0 takes any free one")] = None,
    data_dir: Annotated[str | None, Option(help="the folder for what Burnline writes")] = None,
    database_url: Annotated[str | None, Option(help="sqlite:///FILE or postgresql://USER@HOST/NAME")] = None,
    public_url: Annotated[str | None, Option(help="the address people use, behind a proxy")] = None,
    raw_retention: Annotated[str | None, Option(help="how long samples are kept: 15d")] = None,
    minute_retention: Annotated[str | None, Option(help="how long signals are kept by the minute: 35d")] = None,
    hour_retention: Annotated[str | None, Option(help="how long they are kept by the hour: 400d")] = None,
    audit_retention: Annotated[str | None, Option(help="how long the audit log is kept: 400d")] = None,
    scrape_file: Annotated[str | None, Option(help="the list of /metrics pages to fetch")] = None,
    recipes_file: Annotated[str | None, Option(help="your recipes, laid over the shipped ones")] = None,
    allow_private_targets: Annotated[str | None, Option(help="private networks it may connect to")] = None,
    open: Annotated[str | None, Option(help="yes: for all, without an account")] = None,  # noqa: A002  # the setting's name
    anonymous: Annotated[str | None, Option(help="some of read, ingest, status, badges: open to all")] = None,
    sign_in_role: Annotated[str | None, Option(help="the role of those OpenID or a proxy vouches for")] = None,
    group_roles: Annotated[str | None, Option(help="sre=admin,developers=editor")] = None,
    group_teams: Annotated[str | None, Option(help="checkout-devs=checkout")] = None,
    oidc_issuer: Annotated[str | None, Option(help="the address of an OpenID provider")] = None,
    oidc_client_id: Annotated[str | None, Option(help="what Burnline is called there")] = None,
    oidc_client_secret_file: Annotated[str | None, Option(help="a file with the secret given there")] = None,
    oidc_groups_claim: Annotated[str | None, Option(help="the claim that lists somebody's groups")] = None,
    trusted_proxies: Annotated[str | None, Option(help="networks whose forwarded headers are believed")] = None,
    proxy_user_header: Annotated[str | None, Option(help="the header that says who is signed in")] = None,
    proxy_groups_header: Annotated[str | None, Option(help="the header that lists their groups")] = None,
    status_export_dir: Annotated[str | None, Option(help="the folder for copies of the status page")] = None,
    log_format: Annotated[str | None, Option(help="text, json or auto")] = None,
    min_free_disk: Annotated[str | None, Option(help="with less room no samples are taken: 200MiB")] = None,
    max_memory: Annotated[str | None, Option(help="with more in use no samples are taken")] = None,
    new_series_per_hour: Annotated[str | None, Option(help="how many series a source may begin")] = None,
    heartbeat_url: Annotated[str | None, Option(help="a dead man's switch, called every minute")] = None,
) -> None:
    """Migrate the database, then run the web server and the worker.

    Each flag is a setting: --raw-retention 30d is BURNLINE_RAW_RETENTION=30d. docs/settings.md has them all.
    """
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
        typer.echo(
            "Only this machine can reach Burnline. --host 0.0.0.0 opens it to the network, once there is an account.",
            err=True,
        )
    elif settings.open:
        typer.echo(
            f"Burnline listens on {settings.host}: until there is an account, whoever reaches it may do everything.",
            err=True,
        )
