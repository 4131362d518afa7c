"""The command `burnline`."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event
from typing import Annotated, Any, NoReturn
from urllib.parse import quote

import httpx2
import typer

from app import logs, main
from app import worker as background_work
from app.config import SettingError, Settings
from app.demo import show
from app.domain.errors import AppError
from app.store import migrate
from app.store.engine import open_store

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
deploy = typer.Typer(no_args_is_help=True, help="Tell Burnline of deploys.")
cli.add_typer(deploy, name="deploy")
objectives = typer.Typer(no_args_is_help=True, help="Ask Burnline for objectives.")
cli.add_typer(objectives, name="slo")

STOP = 1
USAGE_ERROR = 2
CONFIG_ERROR = 78  # EX_CONFIG of sysexits.h

Text = Annotated[str | None, typer.Option()]
Url = Annotated[str, typer.Option(help="where Burnline runs")]
LOCAL = "http://127.0.0.1:8000"


@cli.command()
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
    log_format: Text = None,
) -> None:
    """Migrate the database, then run the web server and the worker. Each flag is a setting of docs/settings.md."""
    given = dict(locals())
    with _friendly():
        settings = _settings(given)
        _say_who_can_reach(settings)
        main.serve(
            settings,
            background=background_work.beside,
            listening=lambda url: typer.echo(f"Burnline: {url}", err=True),
        )


@cli.command()
def demo(port: Text = None, data_dir: Text = None, seed: int = 1, days: int = 30, log_format: Text = None) -> None:
    """Run on a demo company: its history is filled in, then it goes on living."""
    with _friendly():
        settings = _settings(
            {
                "port": port,
                "data_dir": data_dir or "data/demo",
                "raw_retention": f"{days + 1}d",
                "log_format": log_format,
            }
        )
        senders: list[BaseProcess] = []

        def begin(url: str) -> None:
            typer.echo(f"Burnline's demo company: {url}", err=True)
            senders.append(show.start(url, seed=seed, days=days, log_format=settings.log_format))

        try:
            main.serve(settings, background=background_work.beside, listening=begin, demo=True)
        finally:
            for sender in senders:
                show.stop(sender)


@cli.command()
def worker(data_dir: Text = None, database_url: Text = None, log_format: Text = None) -> None:
    """Run the background work alone, beside servers on the same PostgreSQL."""
    with _friendly():
        settings = _settings({"data_dir": data_dir, "database_url": database_url, "log_format": log_format})
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        background_work.work(settings, stopping)


@cli.command(name="migrate")
def migrate_database(data_dir: Text = None, database_url: Text = None) -> None:
    """Bring the database to this release's schema."""
    with _friendly():
        store = open_store(_settings({"data_dir": data_dir, "database_url": database_url}).database_url)
        migrate.upgrade(store)
        store.close()


@deploy.command()
def mark(
    service: str,
    version: str,
    title: str = "",
    link: str = "",
    time: Annotated[str | None, typer.Option(help="RFC 3339; now when left out")] = None,
    url: Url = LOCAL,
) -> None:
    """Mark a deploy of SERVICE on its charts."""
    body = {"service": service, "version": version, "time": time or datetime.now(UTC).isoformat()}
    body |= {name: text for name, text in (("title", title), ("link", link)) if text}
    _told(lambda: httpx2.post(f"{url.rstrip('/')}/api/changes", json=body, timeout=10))
    typer.echo(f"Marked {version} of {service}.")


@cli.command()
def gate(
    slo: str,
    url: Url = LOCAL,
    no_data: Annotated[str, typer.Option(help="allow or block while nothing is known")] = "policy",
) -> None:
    """Whether the error-budget policy of SLO lets a deploy through: exit status 0 go, 1 stop, 2 cannot tell."""
    if no_data not in ("policy", "allow", "block"):
        _fail("--no-data is policy, allow or block.", USAGE_ERROR)
    found = _asked(url, f"/api/slos/{quote(slo, safe='')}/gate")
    allowed = found["allowed"]
    if found["health"] == "no_data" and no_data != "policy":
        allowed = no_data == "allow"
    typer.echo(f"{'GO' if allowed else 'STOP'}  {found['reason']}")
    for action in found["actions"]:
        typer.echo(f"  {action}")
    raise typer.Exit(0 if allowed else STOP)


