import numpy as np

from app.demo import chance

MINUTES = np.arange(29_000_000, 29_010_000, dtype=np.int64)


def test_a_draw_is_the_same_whatever_else_is_asked_for() -> None:
    alone = chance.uniform(7, MINUTES[123:124])
    together = chance.uniform(7, MINUTES)
    assert alone[0] == together[123]


def test_draws_fill_the_unit_interval_evenly() -> None:
    counts, _ = np.histogram(chance.uniform(chance.key("evenly"), MINUTES), bins=10, range=(0, 1))
    assert counts.sum() == len(MINUTES)
    assert counts.min() > 900


def test_neighbouring_keys_know_nothing_of_each_other() -> None:
    keys = chance.key_grid(1, "neighbours", shape=(2,))
    left, right = chance.jitter(keys, MINUTES)
    assert abs(float(np.corrcoef(left, right)[0, 1])) < 0.05


def test_a_drift_is_smooth_and_stays_in_bounds() -> None:
    wandering = chance.drift(chance.key("drift"), MINUTES, period=60)
    assert np.abs(wandering).max() <= 1
    assert np.abs(np.diff(wandering)).max() < 0.06
    assert np.ptp(wandering) > 1


def test_whole_numbers_reach_both_ends() -> None:
    assert {chance.whole(1, 3, "dice", throw) for throw in range(100)} == {1, 2, 3}
