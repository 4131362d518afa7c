"""Values out of JSON objects that people wrote: each of the type that was meant, or a sentence at its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeGuard, TypeVar

from app.domain.errors import Invalid
from app.domain.series import clip

Value = str | float | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]
Fields = Mapping[str, Value]  # what JSON holds

Choice = TypeVar("Choice", bound=StrEnum)

LONGEST_TEXT = 2_000
MOST_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """One JSON object and where it stands; every getter raises Invalid at the field at fault."""

    fields: Fields
    where: str = ""

    def only(self, names: Iterable[str]) -> "Reading":
        """Itself, when it holds no other field: what is misspelt must not be taken for what is left out."""
        known = list(names)
        for name in self.fields:
            if name not in known:
                raise self.wrong(
                    name, f"{clip(name)} is no field here.", code="unknown_field", hint=f"There are {', '.join(known)}."
                )
        return self

    def at(self, name: str) -> str:
        """The whole name of a field."""
        return f"{self.where}.{name}" if self.where else name

    def has(self, name: str) -> bool:
        return self.fields.get(name) is not None

    def text(self, name: str, *, usual: str | None = None, longest: int = LONGEST_TEXT) -> str:
        """Trimmed. Without `usual` it must be there and say something."""
        value = self.fields.get(name)
        if value is None:
            if usual is None:
                raise self.missing(name)
            return usual
        if not isinstance(value, str):
            raise self.wrong(name, f"{name} is a text.")
        if "\x00" in value or len(value) > longest or _is_broken(value):
            raise self.wrong(name, f"{name} is a text of at most {longest} characters.")
        if not value.strip() and usual is None:
            raise self.missing(name)
        return value.strip()

    def whole(self, name: str, *, usual: int | None = None, least: int = 0, most: int = 10**15) -> int:
        value = self.fields.get(name)
        if value is None:
            if usual is None:
                raise self.missing(name)
            return usual
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise self.wrong(name, f"{name} is a whole number.")
        if not least <= value <= most:
            raise self.wrong(name, f"{name} is a whole number from {least} to {most}.")
        return int(value)

    def decimal(self, name: str, *, usual: Decimal | None = None) -> Decimal:
        """A number as written: 0.999, "0.999", or "99.9 %", which is the same."""
        value = self.fields.get(name)
        if value is None:
            if usual is None:
                raise self.missing(name)
            return usual
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(name, f"{name} is a number.")
        text = str(value).strip()
        share = text.endswith("%")
        try:
            number = Decimal(text.removesuffix("%").strip())
        except InvalidOperation as error:
            raise self.wrong(name, f"{clip(text, 40)} is no number.") from error
        exact = number.as_tuple()
        if not number.is_finite() or len(exact.digits) > MOST_DIGITS or abs(number.adjusted()) > MOST_DIGITS:
            raise self.wrong(name, f"{clip(text, 40)} is no number of at most {MOST_DIGITS} digits.")
        return number.scaleb(-2) if share else number

    def choice(self, name: str, kind: type[Choice], *, usual: Choice | None = None) -> Choice:
        value = self.text(name, usual=None if usual is None else usual.value)
        try:
            return kind(value)
        except ValueError as error:
            raise self.wrong(name, f"{name} is one of {', '.join(kind)}.") from error

    def minute(self, name: str) -> datetime:
        """A wall-clock minute without zone: 2026-04-01T00:00, or a day."""
        text = self.text(name)
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise self.wrong(name, f"{name} is a day or a minute such as 2026-04-01T00:00.") from error

    def inside(self, name: str) -> "Reading":
        """The object in a field; an empty one when it is not there."""
        value = self.fields.get(name)
        if value is None:
            return Reading({}, self.at(name))
        if not isinstance(value, Mapping):
            raise self.wrong(name, f"{name} is an object.")
        return Reading(value, self.at(name))

    def each(self, name: str, *, most: int) -> list["Reading"]:
        """The objects in a list; none when it is not there."""
        value = self.fields.get(name)
        if value is None:
            return []
        if not _is_list(value) or len(value) > most:
            raise self.wrong(name, f"{name} is a list of at most {most} objects.")
        found = []
        for at, one in enumerate(value):
            where = f"{self.at(name)}.{at}"
            if not isinstance(one, Mapping):
                raise Invalid(f"{where} is an object.", code="slo_invalid", field=where)
            found.append(Reading(one, where))
        return found

    def texts(self, name: str, *, most: int) -> tuple[str, ...]:
        """The texts in a list, or the one that stands there instead of a list."""
        value = self.fields.get(name)
        if value is None:
            return ()
        many = value if _is_list(value) else [value]
        if len(many) > most or not all(isinstance(one, str) and len(one) <= LONGEST_TEXT for one in many):
            raise self.wrong(name, f"{name} is a list of at most {most} texts.")
        if any("\x00" in str(one) or _is_broken(str(one)) for one in many):
            raise self.wrong(name, f"{name} holds a character that is never legal.")
        return tuple(str(one) for one in many)

    def wrong(self, name: str, message: str, *, code: str = "slo_invalid", hint: str | None = None) -> Invalid:
        return Invalid(message, code=code, field=self.at(name), hint=hint)

    def missing(self, name: str) -> Invalid:
        return self.wrong(name, f"{name} is missing.", code="field_missing")


def _is_list(value: Value) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_broken(text: str) -> bool:
    """Half of a surrogate pair can be written in JSON and in no database."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
