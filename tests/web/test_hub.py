"""The hub: what a stream is told, in which order, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pytest

from app.domain.board import Board, ServiceRef
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.web import hub
from app.web.events import Patch, Subscriber, event_of
from app.web.hub import Hub
from tests import loops
from tests.web.conftest import NOW, Clock

NOW_MS = int(NOW.timestamp() * 1000)
Told = tuple[str, dict[str, Any], str]


def parsed(stream: bytes) -> list[Told]:
    """Events as (name, data, id)."""
    told = []
    for block in stream.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:
            told.append((fields["event"], orjson.loads(fields["data"]), fields.get("id", "")))
    return told


@dataclass
class Words:
    """Describes services by texts set here, and keeps count of what it was asked."""

    latency: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"ok": 1})
    asked: list[list[str]] = field(default_factory=list)
    failing: bool = False

    def __call__(self, board: Board, slugs: list[str], now: datetime) -> dict[str, object]:
        if self.failing:
            raise ZeroDivisionError
        self.asked.append(sorted(slugs))
        services = {slug: {"latency": self.latency.get(slug, "1 ms"), "word": "OK"} for slug in slugs}
        return {"services": services, "counts": dict(self.counts)}


class Scene:
    """A hub over a board of two services, with its clock and its words in hand."""

    def __init__(self) -> None:
        self.board, self.clock, self.words, self.counters = Board(), Clock(), Words(), Counters()
        self.board.learn([ServiceRef(1, "checkout", "checkout", ""), ServiceRef(2, "search", "search", "")])
        self.hub = Hub(self.board, self.words, build="b1", clock=self.clock, counters=self.counters)
        self.change(1, 2)

    def change(self, *ids: int) -> None:
        self.board.changed(dict.fromkeys(ids, int(self.clock().timestamp() * 1000)), now_ms=0)

    async def tick(self, *, beat: bool = False) -> None:
        """What the hub's own task does twice a second."""
        await self.hub.tick(beat_due=beat)

    async def joined(self, since: str = "") -> tuple[Subscriber, list[Told]]:
        subscriber = await self.hub.join(since)
        return subscriber, parsed(await subscriber.take())

    async def taken(self, subscriber: Subscriber) -> list[Told]:
        return parsed(await asyncio.wait_for(subscriber.take(), 1))


def scene(test: Callable[[Scene], Awaitable[None]]) -> Callable[[], None]:
    """Run a test in an event loop of its own."""

    def run() -> None:
        async def play() -> None:
            await test(Scene())

        loops.run(play())

    run.__name__ = test.__name__
    return run


@scene
async def test_a_new_stream_hears_build_and_beat_at_once(s: Scene) -> None:
    _, told = await s.joined(s.hub.id)
    assert told == [
        ("build", {"build": "b1"}, ""),
        ("beat", {"now": NOW_MS, "data_ts": NOW_MS, "build": "b1", "v": 1}, ""),
    ]


@scene
async def test_a_stream_that_knows_nothing_is_told_to_fetch_anew(s: Scene) -> None:
    for since in ("", "garbage", "x" * 10_000, "a\r\nb", f"{s.hub.boot}.-1", f"{s.hub.boot}.999", "other.1"):
        _, told = await s.joined(since)
        assert told[-1] == ("resync", {"v": 1}, s.hub.id)


@scene
async def test_a_change_is_told_once_in_words_to_all(s: Scene) -> None:
    one, _ = await s.joined(s.hub.id)
    two, _ = await s.joined(s.hub.id)
    s.change(1)
    await s.tick()
    expected = [("patch", {"services": {"checkout": {"latency": "1 ms", "word": "OK"}}, "counts": {"ok": 1}}, s.hub.id)]
    assert await s.taken(one) == await s.taken(two) == expected
    assert s.words.asked == [["checkout"]]


@scene
async def test_only_cells_that_changed_are_told(s: Scene) -> None:
    stream, _ = await s.joined(s.hub.id)
    s.change(1)
    await s.tick()
    await s.taken(stream)
    s.words.latency["checkout"] = "2 ms"
    s.change(1)
    await s.tick()
    assert await s.taken(stream) == [("patch", {"services": {"checkout": {"latency": "2 ms"}}}, s.hub.id)]


@scene
async def test_a_change_that_changes_no_text_is_not_told(s: Scene) -> None:
    stream, _ = await s.joined(s.hub.id)
    for _ in range(3):
        s.change(1)
        await s.tick()
    assert len(await s.taken(stream)) == 1
    await s.tick(beat=True)
    assert [name for name, _, _ in await s.taken(stream)] == ["beat"]


