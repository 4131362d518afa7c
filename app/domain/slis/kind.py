"""What every kind of SLI is: which series it reads, and how their minutes become bad and total.

A kind reads series through taps into a few operand lanes, as golden signals do (see `lanes`): the follower adds samples
to lanes as they come, sealing adds cells to lanes, and both ask `minutes` what they mean. One rule, live and stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, Self

import numpy as np

from app.domain.distributions import Bins
from app.domain.json_values import Fields, Value
from app.domain.samples import Floats, Ints
from app.domain.selectors import Candidate, Selector
from app.domain.sli_minutes import SliMinutes


class Operand(StrEnum):
    """The lanes an SLI may have."""

    GOOD = "good"
    BAD = "bad"
    TOTAL = "total"
    VALUE = "value"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Tap:
    """One contribution of a scalar series: as `lanes` adds it up (INCREASE, MEAN, HIGHEST), times `scale`.

    `part` tells apart what must not be added up: the instances of which the worst one counts.
    """

    operand: Operand
    operation: int
    scale: float = 1.0
    part: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One operand in k minutes: total, weight (seconds of increases, number of values), contributing series."""

    total: Floats
    weight: Floats
    series: Floats

    @property
    def known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(self.weight > 0)


@dataclass(frozen=True, slots=True, eq=False)
class LaneMinutes:
    """All operands of one SLI in the same k minutes; an operand no series feeds is not there.

    `lanes` are those of the part "", `parts` those of every part.
    """

    minute: Ints
    lanes: Mapping[Operand, Lane]
    parts: Mapping[str, Mapping[Operand, Lane]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is odd about a selection, at one of the kind's fields.

    A refusal must be mended, the others are said on the page. `unseen`: nothing was selected (yet).
    """

    field: str
    message: str
    refuses: bool
    hint: str = ""
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a composite."""

    sli_id: int
    weight: float
    target: float


class Indicator(Protocol):
    """A frozen dataclass, one file a kind; `KINDS` maps its kind to the function that reads it from fields."""

    @property
    def kind(self) -> str: ...
    @property
    def members(self) -> tuple[Member, ...]:
        """Other SLIs it is made of; empty unless composite."""
        ...

    @property
    def hold_minutes(self) -> int:
        """For how many minutes, its own the first, a success counts; 0 unless freshness by counted successes."""
        ...

    def settled(self, found: Mapping[str, Sequence[Candidate]]) -> Self:
        """With what only the stored series tell filled in, such as the bound below a threshold; asked on saving."""
        ...

    def selectors(self) -> Mapping[str, Selector]:
        """By the field they stand in; what series may be looked for by."""
        ...

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        """What a scalar series contributes; empty when it is none of its series."""
        ...

    def amounts(self, one: Candidate, bins: Bins) -> Mapping[Operand, float]:
        """What a minute's growth of a histogram-shaped series contributes; empty when it is none of its series."""
        ...

    def minutes(self, of: LaneMinutes) -> SliMinutes: ...
    def composed(self, of: Mapping[int, SliMinutes]) -> SliMinutes:
        """Of a composite: from its members' minutes, by SLI number."""
        ...

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        """What is odd about the series that its selectors match, by field; to be asked of what is settled."""
        ...

    def fields(self) -> dict[str, Value]:
        """As stored and as told in JSON; the registry's reader undoes it."""
        ...

    def sentence(self) -> str:
        """What is measured, in words: "responses within 250 ms (400 ms lies between two bounds)"."""
        ...


class Reader(Protocol):
    """Reads one kind. Raises Invalid at the field at fault."""

    def __call__(self, fields: Fields, *, field: str) -> Indicator: ...
