"""The wall clock jumps while Burnline runs: ahead, back, by ten years; and is right again."""

from pathlib import Path

import httpx2
import pytest

from tests.faults import load, serving, visitors
from tests.faults.load import Verdict, Writer
from tests.faults.shim import shim as shim  # noqa: PLC0414  # a fixture
from tests.faults.visitors import Visitor

HOUR = 3_600
YEARS = 10 * 365 * 24 * HOUR
JUMPS = {"an hour ahead": HOUR, "two hours back": -2 * HOUR, "ten years ahead": YEARS}
PAGES = ("/", "/api/services", "/slos", "/status", "/settings/health", "/healthz")


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """How many seconds ahead the server's clock is."""
    file = tmp_path / "clock"
    file.write_text("0")
    return file


def test_a_clock_that_jumps_breaks_nothing_and_loses_nothing(tmp_path: Path, shim: Path, clock: Path) -> None:
    crowd, visitor, port = load.writers(repeats=True, pause=0.05), Visitor(PAGES), serving.free_port()
    (folder := tmp_path / "data").mkdir()
    server = serving.start(folder, port, LD_PRELOAD=str(shim), CLOCK_FILE=str(clock))
    url, answers = f"http://127.0.0.1:{port}", dict[str, str]()
    with load.writing(crowd, url), visitors.looking(visitor, url):
        load.wait_for(crowd, 40)
        for name, ahead in JUMPS.items():
            clock.write_text(str(ahead))
            _wait_for_answers(crowd, visitor)
            answers[name] = ", ".join(f"{count} x {status}" for status, count in load.statuses(crowd).items())
            clock.write_text("0")
            load.wait_for(crowd, 40)
            _wait_for_answers(crowd, visitor)
        load.wait_until(lambda: httpx2.get(f"{url}/readyz", timeout=15).status_code == 200)
        assert server.poll() is None
    serving.stop(server)
    assert set(load.statuses(crowd)) <= {204, 400, 503}
    assert load.statuses(crowd)[400] > 0  # in ten years all samples are too old
    assert not visitor.unanswered
    assert {status for _, status in visitor.statuses} == {200}, visitor.statuses
    assert "request_failed" not in (folder / "log").read_text()
    assert "worker_failed" not in (folder / "log").read_text()
    assert "evaluator_failed" not in (folder / "log").read_text()
    load.seal(f"sqlite:///{folder}/burnline.db")
    assert load.verdict(crowd, f"sqlite:///{folder}/burnline.db") == Verdict()
    print(f"{len(JUMPS)} jumps, {load.acknowledged_samples(crowd)} samples acknowledged, 0 lost; {answers}")


def _wait_for_answers(crowd: list[Writer], visitor: Visitor) -> None:
    """Until so many more requests were answered, and every page was looked at again."""
    answered = sum(load.statuses(crowd).values()) + 20
    seen = sum(visitor.statuses.values()) + 2 * len(visitor.addresses)
    load.wait_until(lambda: sum(load.statuses(crowd).values()) >= answered)
    load.wait_until(lambda: sum(visitor.statuses.values()) >= seen)