@scene
async def test_a_slow_stream_gets_one_patch_with_the_newest_of_every_cell(s: Scene) -> None:
    stream, _ = await s.joined(s.hub.id)
    s.change(1, 2)
    await s.tick()
    for text in ("2 ms", "3 ms"):
        s.words.latency["checkout"] = text
        s.change(1)
        await s.tick()
    assert await s.taken(stream) == [
        (
            "patch",
            {
                "services": {
                    "checkout": {"latency": "3 ms", "word": "OK"},
                    "search": {"latency": "1 ms", "word": "OK"},
                },
                "counts": {"ok": 1},
            },
            s.hub.id,
        )
    ]


@scene
async def test_a_stream_that_comes_back_hears_what_it_missed(s: Scene) -> None:
    known = s.hub.id
    s.change(2)
    _, told = await s.joined(known)
    assert told[-1][0] == "patch"
    assert list(told[-1][1]["services"]) == ["search"]


@scene
async def test_a_stream_that_caught_up_hears_the_next_change_although_others_knew_it(s: Scene) -> None:
    known = s.hub.id
    first, _ = await s.joined(known)
    s.change(1)
    await s.tick()
    await s.taken(first)
    late, told = await s.joined(known)
    assert told[-1][1]["services"]["checkout"]["latency"] == "1 ms"
    s.words.latency["checkout"] = "9 ms"
    s.change(1)
    await s.tick()
    assert await s.taken(first) == await s.taken(late)


@scene
async def test_a_service_that_fell_silent_is_told_although_nothing_came(s: Scene) -> None:
    stream, _ = await s.joined(s.hub.id)
    s.change(1, 2)
    await s.tick()
    await s.taken(stream)
    s.clock.move(61)
    s.words.latency["search"] = "–"
    await s.tick()
    await s.tick(beat=True)
    told = {name: data for name, data, _ in await s.taken(stream)}
    assert told["patch"] == {"services": {"search": {"latency": "–"}}}
    assert told["beat"]["now"] - told["beat"]["data_ts"] == 61_000


@scene
async def test_too_many_changes_ago_is_told_to_fetch_anew(s: Scene) -> None:
    known = s.hub.id
    for _ in range(1_100):
        s.change(1)
    _, told = await s.joined(known)
    assert told[-1][0] == "resync"


@scene
async def test_nothing_is_put_into_words_while_nobody_watches(s: Scene) -> None:
    stream, _ = await s.joined(s.hub.id)
    s.hub.leave(stream)
    s.change(1)
    await s.tick(beat=True)
    assert s.words.asked == []


@scene
async def test_what_cannot_be_put_into_words_does_not_stop_the_beat(s: Scene) -> None:
    stream, _ = await s.joined(s.hub.id)
    s.words.failing = True
    s.change(1)
    await s.tick(beat=True)
    assert [name for name, _, _ in await s.taken(stream)] == ["beat"]
    assert s.counters.value("burnline_live_failures_total") == 1
    s.words.failing = False
    s.change(1)
    await s.tick()
    assert (await s.taken(stream))[0][0] == "patch"


@scene
async def test_more_streams_than_can_be_held_are_sent_away(s: Scene) -> None:
    s.hub.limit = 1
    stream, _ = await s.joined()
    with pytest.raises(Unavailable):
        await s.hub.join("")
    s.hub.leave(stream)
    await s.joined()


@scene
async def test_closing_says_bye_to_all_and_takes_no_more(s: Scene) -> None:
    running = asyncio.create_task(s.hub.run())
    await asyncio.sleep(0)
    stream, _ = await s.joined()
    s.hub.close()
    assert [name for name, _, _ in await s.taken(stream)] == ["bye"]
    assert stream.parted
    with pytest.raises(Unavailable):
        await s.hub.join("")
    running.cancel()


@scene
async def test_the_task_beats_by_itself(s: Scene) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "TICK_SECONDS", 0.01)
        patch.setattr(hub, "BEAT_SECONDS", 0.03)
        running = asyncio.create_task(s.hub.run())
        stream, _ = await s.joined(s.hub.id)
        for _ in range(2):
            assert [name for name, _, _ in await s.taken(stream)] == ["beat"]
        running.cancel()


def test_a_patch_laid_over_another_keeps_the_newest_of_each_cell() -> None:
    old = Patch("b.1", {"a": {"x": 1, "y": 1}, "b": {"x": 1}}, {"counts": {"ok": 1}})
    new = Patch("b.2", {"a": {"x": 2}, "c": {"x": 2}}, {})
    melted = new.over(old)
    assert melted == Patch("b.2", {"a": {"x": 2, "y": 1}, "b": {"x": 1}, "c": {"x": 2}}, {"counts": {"ok": 1}})
    assert old.services["a"] == {"x": 1, "y": 1}


def test_an_event_is_one_line_of_data_whatever_it_holds() -> None:
    event = event_of("patch", {"text": "two\nlines\r\n\n"}, at="b.1")
    assert event.startswith(b"id: b.1\nevent: patch\ndata: {")
    assert event.count(b"\n") == 4
    assert parsed(event) == [("patch", {"text": "two\nlines\r\n\n"}, "b.1")]
