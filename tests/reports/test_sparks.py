"""A sparkline is one small path: gaps stay gaps, silence is not drawn as zero."""

import numpy as np
import pytest

from app.reports import sparks

NAN = float("nan")


def test_a_line_goes_from_left_to_right_with_its_highest_value_on_top() -> None:
    assert sparks.path(np.array([0.0, 5.0, 10.0]), top=10) == "M0 20l4-20"
    assert sparks.path(np.array([0.0, 10.0, 5.0]), top=10) == "M0 20l2-20 2 10"


def test_a_gap_in_the_data_is_a_gap_in_the_line() -> None:
    assert sparks.path(np.array([0.0, 10, NAN, NAN, 10, 0]), top=10) == "M0 20l2-20M8 0l2 20"


def test_a_lone_point_is_a_dot() -> None:
    assert sparks.path(np.array([NAN, 10.0, NAN]), top=10) == "M2 0h0"


def test_a_level_line_is_one_step() -> None:
    assert sparks.path(np.full(60, 3.0), top=3) == "M0 0h118"


def test_nothing_known_draws_nothing() -> None:
    assert sparks.spark(np.full(60, NAN)) == sparks.Spark("", None)


def test_zeros_lie_at_the_bottom() -> None:
    assert sparks.spark(np.zeros(60)).path == "M0 20h118"


def test_a_trace_stays_a_trace() -> None:
    assert sparks.spark(np.full(60, 0.0001), least=0.01).path == "M0 20h118"


@pytest.mark.parametrize(
    ("highest", "tick"), [(0.004, None), (0.006, 0), (0.02, 10)], ids=["far below", "close", "above"]
)
def test_the_threshold_is_ticked_where_the_line_comes_near_it(highest: float, tick: int | None) -> None:
    assert sparks.spark(np.array([0.0, highest]), least=0.01, limit=0.01).tick == tick


def test_a_noisy_hour_stays_under_500_bytes() -> None:
    noise = np.random.default_rng(1).uniform(0, 1, 60)
    assert len(sparks.spark(noise).path) < 500


@pytest.mark.parametrize(("share", "path"), [(0.5, "M0 10h59"), (1.4, "M0 10h118"), (0.0, "M0 10h0"), (None, "")])
def test_a_share_is_a_bar(share: float | None, path: str) -> None:
    assert sparks.bar(share).path == path
