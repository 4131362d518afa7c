import io

import pytest
from rich.console import Console

from app.demo import progress
from app.demo.progress import BackfillProgress

HALF = BackfillProgress(
    fraction=0.5, samples=12_340_000, reached_ms=1_772_000_000_000, newest_ms=1_773_296_000_000, eta_seconds=75.0
)


def test_progress_reads_as_a_sentence() -> None:
    assert str(HALF) == "15.0 days back to 25 Feb 06:13 UTC, 12.3 M samples, 1 min 15 s left"


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min 00 s"), (3_725, "62 min 05 s")])
def test_durations_are_short(seconds: float, text: str) -> None:
    assert progress.duration(seconds) == text


def test_the_bar_shows_it() -> None:
    written = io.StringIO()
    with progress.bar(Console(file=written, force_terminal=True, width=140)) as drawn:
        progress.shown(drawn)(HALF)
        drawn.refresh()
    assert "50%" in written.getvalue()
    assert "15.0 days back" in written.getvalue()
