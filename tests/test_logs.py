"""Logs: one event a line, whatever it holds."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the process's logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(log_format: str, event: str, **fields: object) -> str:
    stream = io.StringIO()
    logs.configure(log_format, stream=stream)
    logs.get("ingest").info(event, **fields)
    return stream.getvalue()


def test_an_event_is_a_line_of_text_with_its_fields() -> None:
    line = written("text", "journal_committed", samples=2000, seconds=0.0040000001, source=None, late=False, to="a b")
    _, _, rest = line.partition("Z ")
    assert rest == 'info ingest journal_committed samples=2000 seconds=0.004 source=- late=false to="a b"\n'


def test_an_event_is_a_json_object_with_its_fields() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    event = json.loads(written("json", "sealed", samples=2000, span=timedelta(minutes=5), at=at, ratio=float("nan")))
    time = event.pop("time")
    assert datetime.fromisoformat(time).tzinfo is UTC
    assert event == {
        "level": "info",
        "logger": "ingest",
        "event": "sealed",
        "samples": 2000,
        "span": 300.0,
        "at": "2026-03-01T12:00:00+00:00",
        "ratio": "nan",
    }


def test_a_stream_that_is_no_terminal_gets_json() -> None:
    assert json.loads(written("auto", "started"))["event"] == "started"


@pytest.mark.parametrize("log_format", ["text", "json"])
@given(value=st.text())
def test_no_value_begins_a_line_of_its_own(log_format: str, value: str) -> None:
    line = written(log_format, "refused", message=value)
    assert len(line.splitlines()) == 1
    assert line.rstrip("\n").isprintable()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_are_not_written(log_format: str) -> None:
    line = written(
        log_format,
        "sent",
        api_token="hunter2",
        Authorization="Bearer hunter2",
        url="postgresql://me:hunter2@db/burnline",
        error=ValueError("no route to https://me:hunter2@example.com/"),
    )
    assert "hunter2" not in line
    assert "***@db/burnline" in line


def test_a_long_value_is_cut() -> None:
    event = json.loads(written("json", "refused", message="x" * 10_000))
    assert len(event["message"]) == logs.MAX_VALUE_CHARACTERS


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exception_is_one_line_with_its_traceback(log_format: str) -> None:
    stream = io.StringIO()
    logs.configure(log_format, stream=stream)
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logs.get("web").exception("request_failed", path="/")
    line = stream.getvalue()
    assert len(line.splitlines()) == 1
    assert "request_failed" in line
    assert "test_logs.py" in line


def test_a_library_speaks_in_the_same_form_from_warning_on() -> None:
    stream = io.StringIO()
    logs.configure("json", stream=stream)
    library = logging.getLogger("library")
    library.info("chatter")
    library.warning("disk %s is full", "/data")
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert (event["logger"], event["event"], event["message"]) == ("library", "library_message", "disk /data is full")


def test_debug_events_are_not_written() -> None:
    stream = io.StringIO()
    logs.configure("text", stream=stream)
    logs.get("web").debug("request_finished")
    assert stream.getvalue() == ""
