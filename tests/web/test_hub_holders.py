"""How many streams one holder may have, and what the stream of a wall is told."""

import pytest

from app.domain.errors import TooOften
from app.web import hub
from tests.web.test_hub import Scene, scene


@scene
async def test_an_eleventh_stream_of_one_holder_is_refused_and_others_are_not(s: Scene) -> None:
    """A page that is refused falls back to asking every 15 seconds."""
    held = [await s.hub.join("", holder="screen NOC-2") for _ in range(10)]
    with pytest.raises(TooOften) as refused:
        await s.hub.join("", holder="screen NOC-2")
    assert (refused.value.code, refused.value.retry_after_seconds) == ("streams_too_many", 15)
    await s.hub.join("", holder="screen Lobby")
    s.hub.leave(held[0])
    s.hub.leave(held[0])
    await s.hub.join("", holder="screen NOC-2")
    with pytest.raises(TooOften):
        await s.hub.join("", holder="screen NOC-2")


@scene
async def test_those_who_are_nobody_in_particular_share_no_limit(s: Scene) -> None:
    for _ in range(hub.MOST_OF_ONE + 5):
        await s.hub.join("")
    assert s.hub.streams == hub.MOST_OF_ONE + 5


@scene
async def test_a_stream_of_some_services_hears_of_no_other(s: Scene) -> None:
    wall = await s.hub.join(s.hub.id, services=frozenset({"search"}))
    await s.taken(wall)
    s.change(1)
    await s.tick(beat=True)
    assert [name for name, _, _ in await s.taken(wall)] == ["beat"]
    s.change(1, 2)
    await s.tick(beat=True)
    told = {name: data for name, data, _ in await s.taken(wall)}
    assert set(told["patch"]) == {"services"}
    assert set(told["patch"]["services"]) == {"search"}
