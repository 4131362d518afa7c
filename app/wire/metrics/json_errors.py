"""What is wrong with one sample of our JSON, said so that its sender can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from app.domain.samples import Refusal
from app.domain.series import clip


class Fault(Exception):
    """One thing wrong with one sample: which field, a stable code, a sentence, and what to write instead."""

    def __init__(self, field: str, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.code = code
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SampleRefusal(Refusal):
    """A refused sample: its index in the request, the field at fault and what to do about it."""

    index: int | None = None
    field: str = ""
    hint: str = ""


def unknown_field(name: str, known: Iterable[str]) -> Fault:
    """The fault of a field nobody reads, with the name that was probably meant."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known fields: {', '.join(names)}."
    return Fault(clip(name, 40), "unknown_field", f"There is no field {clip(name, 40)!r}.", hint)
