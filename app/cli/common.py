"""What commands have in common: settings, asking a running Burnline, and how they end."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import httpx2
import typer

from app import logs
from app.config import SettingError, Settings
from app.domain.errors import AppError

STOP = 1
USAGE_ERROR = 2
UNAUTHORIZED = 401
CONFIG_ERROR = 78  # EX_CONFIG of sysexits.h

Text = Annotated[str | None, typer.Option()]
Url = Annotated[str, typer.Option(help="where Burnline runs")]
LOCAL = "http://127.0.0.1:8000"


def asked(url: str, path: str, **parameters: str) -> Any:
    """An answer's JSON; ends the command with USAGE_ERROR, and why, when there is none."""
    return told(lambda: httpx2.get(f"{url.rstrip('/')}{path}", params=parameters, headers=shown(), timeout=10)).json()


def shown() -> dict[str, str]:
    """The headers that say who asks."""
    with friendly():
        token = settings_of({}).token
    return {"Authorization": f"Bearer {token}"} if token else {}


def told(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """A good answer; ends the command with USAGE_ERROR, and why, when there is none."""
    try:
        answer = ask()
    except httpx2.HTTPError as error:
        fail(f"Burnline cannot be reached: {error} (--url says where it runs)", USAGE_ERROR)
    if answer.is_error:
        fail(_message(answer), USAGE_ERROR)
    return answer


def settings_of(given: dict[str, str | None]) -> Settings:
    settings = Settings.from_environment(os.environ, given)
    logs.configure(settings.log_format)
    return settings


@contextmanager
def friendly() -> Iterator[None]:
    """What an operator can mend is one line and an exit status, never a traceback."""
    try:
        yield
    except SettingError as error:
        fail(str(error), CONFIG_ERROR)
    except AppError as error:
        fail(f"{error} {error.hint or ''}".strip(), CONFIG_ERROR)
    except OSError as error:
        fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", CONFIG_ERROR)


def _message(answer: httpx2.Response) -> str:
    try:
        error = answer.json()["error"]
        hint = "Put a token into BURNLINE_TOKEN." if answer.status_code == UNAUTHORIZED else error.get("hint")
        return f"{error['message']} {hint or ''}".strip()
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answered {answer.status_code}."


def fail(message: str, status: int) -> NoReturn:
    typer.echo(f"burnline: {message}", err=True)
    raise typer.Exit(status)
