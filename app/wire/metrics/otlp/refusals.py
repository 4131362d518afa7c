"""What was left out of an export, by reason: each reason once, with how many points and a sentence on the first."""

from dataclasses import dataclass
from typing import Literal

from app.domain.samples import Refusal

What = Literal["samples", "histograms"]


@dataclass(slots=True)
class Tally:
    message: str
    samples: int = 0
    histograms: int = 0


class Refusals:
    def __init__(self) -> None:
        self._by_code: dict[str, Tally] = {}

    def add(self, code: str, message: str, *, what: What, points: int = 1) -> None:
        tally = self._by_code.setdefault(code, Tally(message))
        if what == "histograms":
            tally.histograms += points
        else:
            tally.samples += points

    def listed(self) -> tuple[Refusal, ...]:
        return tuple(
            Refusal(code, tally.message, samples=tally.samples, histograms=tally.histograms)
            for code, tally in self._by_code.items()
        )
