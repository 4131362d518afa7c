"""Rows that wait to be written, in little room: a hundred thousand objects take more than what they hold."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

import numpy as np


class Made(Protocol):
    """What becomes a row: whole numbers, and bytes at its end."""

    def row(self) -> Sequence[Any]: ...


T = TypeVar("T", bound=Made)


class KeptRows(Generic[T]):
    """What was made of `T`, one after the other, and made again of its row by `of` when it is asked for."""

    def __init__(self, made: Iterable[T], of: Callable[..., T]) -> None:
        rows = [one.row() for one in made]
        self._of = of
        self._numbers = np.array([row[:-1] for row in rows], dtype=np.int64)
        self._data = b"".join([row[-1] for row in rows])
        self._ends = np.cumsum([0, *(len(row[-1]) for row in rows)])

    def __iter__(self) -> Iterator[T]:
        for numbers, (begin, end) in zip(self._numbers, pairwise(self._ends.tolist()), strict=True):
            yield self._of(*numbers.tolist(), self._data[begin:end])
