"""Randomness without memory: every draw is a hash of what it is for.

A generator with state must be run from its beginning to answer for a moment; these draws answer for any minute alone,
so that history and live, computed apart, are the same world.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Floats, Ints

Keys = NDArray[np.uint64]
T = TypeVar("T")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@lru_cache(maxsize=65_536)
def key(*about: object) -> int:
    """64 bits that stand for what a draw is about: the seed, a name, a position."""
    text = "\x1f".join(str(part) for part in about)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=4_096)
def key_grid(*about: object, shape: tuple[int, ...]) -> Keys:
    """One key for each place of an array. The array is shared: do not write to it."""
    listed = [key(*about, place) for place in range(int(np.prod(shape)))]
    return np.array(listed, dtype=np.uint64).reshape(shape)


def uniform(keys: Keys | int, index: Ints) -> Floats:
    """Draws in [0, 1): one for each key and each index, of shape keys.shape + index.shape.

    This is SplitMix64 (https://prng.di.unimi.it/splitmix64.c) entered at its index-th step.
    """
    start = np.asarray(keys, dtype=np.uint64)
    bits = start.reshape(start.shape + (1,) * index.ndim) + (index + 1).astype(np.uint64) * _GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    bits = bits ^ (bits >> np.uint64(31))
    draws: Floats = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return draws


def jitter(keys: Keys | int, index: Ints) -> Floats:
    """Draws in [-1, 1) that know nothing of their neighbours."""
    return uniform(keys, index) * 2 - 1


def drift(keys: Keys | int, minutes: Ints, *, period: int) -> Floats:
    """A smooth wandering in [-1, 1] with a new direction every `period` minutes."""
    knot, rest = np.divmod(minutes, period)
    share = rest / period
    share = share * share * (3 - 2 * share)
    before, after = jitter(keys, knot), jitter(keys, knot + 1)
    return before + (after - before) * share


def draw(*about: object) -> float:
    """One draw in [0, 1)."""
    return key(*about) / 2**64


def whole(low: int, high: int, *about: object) -> int:
    """One whole number in [low, high]."""
    return low + int(draw(*about) * (high - low + 1))


def choice(options: Sequence[T], *about: object) -> T:
    """One of the options; list one twice to make it twice as likely."""
    return options[int(draw(*about) * len(options))]
