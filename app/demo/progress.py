"""How far a backfill has come, and how a terminal shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """`fraction` of all samples, 0 to 1; history is complete from `reached_ms` to `newest_ms`."""

    fraction: float
    samples: int
    reached_ms: int
    newest_ms: int
    eta_seconds: float | None

    def __str__(self) -> str:
        days = (self.newest_ms - self.reached_ms) / 86_400_000
        since = datetime.fromtimestamp(self.reached_ms / 1000, UTC)
        left = "" if self.eta_seconds is None else f", {duration(self.eta_seconds)} left"
        return f"{days:.1f} days back to {since:%d %b %H:%M} UTC, {self.samples / 1e6:.1f} M samples{left}"


def bar(console: Console | None = None) -> Progress:
    """A bar for the terminal; use it as a context and give `shown(bar)` to the backfill."""
    columns = (TextColumn("history"), BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=console)


def shown(drawn: Progress) -> Callable[[BackfillProgress], None]:
    """What moves a bar."""
    task = drawn.add_task("", total=1.0)
    return lambda progress: drawn.update(task, completed=progress.fraction, description=str(progress))


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
