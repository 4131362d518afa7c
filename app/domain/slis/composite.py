"""Several SLIs as one: a journey that needs all of its parts, or parts that weigh differently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.samples import Floats, Ints
from app.domain.selectors import Candidate
from app.domain.sli_minutes import SliMinutes, no_minutes, of_events
from app.domain.slis.kind import Doubt, Member
from app.domain.slis.kind_defaults import Defaults
from app.domain.slis.kind_fields import at_its_field

MOST_MEMBERS = 25


class Rule(StrEnum):
    """How parts make a whole, minute by minute."""

    ALL_OF = "all_of"  # good while every part meets its target
    WEIGHTED = "weighted"  # the parts' good shares, by weight


@dataclass(frozen=True, slots=True)
class Composite(Defaults):
    """Every minute is one event, whatever the traffic of its parts.

    All of: bad as soon as one part is, else unknown while one is, else good; a part without traffic failed nobody.
    Weighted: over the parts that had traffic, so a part that is not known weighs nothing. Raises Invalid.
    """

    rule: Rule
    of: tuple[Member, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.of) <= MOST_MEMBERS:
            raise _wrong(f"A composite has 2 to {MOST_MEMBERS} parts.", "of")
        if len({one.sli_id for one in self.of}) != len(self.of):
            raise _wrong("A part is in it once.", "of")
        for at, one in enumerate(self.of):
            if not (isfinite(one.weight) and one.weight > 0):
                raise _wrong("A weight is more than 0.", f"of.{at}.weight")
            if not 0 < one.target <= 1:
                raise _wrong("A part's target lies above 0 and is at most 1.", f"of.{at}.target")

    @property
    def kind(self) -> str:
        return "composite"

    @property
    def members(self) -> tuple[Member, ...]:
        return self.of

    def composed(self, of: Mapping[int, SliMinutes]) -> SliMinutes:
        parts = [_Part(one, of.get(one.sli_id, no_minutes())) for one in self.of]
        minute: Ints = np.unique(np.concatenate([part.minutes.minute for part in parts]))
        if len(minute) == 0:
            return no_minutes()
        columns = [part.at(minute) for part in parts]
        return _all_of(minute, columns, self.of) if self.rule is Rule.ALL_OF else _weighted(minute, columns, self.of)

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        del found
        return ()

    def fields(self) -> dict[str, Value]:
        parts = [{"sli": one.sli_id, "weight": one.weight, "target": one.target} for one in self.of]
        return {"rule": self.rule.value, "of": parts}

    def sentence(self) -> str:
        if self.rule is Rule.ALL_OF:
            return f"minutes in which all of {len(self.of)} parts meet their targets"
        return f"the good share of {len(self.of)} parts by their weights, minute by minute"


def read(fields: Fields, *, field: str) -> Composite:
    asked = Reading(fields, field).only(("rule", "of"))
    members = []
    for one in asked.each("of", most=MOST_MEMBERS):
        one.only(("sli", "weight", "target"))
        weight = float(one.decimal("weight")) if one.has("weight") else 1.0
        target = float(one.decimal("target")) if one.has("target") else 1.0
        members.append(Member(one.whole("sli", least=1), weight, target))
    try:
        return Composite(asked.choice("rule", Rule), tuple(members))
    except Invalid as error:
        raise at_its_field(asked, error) from error


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """A part in each minute: known or not, with traffic or not, its good share (1 without traffic), seconds known."""

    known: NDArray[np.bool_]
    busy: NDArray[np.bool_]
    good: Floats
    seconds: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    member: Member
    minutes: SliMinutes

    def at(self, minute: Ints) -> _Columns:
        bad, total, known_ms = (np.zeros(len(minute)) for _ in range(3))
        places = np.searchsorted(minute, self.minutes.minute)
        bad[places], total[places], known_ms[places] = self.minutes.bad, self.minutes.total, self.minutes.known_ms
        busy = total > 0
        good = np.where(busy, 1.0 - bad / np.where(busy, total, 1.0), 1.0)
        return _Columns(known_ms > 0, busy, good, known_ms / 1000)


def _all_of(minute: Ints, parts: Sequence[_Columns], members: Sequence[Member]) -> SliMinutes:
    is_bad = np.zeros(len(minute), dtype=bool)
    for part, member in zip(parts, members, strict=True):
        # Shares are of whole numbers: a millionth of a millionth covers the rounding of one division.
        is_bad |= part.known & (part.good < member.target - 1e-12)
    known = np.logical_and.reduce([part.known for part in parts])
    busy = np.logical_or.reduce([part.busy for part in parts])
    observed = np.array([part.seconds for part in parts])
    seconds = np.where(known, observed.min(axis=0), observed.max(axis=0))
    total = np.where(known | is_bad, np.where(busy, 1.0, 0.0), np.nan)
    return of_events(minute, bad=is_bad.astype(np.float64), total=total, known_seconds=seconds)


def _weighted(minute: Ints, parts: Sequence[_Columns], members: Sequence[Member]) -> SliMinutes:
    weights = [np.where(part.busy, member.weight, 0.0) for part, member in zip(parts, members, strict=True)]
    whole = np.add.reduce(weights)
    bad = np.add.reduce([weight * (1.0 - part.good) for weight, part in zip(weights, parts, strict=True)])
    every = sum(member.weight for member in members)
    seconds = [member.weight * part.seconds for part, member in zip(parts, members, strict=True)]
    share = bad / np.where(whole > 0, whole, 1.0)
    return of_events(
        minute, bad=share, total=np.where(whole > 0, 1.0, 0.0), known_seconds=np.add.reduce(seconds) / every
    )


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="slo_invalid", field=field)
