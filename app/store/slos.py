"""Objectives, their indicators and who changed them. Every change takes the next revision, in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.domain.slis import Indicator
from app.domain.slos import Slo


@dataclass(frozen=True, slots=True)
class StoredSli:
    """`filled_ms`: minutes from here on are complete up to the seal; `wanted_ms`: how far back backfill goes."""

    id: int
    service_id: int
    indicator: Indicator
    wanted_ms: int
    filled_ms: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Who did it, from where (form, api, apply, proposal), and why if they said so."""

    author: str
    origin: str
    note: str = ""


def revision(db: sa.Connection) -> int:
    """Grows with every change of a definition or of the ledger."""
    raise NotImplementedError


def every(db: sa.Connection) -> list[Slo]:
    """All that are not archived, by slug."""
    raise NotImplementedError


def by_slug(db: sa.Connection, slug: str) -> Slo | None:
    raise NotImplementedError


def slis(db: sa.Connection) -> list[StoredSli]:
    """Those that an SLO or a composite in use is measured by, by id."""
    raise NotImplementedError


def sli_for(db: sa.Connection, indicator: Indicator, *, service_id: int, wanted_ms: int, now_ms: int) -> int:
    """The number of this very indicator: the one there is, else a new one that is to be backfilled."""
    raise NotImplementedError


def save(db: sa.Connection, slo: Slo, edit: Edit, *, now_ms: int) -> Slo:
    """Create it (id 0) or change it; nothing is written when nothing differs. Gives it as stored."""
    raise NotImplementedError


def archive(db: sa.Connection, slo: Slo, edit: Edit, *, now_ms: int) -> None:
    raise NotImplementedError


def note_filled(db: sa.Connection, filled: Mapping[int, int]) -> None:
    """How far back each SLI has been backfilled."""
    raise NotImplementedError


def edits(db: sa.Connection, slo_id: int) -> Sequence[tuple[int, Edit, str, str]]:
    """(at_ms, edit, before, after) newest first; before and after as JSON."""
    raise NotImplementedError
