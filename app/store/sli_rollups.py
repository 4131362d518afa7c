"""Minutes and hours of SLIs: a row is the minutes of one UTC day, or the hours of 32. Written by sealing alone."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sqlalchemy as sa

from app.domain.samples import Ints
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.sli_minutes import COLUMNS, SliMinutes, no_minutes, replaced
from app.store import codec, dialect
from app.store.slo_schema import sli_rollups, slis

DAY = 24 * 60  # minutes: what a row of minutes holds
HOURS_ROW = 32 * DAY  # minutes: how much time a row of hours holds
HOUR = 60
SPAN = {MINUTE_MS: DAY, HOUR_MS: HOURS_ROW}
AT_ONCE = 500
ROWS_HELD = 2_000  # of minutes, unpacked, at a time
ROWS_KEPT = 128  # of what pages read: three objectives over their windows, 6 MB
_HEAD = struct.Struct("<Hq")  # how many, and the first minute
_WIDTHS = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.uint32), np.dtype(np.int64))
_HIGHEST = (2**8 - 1, 2**16 - 1, 2**32 - 1)
_COLUMN = struct.Struct("<qB")  # what all numbers are multiples of, and the width of the multiples


@dataclass(frozen=True, slots=True)
class Block:
    """A row."""

    service_id: int
    sli_id: int
    resolution_ms: int
    first_ms: int
    data: bytes

    def row(self) -> Sequence[object]:
        return (self.service_id, self.sli_id, self.resolution_ms, self.first_ms, self.data)


def minutes(db: sa.Connection, sli_id: int, *, first: int, end: int) -> SliMinutes:
    """Raw minutes [first, end); where only hours are kept, their sums spread evenly over the hour."""
    return minutes_of(db, [sli_id], first=first, end=end)[sli_id]


def minutes_of(db: sa.Connection, sli_ids: Sequence[int], *, first: int, end: int) -> dict[int, SliMinutes]:
    """The same of many SLIs."""
    stored = _overlapping(db, sli_ids, MINUTE_MS, first=first, end=end)
    whole = hours_between(db, sli_ids, first=first // HOUR * HOUR, end=end)
    return {
        sli_id: _with_spread(_joined(stored.get(sli_id, [])), whole[sli_id]).between(first, end) for sli_id in sli_ids
    }


def hours(db: sa.Connection, sli_id: int, *, first: int, end: int) -> SliMinutes:
    """Raw sums of the hours that begin in the minutes [first, end); known_ms up to 3 600 000."""
    return hours_between(db, [sli_id], first=first, end=end)[sli_id]


def hours_between(db: sa.Connection, sli_ids: Sequence[int], *, first: int, end: int) -> dict[int, SliMinutes]:
    """The same of many SLIs."""
    found = _overlapping(db, sli_ids, HOUR_MS, first=first, end=end)
    return {sli_id: _joined(found.get(sli_id, [])).between(first, end) for sli_id in sli_ids}


def days_of(db: sa.Connection, sli_ids: Sequence[int], *, day: int) -> Mapping[int, SliMinutes]:
    """One UTC day's minutes of many SLIs, by SLI: what window edges are filled from."""
    return minutes_of(db, sli_ids, first=day * DAY, end=(day + 1) * DAY)


