"""How many series a source may begin in an hour, so that one label gone wild neither fills the database nor the memory.

Series that are known are never touched: whoever is over their budget keeps everything they had. A source is who a
token says it is, else the way in. Hours are those of the clock; a process counts for itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.counters import Counters
from app.domain.errors import AppError
from app.domain.samples import Refusal, SeriesDirectory
from app.domain.series import SeriesKey, clip
from app.domain.signals import HOUR_MS

OVER_BUDGET = -3  # instead of a number, until the next hour
USUAL = 200_000
MOST_LOOKED_AT = 500  # series in which the label that has grown is looked for
MOST_LABELS = 16  # of a source that are told apart
CODE = "series_budget"


@dataclass(slots=True)
class SeriesBudget:
    """What each source has begun in this hour. Belongs to the thread that numbers series."""

    limit: int
    counters: Counters
    _hour: int = -1
    _begun: dict[str, int] = field(default_factory=dict)
    _labels: dict[str, set[str]] = field(default_factory=dict)

    def left(self, source: str, *, now_ms: int) -> int:
        """How many more."""
        if now_ms // HOUR_MS > self._hour:
            self._hour = now_ms // HOUR_MS
            self._begun.clear()
        return max(0, self.limit - self._begun.get(source, 0))

    def spend(self, source: str, number: int) -> None:
        """They are durable."""
        self._begun[source] = self._begun.get(source, 0) + number

    def refusal(
        self,
        source: str,
        directory: SeriesDirectory,
        positions: list[int],
        *,
        samples: int,
        histograms: int,
        now_ms: int,
    ) -> Refusal:
        """What the sender of these series is told; which label has grown is also put on record."""
        keys = list(_keys(directory, positions[:MOST_LOOKED_AT]))
        label, values = exploded(keys)
        known = self._labels.setdefault(source, set())
        if label in known or len(known) < MOST_LABELS:
            known.add(label)
            self.counters.put(
                "burnline_series_refused_last_seconds", now_ms / 1000, source=source, label=clip(label, 80)
            )
        first = str(keys[0]) if keys else "A series"
        many = f" and {len(positions) - 1} more" if len(positions) > 1 else ""
        grown = f" Their label {clip(label, 80)} has {values} values." if values > 1 else ""
        return Refusal(
            CODE,
            f"{first}{many} would be new, but {clip(source, 80)} has begun {self.limit} series in this hour, "
            f"the most that is taken.{grown}",
            samples=samples,
            histograms=histograms,
        )


def exploded(keys: Iterable[SeriesKey]) -> tuple[str, int]:
    """The label with the most values among these series, and how many it has."""
    values: dict[str, set[str]] = {}
    for key in keys:
        for name, value in key.labels:
            values.setdefault(name, set()).add(value)
    counts = {name: len(found) for name, found in values.items()}
    return max(counts.items(), key=lambda one: one[1], default=("", 0))


def _keys(directory: SeriesDirectory, positions: Iterable[int]) -> Iterable[SeriesKey]:
    for position in positions:
        try:
            yield directory.key(position)
        except AppError:
            continue
