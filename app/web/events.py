"""What a live stream carries: patches that melt into each other, and the slot in which each reader's news waits."""

import asyncio
from dataclasses import dataclass
from typing import TypeAlias

import orjson

Cells: TypeAlias = dict[str, object]
Report: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Patch:
    """Cells that changed, by service; `rest` is whatever else the page shows of all services together."""

    version: str
    services: dict[str, Cells]
    rest: Report

    def over(self, older: "Patch") -> "Patch":
        """Both in one: where both speak of a cell, this one."""
        services = {slug: dict(cells) for slug, cells in older.services.items()}
        for slug, cells in self.services.items():
            services[slug] = {**services.get(slug, {}), **cells}
        return Patch(self.version, services, {**older.rest, **self.rest})

    def only(self, services: frozenset[str]) -> "Patch":
        """What may be told to one who hears of these services alone."""
        return Patch(self.version, {slug: cells for slug, cells in self.services.items() if slug in services}, {})

    def body(self) -> Report:
        return {**self.rest, "services": self.services}

    @property
    def empty(self) -> bool:
        return not self.services and not self.rest


class Subscriber:
    """One open stream: the newest of each kind of event that it has not taken yet.

    `holder` is whose it is, "" when nobody's; `services` are those it may hear of, None for all.
    """

    __slots__ = ("_patch", "_plain", "_wake", "holder", "parted", "services")

    def __init__(self, *, holder: str = "", services: frozenset[str] | None = None) -> None:
        self.holder = holder
        self.services = services
        self.parted = False
        self._wake = asyncio.Event()
        self._plain: dict[str, bytes] = {}
        self._patch: tuple[Patch, bytes] | None = None

    def tell(self, name: str, event: bytes) -> None:
        """An event of which only the newest counts."""
        self._plain[name] = event
        if name == "resync":
            self._patch = None
        self._wake.set()

    def patch(self, patch: Patch, event: bytes) -> None:
        """`event` is the patch, serialised once for all; it is melted here only if an older one still waits."""
        if self.services is not None:
            patch, event = patch.only(self.services), b""
            if patch.empty:
                return
        if self._patch is not None:
            patch = patch.over(self._patch[0])
            event = b""
        self._patch = (patch, event)
        self._wake.set()

    def part(self) -> None:
        """End the stream after what is waiting."""
        self.parted = True
        self._wake.set()

    async def take(self) -> bytes:
        """Everything waiting, as soon as there is something or the stream was parted."""
        await self._wake.wait()
        self._wake.clear()
        events = list(self._plain.values())
        self._plain.clear()
        if self._patch is not None:
            patch, event = self._patch
            events.append(event or event_of("patch", patch.body(), at=patch.version))
            self._patch = None
        return b"".join(events)


def event_of(name: str, data: Report, *, at: str | None = None) -> bytes:
    """One server-sent event, `at` the state it leads to. orjson writes no line breaks, so the data is one line."""
    head = f"id: {at}\nevent: {name}\n" if at else f"event: {name}\n"
    return head.encode() + b"data: " + orjson.dumps(data) + b"\n\n"