def merged(db: sa.Connection, made: Mapping[int, SliMinutes], touched: Mapping[int, Ints]) -> list[Block]:
    """Blocks to write: stored minutes with the touched ones (ascending) replaced, and the hours around them."""
    homes = _homes(db, touched)
    wanted = [sli_id for sli_id in sorted(homes) if len(touched[sli_id])]
    if not wanted:
        return []
    days = np.unique(np.concatenate([touched[sli_id] // DAY for sli_id in wanted])) * DAY
    found: list[Block] = []
    portion = max(1, ROWS_HELD // len(days))
    for at in range(0, len(wanted), portion):
        some = wanted[at : at + portion]
        stored = _blocks(db, some, MINUTE_MS, begins=days)
        sums: dict[int, tuple[SliMinutes, Ints]] = {}
        for sli_id in some:
            minute = touched[sli_id]
            now = replaced(_joined(stored.get(sli_id, [])), made.get(sli_id, no_minutes()), touched=minute)
            found += _packed(homes[sli_id], sli_id, MINUTE_MS, now, begins=np.unique(minute // DAY) * DAY)
            hour = np.unique(minute // HOUR) * HOUR
            inside = np.isin(now.minute // HOUR * HOUR, hour)
            sums[sli_id] = hours_of(SliMinutes(*(getattr(now, name)[inside] for name in COLUMNS))), hour
        found += _merged_hours(db, sums, homes)
    return found


def merged_hours(db: sa.Connection, sli_id: int, sums: SliMinutes, *, touched: Ints) -> list[Block]:
    """Blocks to write: stored hours with the touched ones (first minutes of hours) replaced."""
    return list(_merged_hours(db, {sli_id: (sums, touched)}, _homes(db, [sli_id])))


def _merged_hours(
    db: sa.Connection, made: Mapping[int, tuple[SliMinutes, Ints]], homes: Mapping[int, int]
) -> Iterator[Block]:
    """`made` are the new sums by SLI, and which hours they replace."""
    begins = {sli_id: np.unique(hour // HOURS_ROW) * HOURS_ROW for sli_id, (_, hour) in made.items()}
    stored = _blocks(db, list(made), HOUR_MS, begins=np.unique(np.concatenate(list(begins.values()))))
    for sli_id, (sums, hour) in made.items():
        now = replaced(_joined(stored.get(sli_id, [])), sums, touched=hour)
        yield from _packed(homes[sli_id], sli_id, HOUR_MS, now, begins=begins[sli_id])


def write(db: sa.Connection, blocks: Iterable[Block]) -> None:
    """Each in the place of what its row held."""
    dialect.bulk_upsert(db, sli_rollups, (block.row() for block in blocks))


def forget(db: sa.Connection, sli_ids: Sequence[int]) -> int:
    """Remove everything of SLIs; gives how many rows went."""
    chosen = sli_rollups.c.sli_id.in_(sli_ids)
    return db.execute(sli_rollups.delete().where(chosen)).rowcount if sli_ids else 0


def hours_of(of: SliMinutes) -> SliMinutes:
    """Sums by hour, each at the first minute of the hour."""
    if len(of) == 0:
        return of
    hour, begins = np.unique(of.minute // HOUR * HOUR, return_index=True)
    return SliMinutes(hour, *(np.add.reduceat(getattr(of, name), begins) for name in COLUMNS[1:]))


def pack(of: SliMinutes) -> bytes:
    """Columns as multiples of what they have in common: counts are whole events nearly always."""
    first = int(of.minute[0]) if len(of) else 0
    parts = [_HEAD.pack(len(of), first)]
    for column in (np.diff(of.minute, prepend=first), of.bad, of.total, of.known_ms):
        unit = max(1, int(np.gcd.reduce(column))) if len(column) else 1
        multiples = column // unit
        width = int(np.searchsorted(_HIGHEST, int(multiples.max(initial=0))))
        parts += [_COLUMN.pack(unit, width), multiples.astype(_WIDTHS[width]).tobytes()]
    return codec.compress(b"".join(parts))


def unpack(data: bytes) -> SliMinutes:
    """What `pack` was given."""
    plain = codec.expand(data)
    count, first = _HEAD.unpack_from(plain)
    at = _HEAD.size
    columns: list[Ints] = []
    for _ in COLUMNS:
        unit, width = _COLUMN.unpack_from(plain, at)
        column = np.frombuffer(plain, dtype=_WIDTHS[width], count=count, offset=at + _COLUMN.size)
        columns.append(np.multiply(column, unit, dtype=np.int64))
        at += _COLUMN.size + column.nbytes
    return SliMinutes(first + np.cumsum(columns[0]), *columns[1:])


@lru_cache(maxsize=ROWS_KEPT)
def _unpacked(data: bytes) -> SliMinutes:
    """The same, for whoever reads of one SLI: most of its days are what they were at the last look."""
    found = unpack(data)
    for name in COLUMNS:
        getattr(found, name).flags.writeable = False
    return found


def _packed(service_id: int, sli_id: int, resolution_ms: int, of: SliMinutes, *, begins: Ints) -> Iterator[Block]:
    """The rows that begin at these minutes, empty ones too: what they held before may be gone."""
    for begin in begins.tolist():
        data = pack(of.between(begin, begin + SPAN[resolution_ms]))
        yield Block(service_id, sli_id, resolution_ms, begin * MINUTE_MS, data)


def _overlapping(
    db: sa.Connection, sli_ids: Sequence[int], resolution_ms: int, *, first: int, end: int
) -> dict[int, list[SliMinutes]]:
    """What rows that overlap the minutes [first, end) hold, by SLI, ascending."""
    span = SPAN[resolution_ms]
    return _blocks(db, sli_ids, resolution_ms, begins=np.arange(first // span * span, end, span))


def _blocks(
    db: sa.Connection, sli_ids: Sequence[int], resolution_ms: int, *, begins: Ints
) -> dict[int, list[SliMinutes]]:
    """What the rows that begin at these minutes hold, by SLI, ascending."""
    table = sli_rollups.c
    found: dict[int, list[SliMinutes]] = {}
    for at in range(0, len(sli_ids), AT_ONCE):
        homes = sa.select(slis.c.service_id, slis.c.id).where(slis.c.id.in_(list(sli_ids[at : at + AT_ONCE])))
        query = (
            sa.select(table.sli_id, table.data)
            .where(
                sa.tuple_(table.service_id, table.sli_id).in_(homes),
                table.resolution_ms == resolution_ms,
                table.first_ms.in_((begins * MINUTE_MS).tolist()),
            )
            .order_by(table.sli_id, table.first_ms)
        )
        read = _unpacked if len(sli_ids) == 1 else unpack
        for sli_id, data in db.execute(query):
            found.setdefault(sli_id, []).append(read(bytes(data)))
    return found


def _homes(db: sa.Connection, sli_ids: Iterable[int]) -> dict[int, int]:
    """The services whose rows SLIs stand among."""
    wanted = sorted(sli_ids)
    homes: dict[int, int] = {}
    for at in range(0, len(wanted), AT_ONCE):
        query = sa.select(slis.c.id, slis.c.service_id).where(slis.c.id.in_(wanted[at : at + AT_ONCE]))
        homes.update((row.id, row.service_id) for row in db.execute(query))
    return homes


def _joined(parts: Sequence[SliMinutes]) -> SliMinutes:
    if not parts:
        return no_minutes()
    return SliMinutes(*(np.concatenate([getattr(one, name) for one in parts]) for name in COLUMNS))


def _with_spread(stored: SliMinutes, sums: SliMinutes) -> SliMinutes:
    """Minutes, and the even shares of those hours that have none: whole numbers that add up to the hour's."""
    begins, ends = np.searchsorted(stored.minute, (sums.minute, sums.minute + HOUR))
    lacking = begins == ends
    if not lacking.any():
        return stored
    minute = (sums.minute[lacking][:, None] + np.arange(HOUR)).reshape(-1)
    shares = [_shares(getattr(sums, name)[lacking]) for name in COLUMNS[1:]]
    return replaced(stored, SliMinutes(minute, *shares), touched=minute)


def _shares(of_hours: Ints) -> Ints:
    upto: Any = of_hours[:, None] * np.arange(HOUR + 1) // HOUR
    return np.asarray(np.diff(upto, axis=1).reshape(-1))
