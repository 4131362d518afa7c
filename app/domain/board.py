"""The newest day of every service's signals, in memory: what the overview, the walls and the live stream read.

It is a cache. Every process that shows pages keeps one by following the journal; drop it and it is rebuilt from the
tables. Reads and writes may come from different threads: one lock guards both, held for microseconds.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock

from app.domain.errors import Missing
from app.domain.minutes import SignalMinutes, SourceMinutes
from app.domain.signals import MINUTE_MS, SignalSpan

MINUTES = 24 * 60
REMEMBERED_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class ServiceRef:
    """A service as lists and links name it; `newest_ms` is its newest sample's time, None before the first."""

    id: int
    slug: str
    name: str
    environment: str
    newest_ms: int | None = None


class Board:
    """Signals of the last MINUTES minutes. `version` grows by one with every change applied."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._services: dict[int, ServiceRef] = {}
        self._refs: dict[int, ServiceRef] = {}  # with their newest samples
        self._by_slug: dict[str, int] = {}
        self._in_order: list[int] = []  # by slug
        self._newest: dict[int, int] = {}
        self._sources: dict[int, dict[str, SourceMinutes]] = {}
        self._rewritten: Counter[int] = Counter()
        self._changes: deque[tuple[int, frozenset[int]]] = deque(maxlen=REMEMBERED_CHANGES)
        self.version = 0
        self.newest_ms: int | None = None
        self.changed_at_ms = 0

    def services(self) -> list[ServiceRef]:
        """Every known service, by name."""
        with self._lock:
            return [self._ref(service_id) for service_id in self._in_order]

    def find(self, slug: str) -> ServiceRef:
        """Raises Missing when there is no such service."""
        with self._lock:
            if slug not in self._by_slug:
                raise Missing(f"There is no service named {slug[:80]}.", code="service_unknown", field="service")
            return self._ref(self._by_slug[slug])

    def oldest_ms(self) -> int:
        """The start of the oldest minute that may be asked for; 0 while nothing has come in."""
        return 0 if self.newest_ms is None else (self.newest_ms // MINUTE_MS - MINUTES + 1) * MINUTE_MS

    def span(self, service_id: int, *, start_ms: int, end_ms: int, step_ms: int) -> SignalSpan:
        """A service's signals from start_ms (a multiple of step_ms) up to end_ms; step_ms is whole minutes.

        Minutes the board does not remember are "no data".
        """
        with self._lock:
            sources = list(self._sources.get(service_id, {}).values())
            return SignalMinutes(sources).span(start_ms=start_ms, end_ms=end_ms, step_ms=step_ms)

    def rewritten(self, service_id: int) -> int:
        """Grows when minutes of a service are written that were over: what was read of those may be outdated."""
        return self._rewritten[service_id]

    def changes_since(self, version: int) -> list[int] | None:
        """Ids of services changed after `version`; None when that is too long ago to tell."""
        with self._lock:
            if version >= self.version:
                return []
            if not self._changes or version < self._changes[0][0] - 1:
                return None
            changed: set[int] = set()
            for at, ids in reversed(self._changes):
                if at <= version:
                    break
                changed |= ids
            return sorted(changed)

    # --- written by whoever follows the journal -------------------------------------------------------------------

    def learn(self, services: list[ServiceRef]) -> None:
        """Take in services new to this process."""
        with self._lock:
            for service in services:
                self._services[service.id] = service
                self._refs.pop(service.id, None)
                self._by_slug[service.slug] = service.id
            self._in_order = sorted(self._services, key=lambda one: self._services[one].slug)

    def minutes_of(self, service_id: int, source: str, *, rank: int) -> SourceMinutes:
        """The writable minutes of one source of a service; asked for within `writing`."""
        sources = self._sources.setdefault(service_id, {})
        if source not in sources:
            sources[source] = SourceMinutes(source, rank=rank, length=MINUTES)
        return sources[source]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Held over writes that readers must see together."""
        with self._lock:
            yield

    def changed(self, newest: dict[int, int], *, now_ms: int, first_minutes: Mapping[int, int] | None = None) -> None:
        """Publish: these services have new signals, with these newest sample times.

        `first_minutes` are the oldest minutes that were written; None: any may have been.
        """
        if not newest:
            return
        with self._lock:
            for service_id, at_ms in newest.items():
                before_ms = self._newest.get(service_id, 0)
                if first_minutes is None or first_minutes[service_id] < before_ms // MINUTE_MS:
                    self._rewritten[service_id] += 1
                self._newest[service_id] = max(at_ms, before_ms)
                self._refs.pop(service_id, None)
                self.newest_ms = max(at_ms, self.newest_ms or 0)
            self.version += 1
            self.changed_at_ms = now_ms
            self._changes.append((self.version, frozenset(newest)))

    def _ref(self, service_id: int) -> ServiceRef:
        found = self._refs.get(service_id)
        if found is None:
            found = replace(self._services[service_id], newest_ms=self._newest.get(service_id))
            self._refs[service_id] = found
        return found
