"""Logs are events with fields: `log = logs.get("ingest")`, then `log.info("journal_committed", samples=2000)`.

One event is one line, whatever its fields hold: control characters are escaped, so that no value can forge a line.
Fields that are named like secrets and passwords inside addresses are not written.
"""

import json
import logging
import math
import re
import sys
import traceback
from datetime import UTC, datetime, timedelta
from typing import TextIO

ROOT = "burnline"
MAX_VALUE_CHARACTERS = 2000

Fields = dict[str, object]
Printed = str | int | float | bool | None

_SECRET_NAME = re.compile(r"password|passwd|secret|token|authorization|cookie|credential|api_?key", re.IGNORECASE)
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=://)[^/\s]*@")
_PLAIN = re.compile(r"[^\s\"='\\]+")


class Log:
    """Where one part of Burnline writes its events. Events are named in the past tense: `journal_committed`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"{ROOT}.{name}")

    def debug(self, event: str, **fields: object) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._write(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """An error with the traceback of the exception that is being handled."""
        self._write(logging.ERROR, event, fields, error=sys.exc_info()[1])

    def _write(self, level: int, event: str, fields: Fields, *, error: BaseException | None = None) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", event, extra={"fields": fields}, exc_info=error)


def get(name: str) -> Log:
    """The log of a part: "ingest", "fold", "web"."""
    return Log(name)


def configure(log_format: str, *, stream: TextIO | None = None) -> None:
    """Send everything to `stream` (the standard error stream) as "text" or "json"; "auto" is text on a terminal.

    Libraries are heard from WARNING on; uvicorn from ERROR on, because it warns of every malformed request.
    """
    stream = stream or sys.stderr
    as_text = log_format == "text" or (log_format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter() if as_text else JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(ROOT).setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)


class TextFormatter(logging.Formatter):
    """2026-03-01T12:00:00.000Z info ingest journal_committed samples=2000 seconds=0.004"""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={_text(value)}" for name, value in _fields(record).items())
        return f"{_time(record)} {record.levelname.lower()} {_name(record)} {_event(record)} {fields}".rstrip()


class JsonFormatter(logging.Formatter):
    """{"time": ..., "level": ..., "logger": ..., "event": ..., and the fields}"""

    def format(self, record: logging.LogRecord) -> str:
        head = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": _name(record),
            "event": _event(record),
        }
        return json.dumps(_fields(record) | head, allow_nan=False)


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _name(record: logging.LogRecord) -> str:
    return record.name.removeprefix(f"{ROOT}.")


def _event(record: logging.LogRecord) -> str:
    return record.getMessage() if hasattr(record, "fields") else "library_message"


def _fields(record: logging.LogRecord) -> dict[str, Printed]:
    """The fields ready to print: an event's own, or a library's sentence as `message`; the traceback last."""
    given: Fields = getattr(record, "fields", None) or {}
    printed = {name: _value(name, value) for name, value in given.items()}
    if not hasattr(record, "fields"):
        printed["message"] = _value("message", record.getMessage())
    if record.exc_info and record.exc_info[1]:
        printed["error"] = _value("error", repr(record.exc_info[1]))
        printed["traceback"] = "".join(traceback.format_tb(record.exc_info[2]))
    return printed


def _value(name: str, value: object) -> Printed:
    if _SECRET_NAME.search(name):
        return "***"
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    text = _PASSWORD_IN_ADDRESS.sub("***@", value.isoformat() if isinstance(value, datetime) else str(value))
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 1] + "…"


def _text(value: Printed) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and not (_PLAIN.fullmatch(value) and value.isprintable()):
        return json.dumps(value, ensure_ascii=not value.isprintable())
    return str(value)