@cli.command()
def apply(
    files: Annotated[list[Path], typer.Argument(help="OpenSLO files; - reads the input")],
    *,
    dry_run: Annotated[bool, typer.Option(help="say what would change, and change nothing")] = False,
    prune: Annotated[bool, typer.Option(help="archive objectives that are not in the files")] = False,
    allow_unseen: Annotated[bool, typer.Option(help="take services and series nobody has sent yet")] = False,
    url: Url = LOCAL,
) -> None:
    """Make objectives what FILES declare, all of them or none."""
    with _friendly():
        texts = [{"name": str(one), "text": sys.stdin.read() if str(one) == "-" else one.read_text()} for one in files]
    flags = {"dry_run": dry_run, "prune": prune, "unseen": allow_unseen}
    found = _told(lambda: httpx2.put(f"{url.rstrip('/')}/api/openslo", json={"files": texts}, params=flags, timeout=60))
    for change in found.json()["changes"]:
        typer.echo(f"{change['action']:9}  {change['slo']}")
        for one in change["diff"] if change["action"] == "change" else ():
            typer.echo(f"           {one['field']}: {one['before'] or '-'} -> {one['after'] or '-'}")
        for warning in change["warnings"]:
            typer.echo(f"           {warning}")
    for name in found.json()["unused"]:
        typer.echo(f"not used   {name}")
    if dry_run:
        typer.echo("Nothing was changed: this was a dry run.")


@cli.command()
def export(service: str = "", url: Url = LOCAL) -> None:
    """Print every objective, or those of a service, as OpenSLO."""
    address = f"{url.rstrip('/')}/api/openslo"
    typer.echo(_told(lambda: httpx2.get(address, params={"service": service}, timeout=30)).text, nl=False)


@objectives.command(name="list")
def list_slos(service: str = "", url: Url = LOCAL) -> None:
    """Every objective and what is left of its budget, worst first."""
    rows = _asked(url, "/api/slos", service=service)
    wide = max((len(row["slo"]) for row in rows), default=0)
    for row in rows:
        left = row["budget_left"]
        told = "no data" if left is None else f"{left:.1%} left"
        typer.echo(
            f"{row['slo']:{wide}}  {row['health']:10}  {told:>14}  {row['target'] * 100:g} % over {row['window']}"
        )


def _asked(url: str, path: str, **parameters: str) -> Any:
    """An answer's JSON; ends the command with USAGE_ERROR, and why, when there is none."""
    return _told(lambda: httpx2.get(f"{url.rstrip('/')}{path}", params=parameters, timeout=10)).json()


def _told(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """A good answer; ends the command with USAGE_ERROR, and why, when there is none."""
    try:
        answer = ask()
    except httpx2.HTTPError as error:
        _fail(f"Burnline cannot be reached: {error}", USAGE_ERROR)
    if answer.is_error:
        _fail(_message(answer), USAGE_ERROR)
    return answer


def _settings(given: dict[str, str | None]) -> Settings:
    settings = Settings.from_environment(os.environ, given)
    logs.configure(settings.log_format)
    return settings


@contextmanager
def _friendly() -> Iterator[None]:
    """What an operator can mend is one line and an exit status, never a traceback."""
    try:
        yield
    except SettingError as error:
        _fail(str(error), CONFIG_ERROR)
    except AppError as error:
        _fail(f"{error} {error.hint or ''}".strip(), CONFIG_ERROR)
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", CONFIG_ERROR)


def _say_who_can_reach(settings: Settings) -> None:
    if settings.host in ("127.0.0.1", "::1", "localhost"):
        typer.echo("Only this machine can reach Burnline. --host 0.0.0.0 opens it to the network.", err=True)
    else:
        typer.echo(
            f"Burnline listens on {settings.host} and has no accounts yet: "
            "everyone who can reach it can read and write.",
            err=True,
        )


def _message(answer: httpx2.Response) -> str:
    try:
        error = answer.json()["error"]
        return f"{error['message']} {error.get('hint') or ''}".strip()
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answered {answer.status_code}."


def _fail(message: str, status: int) -> NoReturn:
    typer.echo(f"burnline: {message}", err=True)
    raise typer.Exit(status)
