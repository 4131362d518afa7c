import itertools

import numpy as np
import pytest

from app.demo import schedule
from app.domain.signals import HOUR_MS, MINUTE_MS

DAY_MS = 24 * HOUR_MS


@pytest.fixture(params=[0, 1, 4_999, 5_000, 123_456, 299_999], ids=lambda rest: f"{rest} ms into five minutes")
def instants(request: pytest.FixtureRequest, now_ms: int) -> tuple[int, list[np.ndarray]]:
    now = now_ms + int(request.param)
    return now, [block.instants() for block in schedule.blocks(now, days=30)]


def test_history_ends_on_the_last_beat_and_goes_back_thirty_days(instants: tuple[int, list[np.ndarray]]) -> None:
    now, blocks = instants
    assert 0 <= now - blocks[0][-1] < schedule.BEAT_MS
    assert 30 * DAY_MS <= now - blocks[-1][0] <= 30 * DAY_MS + 3 * HOUR_MS


def test_blocks_come_newest_first_and_join_without_overlap_or_gap(instants: tuple[int, list[np.ndarray]]) -> None:
    _, blocks = instants
    forward = np.concatenate(blocks[::-1])
    steps = np.diff(forward)
    assert (steps > 0).all()
    assert steps.max() <= 5 * MINUTE_MS
    assert (forward % schedule.BEAT_MS == 0).all()


def test_the_first_block_is_small(instants: tuple[int, list[np.ndarray]]) -> None:
    _, blocks = instants
    assert len(blocks[0]) <= 51


def test_since_is_the_last_instant_of_the_block_before(now_ms: int) -> None:
    blocks = list(schedule.blocks(now_ms + 123_456, days=5))
    for newer, older in itertools.pairwise(blocks):
        assert newer.since_ms == older.instants()[-1]


def test_every_beat_is_sent_after_a_short_silence(now_ms: int) -> None:
    assert schedule.catching_up(now_ms, now_ms + 15_000, beat_ms=5_000).tolist() == [
        now_ms + 5_000,
        now_ms + 10_000,
        now_ms + 15_000,
    ]


def test_after_a_long_silence_minutes_will_do(now_ms: int) -> None:
    found = schedule.catching_up(now_ms, now_ms + HOUR_MS, beat_ms=5_000)
    assert len(found) == 60
    assert found[0] == now_ms + MINUTE_MS
    assert found[-1] == now_ms + HOUR_MS
