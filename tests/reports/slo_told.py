"""An indicator for tests of what people see, where nothing is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.json_values import Value
from app.domain.selectors import Selector
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis.kind import Doubt, LaneMinutes, Member, Operand, Tap


@dataclass(frozen=True)
class Told:
    """An indicator of which nothing but words is asked."""

    words: str = "responses that are no server error"
    kind: str = "ratio"
    members: tuple[Member, ...] = ()
    hold_minutes: int = 0

    def settled(self, found: Mapping[str, Sequence[object]]) -> "Told":
        return self

    def selectors(self) -> Mapping[str, Selector]:
        return {}

    def taps(self, one: object) -> tuple[Tap, ...]:
        return ()

    def amounts(self, one: object, bins: object) -> Mapping[Operand, float]:
        return {}

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        return no_minutes()

    def composed(self, of: Mapping[int, SliMinutes]) -> SliMinutes:
        return no_minutes()

    def doubts(self, found: Mapping[str, Sequence[object]]) -> tuple[Doubt, ...]:
        return ()

    def fields(self) -> dict[str, Value]:
        return {
            "good": {"metric": "http_requests_total", "labels": {"code!~": "5.."}},
            "total": {"metric": "http_requests_total"},
        }

    def sentence(self) -> str:
        return self.words
