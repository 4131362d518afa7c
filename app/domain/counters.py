"""What this process has counted about itself: numbers by name and labels, safe to touch from any thread.

Names follow Prometheus: `..._total` only grows, everything else is set. `measured` numbers are asked for when
somebody reads, so that a queue's length costs nothing while nobody looks.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock

Tags = tuple[tuple[str, str], ...]

SECONDS_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Spread:
    """How many observed seconds fell into each of SECONDS_BOUNDS and beyond, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS_BOUNDS) + 1))
    seconds: float = 0.0


class Counters:
    """One registry a process; tests make their own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers: dict[str, dict[Tags, float]] = {}
        self._spreads: dict[str, dict[Tags, Spread]] = {}
        self._measured: dict[str, Callable[[], float | None]] = {}

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Let a number grow (from 0)."""
        tags = tuple(sorted(labels.items()))
        with self._lock:
            numbers = self._numbers.setdefault(name, {})
            numbers[tags] = numbers.get(tags, 0.0) + amount

    def put(self, name: str, value: float, **labels: str) -> None:
        """Let a number be what it is now."""
        with self._lock:
            self._numbers.setdefault(name, {})[tuple(sorted(labels.items()))] = float(value)

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Count a duration into its bucket."""
        tags = tuple(sorted(labels.items()))
        at = bisect_left(SECONDS_BOUNDS, seconds)
        with self._lock:
            spread = self._spreads.setdefault(name, {}).setdefault(tags, Spread())
            spread.counts[at] += 1
            spread.seconds += seconds

    def measure(self, name: str, ask: Callable[[], float | None]) -> None:
        """Ask for a number each time it is read. None leaves it out: it is not known."""
        with self._lock:
            self._measured[name] = ask

    def value(self, name: str, **labels: str) -> float:
        """One number; 0 when nothing was counted under it."""
        with self._lock:
            return self._numbers.get(name, {}).get(tuple(sorted(labels.items())), 0.0)

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """The numbers of a name, summed over every label but these."""
        with self._lock:
            found = dict(self._numbers.get(name, {}))
        summed: dict[tuple[str, ...], float] = {}
        for tags, value in sorted(found.items()):
            key = tuple(dict(tags).get(label, "") for label in labels)
            summed[key] = summed.get(key, 0.0) + value
        return summed

    def ask(self, name: str) -> float | None:
        """A measured number now; None when it is not known or nobody measures it."""
        with self._lock:
            measured = self._measured.get(name)
        return measured() if measured else None

    def numbers(self) -> Iterator[tuple[str, dict[Tags, float]]]:
        """Every plain number by name, then by labels, in stable order."""
        with self._lock:
            found = {name: dict(sorted(values.items())) for name, values in self._numbers.items()}
            measured = dict(self._measured)
        for name, ask in measured.items():
            value = ask()
            if value is not None:
                found.setdefault(name, {})[()] = float(value)
        yield from sorted(found.items())

    def spreads(self) -> Iterator[tuple[str, dict[Tags, Spread]]]:
        """Every duration by name, then by labels, in stable order; copies, so that they do not move while read."""
        with self._lock:
            found = {
                name: {tags: Spread(list(spread.counts), spread.seconds) for tags, spread in sorted(values.items())}
                for name, values in self._spreads.items()
            }
        yield from sorted(found.items())
