"""Who is watching, and what each has still to be told.

One task looks at the board twice a second, less often when thousands watch. What changed is put into words once,
compared with what was told before, serialised once and handed to every subscriber (see `events`): a slow reader never
grows beyond the size of the page.

A service that falls silent changes nothing on the board, yet its row must change: with every beat the quiet services
are looked at again.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias, cast

from app import logs
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.errors import TooOften, Unavailable
from app.web.events import Cells, Patch, Report, Subscriber, event_of

log = logs.get("live")

TICK_SECONDS = 0.5
TICK_SECONDS_A_STREAM = 0.0003  # telling one takes a seventh of that: thousands are told more at once, less often
BEAT_SECONDS = 10.0
QUIET_AFTER_MS = 60_000
MOST_STREAMS = 6_000
MOST_OF_ONE = 10  # streams of one session, token or screen; a browser has one for all its tabs

Describe: TypeAlias = Callable[[Board, list[str], datetime], Report]


class Hub:
    """The live channel of one process. All methods but `close` belong to the event loop's thread."""

    def __init__(
        self, board: Board, describe: Describe, *, build: str, clock: Callable[[], datetime], counters: Counters
    ) -> None:
        self.board = board
        self.build = build
        self.boot = secrets.token_hex(4)
        self.limit = MOST_STREAMS
        self._describe = describe
        self._clock = clock
        self._counters = counters
        self._subscribers: set[Subscriber] = set()
        self._held: Counter[str] = Counter()
        self._told: dict[str, Cells] = {}
        self._told_rest: Report = {}
        self._version = 0
        self._advancing = asyncio.Lock()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def id(self) -> str:
        """Names the state of the board now: a page rendered from it asks for what changed since.

        It carries the process' own word, so that another process' count is never taken for this one's.
        """
        return f"{self.boot}.{self.board.version}"

    @property
    def streams(self) -> int:
        return len(self._subscribers)

    async def run(self) -> None:
        """Tell changes and beats until closed."""
        self._loop = asyncio.get_running_loop()
        next_beat = self._loop.time() + BEAT_SECONDS
        while not self._closed:
            await asyncio.sleep(max(TICK_SECONDS, self.streams * TICK_SECONDS_A_STREAM))
            beat_due = self._loop.time() >= next_beat
            if beat_due:
                next_beat += BEAT_SECONDS
            await self.tick(beat_due=beat_due)

    async def tick(self, *, beat_due: bool) -> None:
        """Tell what changed, and that we are alive."""
        async with self._advancing:
            await self._advance(quiet_too=beat_due)
        if beat_due:
            self.tell_all("beat", event_of("beat", self.beat()))

    def tell_all(self, name: str, event: bytes) -> None:
        """An event to every stream of which only the newest counts."""
        for subscriber in self._subscribers:
            subscriber.tell(name, event)

    def nudge(self) -> None:
        """Let walls ask for what they were told. Safe from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.tell_all, "screens", event_of("screens", {}))

    def close(self) -> None:
        """End every stream at once and take no more. Safe from any thread and from a signal handler."""
        self._closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._part_all)

    async def join(self, since: str, *, holder: str = "", services: frozenset[str] | None = None) -> Subscriber:
        """A new stream, told first what changed since the state it knows.

        Raises Unavailable when there is no room, TooOften when its holder has too many.
        """
        if self._closed or len(self._subscribers) >= self.limit:
            raise Unavailable("No more live streams can be opened now.", code="streams_full", retry_after_seconds=15)
        if holder and self._held[holder] >= MOST_OF_ONE:
            sentence = f"There are {MOST_OF_ONE} live streams of yours open already."
            raise TooOften(sentence, code="streams_too_many", retry_after_seconds=15)
        subscriber = Subscriber(holder=holder, services=services)
        subscriber.tell("build", event_of("build", {"build": self.build}))
        subscriber.tell("beat", event_of("beat", self.beat()))
        async with self._advancing:
            await self._advance(quiet_too=False)
            # Registered before the catching up: from here on the texts told are kept, so that the next change is
            # compared with what this one knows.
            self._subscribers.add(subscriber)
            self._held[holder] += 1
            patch = await self._since(since)
            if patch is None:
                subscriber.tell("resync", event_of("resync", {"v": self._version}, at=self._id_told()))
            elif not patch.empty:
                subscriber.patch(patch, event_of("patch", patch.body(), at=patch.version))
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        if subscriber in self._subscribers:
            self._subscribers.discard(subscriber)
            self._held[subscriber.holder] -= 1
            self._held += Counter()  # drops those that hold none

    async def poll(self, since: str, *, services: frozenset[str] | None = None) -> Report:
        """What a stream would have told since a state, for those who cannot keep one open."""
        async with self._advancing:
            await self._advance(quiet_too=False)
            patch = await self._since(since)
        if patch is None:
            return {**self.beat(), "id": self._id_told(), "resync": True, "services": {}}
        told = patch if services is None else patch.only(services)
        return {**self.beat(), "id": patch.version, "resync": False, **told.body()}

    def beat(self) -> Report:
        """Link and data time: `now` is ours, `data_ts` the newest sample's, both Unix milliseconds."""
        now_ms = int(self._clock().timestamp() * 1000)
        return {"now": now_ms, "data_ts": self.board.newest_ms, "build": self.build, "v": self.board.version}

    # --- all below: only while `_advancing` is held ---------------------------------------------------------------

    async def _advance(self, *, quiet_too: bool) -> None:
        """Bring what has been told up to the board."""
        version = self.board.version
        if not self._subscribers:
            self._told.clear()
            self._told_rest = {}
            self._version = version
            return
        changed = self.board.changes_since(self._version)
        self._version = version
        if changed is None:
            self._told.clear()
            self.tell_all("resync", event_of("resync", {"v": version}, at=self._id_told()))
            return
        if not changed and not quiet_too:
            return
        if slugs := self._slugs(changed, quiet_too=quiet_too):
            await self._tell_changes(slugs)

    async def _tell_changes(self, slugs: list[str]) -> None:
        services, rest = await self._described(slugs)
        fresh = {slug: _changed(self._told.get(slug, {}), cells) for slug, cells in services.items()}
        news = {slug: cells for slug, cells in fresh.items() if cells}
        patch = Patch(self._id_told(), news, rest if rest != self._told_rest else {})
        self._told.update(services)
        self._told_rest = rest
        if patch.empty:
            return
        event = event_of("patch", patch.body(), at=patch.version)
        for subscriber in self._subscribers:
            subscriber.patch(patch, event)

    async def _since(self, known: str) -> Patch | None:
        """Every cell of the services changed since a state, as told to the others; None when that cannot be said."""
        boot, _, version = known[:40].partition(".")
        if boot != self.boot or not version.isdecimal() or int(version) > self._version:
            return None
        changed = self.board.changes_since(int(version))
        if changed is None:
            return None
        slugs = self._slugs(changed, quiet_too=True)
        if unknown := [slug for slug in slugs if slug not in self._told]:
            services, self._told_rest = await self._described(unknown)
            self._told.update(services)
        return Patch(self._id_told(), {slug: self._told[slug] for slug in slugs if slug in self._told}, self._told_rest)

    async def _described(self, slugs: list[str]) -> tuple[dict[str, Cells], Report]:
        try:
            report = await asyncio.to_thread(self._describe, self.board, slugs, self._clock())
        except Exception:
            # What cannot be put into words must not stop the beat: a page would call the whole link dead.
            log.exception("live_patch_failed")
            self._counters.add("burnline_live_failures_total")
            return {}, {}
        services = cast("dict[str, Cells]", report["services"])
        return services, {name: value for name, value in report.items() if name != "services"}

    def _slugs(self, changed: Iterable[int], *, quiet_too: bool) -> list[str]:
        ids = set(changed)
        quiet_since = int(self._clock().timestamp() * 1000) - QUIET_AFTER_MS
        return [
            service.slug
            for service in self.board.services()
            if service.id in ids or (quiet_too and (service.newest_ms or 0) < quiet_since)
        ]

    def _id_told(self) -> str:
        return f"{self.boot}.{self._version}"

    def _part_all(self) -> None:
        for subscriber in self._subscribers:
            subscriber.tell("bye", event_of("bye", {}))
            subscriber.part()


def _changed(old: Report, new: Report) -> Report:
    return {name: value for name, value in new.items() if name not in old or old[name] != value}
