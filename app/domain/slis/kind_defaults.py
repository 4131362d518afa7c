"""What most kinds of SLI answer alike."""

from collections.abc import Mapping, Sequence
from typing import Self

from app.domain.distributions import Bins
from app.domain.selectors import Candidate, Selector
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis.kind import LaneMinutes, Member, Operand, Tap


class Defaults:
    """Of one's own series, that are all scalar, settled as it is."""

    __slots__ = ()

    @property
    def members(self) -> tuple[Member, ...]:
        return ()

    @property
    def hold_minutes(self) -> int:
        return 0

    def selectors(self) -> Mapping[str, Selector]:
        return {}

    def settled(self, found: Mapping[str, Sequence[Candidate]]) -> Self:
        del found
        return self

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        del one
        return ()

    def amounts(self, one: Candidate, bins: Bins) -> Mapping[Operand, float]:
        del one, bins
        return {}

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        del of
        return no_minutes()

    def composed(self, of: Mapping[int, SliMinutes]) -> SliMinutes:
        del of
        return no_minutes()
