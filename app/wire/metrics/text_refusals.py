"""Refused lines, gathered by reason."""

from app.domain.errors import Invalid
from app.domain.samples import Refusal

LINES_NAMED = 5


class Refusals:
    """One Refusal a reason: it tells the first line in full and names a few more."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._lines: dict[str, list[int]] = {}
        self._counts: dict[str, int] = {}
        self._long_exemplars = 0

    def add(self, line: int, error: Invalid) -> None:
        """A sample line that was left out."""
        code = error.code
        if code not in self._first:
            self._first[code] = f"{error} {error.hint}" if error.hint else str(error)
            self._lines[code], self._counts[code] = [], 0
        self._counts[code] += 1
        if len(self._lines[code]) < LINES_NAMED:
            self._lines[code].append(line)

    def add_exemplar(self) -> None:
        """An exemplar that was left out; its sample is kept."""
        self._long_exemplars += 1

    def all(self) -> tuple[Refusal, ...]:
        """In the order of their first lines."""
        lines = tuple(Refusal(code, self._sentence(code), samples=count) for code, count in self._counts.items())
        if not self._long_exemplars:
            return lines
        why = "An exemplar cannot be read or its labels are over 128 characters; its sample is kept."
        return (*lines, Refusal("exemplar_invalid", why, samples=0, exemplars=self._long_exemplars))

    def _sentence(self, code: str) -> str:
        first, *others = self._lines[code]
        sentence = f"Line {first}: {self._first[code]}"
        if others:
            more = self._counts[code] - len(self._lines[code])
            sentence += f" Likewise line{'s' if len(others) > 1 else ''} {', '.join(map(str, others))}"
            sentence += f" and {more} more." if more else "."
        return sentence
