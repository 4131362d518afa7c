"""Minutes and hours of SLIs: a row is the minutes of one UTC day, or the hours of 32. Written by sealing alone."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from app.domain.sli_minutes import SliMinutes


def minutes(db: sa.Connection, sli_id: int, *, first: int, end: int) -> SliMinutes:
    """Raw minutes [first, end); where only hours are kept, their sums spread evenly over the hour."""
    raise NotImplementedError


def hours(db: sa.Connection, sli_id: int, *, first: int, end: int) -> SliMinutes:
    """Raw sums of the hours that begin in the minutes [first, end); known_ms up to 3 600 000."""
    raise NotImplementedError


def days_of(db: sa.Connection, sli_ids: Sequence[int], *, day: int) -> Mapping[int, SliMinutes]:
    """One UTC day's minutes of many SLIs, by SLI: what window edges are filled from."""
    raise NotImplementedError


def merged(db: sa.Connection, made: Mapping[int, SliMinutes], touched: Mapping[int, Sequence[int]]) -> list["Block"]:
    """Blocks to write: stored minutes with the touched ones replaced, and the hours around them."""
    raise NotImplementedError


def write(db: sa.Connection, blocks: Iterable["Block"]) -> None:
    raise NotImplementedError


class Block:
    """A row."""
