"""Killed in the middle of ingest: what was acknowledged is there, once, and nothing that was never sent."""

import random
import signal
from pathlib import Path

from tests.faults import load, serving
from tests.faults.load import FACTOR, SERIES_A_WRITER, Verdict, judge, value_of

KILLS = 20 * FACTOR


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path, free_port: int) -> None:
    chance = random.Random(20)
    crowd = load.writers()
    for _ in range(KILLS):
        server = serving.start(tmp_path, free_port)
        with load.writing(crowd, f"http://127.0.0.1:{free_port}"):
            load.wait_for(crowd, chance.randint(5, 100))
            server.send_signal(signal.SIGKILL)
            server.wait()
    assert load.verdict(crowd, f"sqlite:///{tmp_path}/burnline.db") == Verdict()
    acknowledged = sum(len(one.acknowledged) for one in crowd)
    assert acknowledged >= KILLS * 5 * SERIES_A_WRITER
    print(f"{KILLS} kills, {acknowledged} samples acknowledged, 0 lost, 0 doubled")


def test_the_judge_sees_a_lost_an_invented_a_changed_and_a_doubled_sample() -> None:
    one, two, three = (1, 1_000), (1, 2_000), (2, 1_000)
    stored = [(one, value_of(*one)), (one, value_of(*one)), (three, 0.0)]
    verdict = judge(stored, sent={one, two}, acknowledged={one, two})
    assert verdict == Verdict(frozenset({two}), frozenset({three}), frozenset({three}), frozenset({one}))
