"""Every objective's sums, in memory: what the evaluator, the pages, the gate and the badges read.

A cache like `board`: each process keeps one by following the journal (see actions.meter), and rebuilds it from tables.

What the meter does: `advance` once, to say where now is; `define`; for each objective that `define` names, `load` with
the raw minutes from `load_from` on; then in every round `patch` what changed, `advance`, and `put_edge` what that asks.
"""

from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np

from app.domain import burning, kept_slos, rings
from app.domain.counts_ahead import CountsAhead
from app.domain.errors import Missing
from app.domain.kept_slos import ROLLING, KeptSlo
from app.domain.ledger import NO_EFFECTS, Effects
from app.domain.newest_minutes import NO_MINUTE, NewestMinutes
from app.domain.rings import Rings, dense
from app.domain.samples import Ints
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slos import Slo
from app.domain.sums import Sums


class SloBoard:
    """One lock, held for milliseconds. `version` grows by one with every change; `until_minute` ends every window."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rings = Rings()
        self._ahead = CountsAhead()
        self._kept: dict[int, KeptSlo] = {}
        self._by_slug: dict[str, int] = {}
        self._all: tuple[Ints, Ints] = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))  # numbers, rows
        self._lengths: Ints = np.zeros((0, burning.COLUMNS), dtype=np.int64)  # these three by row
        self._started: Ints = np.zeros(0, dtype=np.int64)
        self._heard: Ints = np.zeros(0, dtype=np.int64)
        self._newest: dict[int, NewestMinutes] = {}  # by SLI
        self._filled: dict[int, tuple[int, int]] = {}  # by SLI: minutes (wanted, filled)
        self._recounted: dict[int, int] = {}
        self.version = 0

    @property
    def until_minute(self) -> int:
        return self._rings.until

    def slos(self) -> list[Slo]:
        """By slug, those that are archived left out."""
        with self._lock:
            return [self._kept[slo_id].slo for _, slo_id in sorted(self._by_slug.items())]

    def find(self, slug: str) -> Slo:
        """Raises Missing."""
        with self._lock:
            if slug not in self._by_slug:
                raise Missing(f"There is no objective named {slug[:80]}.", code="slo_unknown", field="slo")
            return self._kept[self._by_slug[slug]].slo

    def sums(self, slo_ids: Sequence[int] | None = None) -> Sums:
        """Of these SLOs (None: all, by id), all windows at `until_minute`. Raises Missing."""
        with self._lock:
            ids, rows = self._rows(slo_ids)
            lengths = self._windows(rows)
            found = self._rings.sums(rows, self._starts(lengths))
            return Sums(
                until_minute=self.until_minute,
                slo_ids=ids,
                window_minutes=lengths,
                bad=found[:, :, 0],
                total=found[:, :, 1],
                known_ms=found[:, :, 2],
                newest_known=np.minimum(self._heard[rows], self.until_minute - 1),
            )

    def hour(self, slo_ids: Sequence[int] | None = None) -> tuple[Ints, Ints]:
        """(total, known_ms) of the last 60 minutes, in the order of `sums`: the traffic now. Raises Missing."""
        with self._lock:
            _, rows = self._rows(slo_ids)
            found = self._rings.sums(rows, np.full((len(rows), 1), self.until_minute - 60))
            return found[:, 0, 1], found[:, 0, 2]

    def stamps(self, slos: Sequence[Slo]) -> list[object]:
        """While an objective's stamp and definition are the same, so is all that the board says of it."""
        with self._lock:
            until = self.until_minute
            return [(until, self._recounted.get(one.id, 0), self._filled.get(one.sli_id)) for one in slos]

    def effects(self, slo_id: int) -> Effects:
        with self._lock:
            return self._kept[slo_id].effects if slo_id in self._kept else NO_EFFECTS

    def newest(self, sli_id: int) -> SliMinutes:
        """Raw minutes newer than, or better observed than, what the tables hold: lay them over a table's answer."""
        with self._lock:
            return self._newest[sli_id].before(self.until_minute) if sli_id in self._newest else no_minutes()

    def backfilled(self, slo_id: int) -> float:
        """Share of its window that has been read from history, 0 to 1; 0 until `note_filled` has told."""
        with self._lock:
            kept = self._kept[slo_id]
            wanted, filled = self._filled.get(kept.slo.sli_id, (0, self.until_minute))
            start = int(self._starts(self._windows(np.array([kept.row])))[0, 0])
            asked = self.until_minute - max(start, wanted)
            return 1.0 if asked <= 0 else min(1.0, max(0.0, (self.until_minute - filled) / asked))

    # --- written by the meter alone ---------------------------------------------------------------------------------

    def define(self, slos: Sequence[Slo], effects: Mapping[int, Effects]) -> list[int]:
        """Take over the definitions; gives the SLOs whose rings must be loaded."""
        with self._lock:
            for slo_id in self._kept.keys() - {slo.id for slo in slos}:
                self._drop(slo_id)
            self._rings.reserve(len(slos))
            for slo in slos:
                self._define(slo, effects.get(slo.id, NO_EFFECTS))
            self._by_slug = {slo.slug: slo.id for slo in slos}
            ids = sorted(self._kept)
            self._all = (np.array(ids, dtype=np.int64), np.array([self._kept[one].row for one in ids], dtype=np.int64))
            used = {slo.sli_id for slo in slos}
            self._newest = {sli_id: one for sli_id, one in self._newest.items() if sli_id in used}
            self.version += 1
            return [slo.id for slo in slos if not self._kept[slo.id].loaded]

    def load_from(self, slo_id: int) -> int:
        """The first raw minute that `load` needs: about a day back, or the whole window where hours do not tell all."""
        with self._lock:
            kept = self._kept[slo_id]
            return kept.reach(first=self._detailed_from(kept), end=self.until_minute)[0]

    def load(self, slo_id: int, *, raw: SliMinutes, hours: SliMinutes) -> None:
        """Fill a ring: raw minutes from `load_from` on, raw hours (`minute` is the hour's first) of the window."""
        with self._lock:
            kept = self._kept[slo_id]
            row, near, end = kept.row, self._rings.near, self.until_minute
            first = self._detailed_from(kept)
            ahead = kept.affected(first=first, end=end)[1]
            counted = kept.counted(raw, first=first, end=ahead)
            told = dense(hours, first=self._rings.oldest_hour(row), end=first // 60, unit=60)
            made = rings.by_hour(dense(counted, first=first, end=near))
            self._rings.fill(row, np.concatenate((told, made)), dense(counted, first=near, end=end))
            self._ahead.put(kept, dense(counted, first=end, end=ahead), first=end)
            self._hear(kept, raw, first=int(raw.minute[0]) if len(raw) else end, end=end)
            kept.loaded = True
            self._recount(slo_id)
            starts = self._starts(self._windows(np.array([row])))[0]
            for hour in {start // 60 + ahead for start in starts.tolist() for ahead in (0, 1)}:
                if first // 60 <= hour < near // 60:
                    self._rings.put_edge(row, hour, dense(counted, first=hour * 60, end=hour * 60 + 60), starts)
            self.version += 1

    def note_filled(self, sli_id: int, *, wanted_minute: int, filled_minute: int) -> None:
        """How far back the history of an SLI is to be read, and how far it has been."""
        with self._lock:
            self._filled[sli_id] = (wanted_minute, filled_minute)

    def span_needed(self, slo_id: int, *, first: int, end: int) -> tuple[int, int]:
        """The raw minutes that `patch` needs when those of [first, end) change.

        They reach further, for slices count as a whole, freshness is held, and long ago hours are all there is.
        """
        with self._lock:
            kept, near = self._kept[slo_id], self._rings.near
            first, end = kept.affected(first=first, end=end)
            if first < near:
                first, end = first // 60 * 60, max(end, min(near, -(-end // 60) * 60))
            return kept.reach(first=first, end=end)

    def patch(self, slo_id: int, raw: SliMinutes, *, first: int, end: int) -> None:
        """Count minutes again, given everything known of those that `span_needed` named, [first, end)."""
        with self._lock:
            kept = self._kept.get(slo_id)
            if kept is None or not kept.loaded:
                return
            begin, near, until = kept.first_counted(first), self._rings.near, self.until_minute
            counted = kept.counted(raw, first=begin, end=end)
            from_hour, to_hour = -(-begin // 60), min(end, near) // 60
            if from_hour < to_hour:
                self._rings.set_hours(kept.row, from_hour, dense(counted, first=from_hour * 60, end=to_hour * 60))
            inside = max(begin, near)
            if inside < min(end, until):
                self._rings.set_minutes(kept.row, inside, dense(counted, first=inside, end=min(end, until)))
            ahead = max(begin, until)
            if ahead < end:
                self._ahead.put(kept, dense(counted, first=ahead, end=end), first=ahead)
            heard = int(self._heard[kept.row])
            self._hear(kept, raw, first=first, end=end)
            if begin < until or heard < min(int(self._heard[kept.row]), until - 1):
                self._recount(slo_id)
            self.version += 1

    def advance(self, until_minute: int) -> list[tuple[int, int]]:
        """Let every window end there; gives the (SLO, hour) pairs under a window's edge whose minutes are missing."""
        with self._lock:
            if until_minute > self.until_minute:
                self._advance(until_minute)
                self.version += 1
            ids, rows = self._all
            missing = self._rings.missing_edges(rows, self._starts(self._windows(rows)))
            found = sorted({(int(ids[at]), hour) for at, hour in missing})
            return [(slo_id, hour) for slo_id, hour in found if self._kept[slo_id].loaded]

    def edge_span(self, slo_id: int, hour: int) -> tuple[int, int]:
        """The raw minutes that `put_edge` needs: those of the hour, unless slices cross it or freshness is held."""
        with self._lock:
            return self._kept[slo_id].reach(first=hour * 60, end=hour * 60 + 60)

    def put_edge(self, slo_id: int, hour: int, raw: SliMinutes) -> None:
        """The minutes of an hour that a window starts in; `raw` holds at least those of `edge_span`."""
        with self._lock:
            kept = self._kept.get(slo_id)
            if kept is None:
                return
            counted = kept.counted(raw, first=hour * 60, end=hour * 60 + 60)
            starts = self._starts(self._windows(np.array([kept.row])))[0]
            self._rings.put_edge(kept.row, hour, dense(counted, first=hour * 60, end=hour * 60 + 60), starts)
            self._recount(slo_id)
            self.version += 1

    # --- definitions ------------------------------------------------------------------------------------------------

    def _define(self, slo: Slo, effects: Effects) -> None:
        kept, lengths = self._kept.get(slo.id), kept_slos.windows(slo)
        if kept is not None and not kept.counted_like(slo, effects):
            self._drop(slo.id)
            kept = None
        if kept is None:
            row = self._rings.open(longest=max(lengths))
            kept = self._kept[slo.id] = KeptSlo(slo, effects, row, longest=max(lengths))
            self._widen(row)
            self._heard[row] = NO_MINUTE
            self._recount(slo.id)
        if self._lengths[kept.row].tolist() != lengths:
            self._rings.watch(kept.row, lengths)
        kept.slo = slo
        self._lengths[kept.row] = lengths
        self._started[kept.row] = kept.started(self.until_minute) if self.until_minute else ROLLING

    def _widen(self, row: int) -> None:
        more = 0 if row < len(self._heard) else max(row + 1, len(self._heard) * 2) - len(self._heard)
        if more:
            self._lengths = np.pad(self._lengths, ((0, more), (0, 0)))
            self._started, self._heard = (np.pad(column, (0, more)) for column in (self._started, self._heard))

    def _drop(self, slo_id: int) -> None:
        row = self._kept.pop(slo_id).row
        self._rings.close(row)
        self._ahead.forget(row)
        self._lengths[row] = 0

    def _advance(self, until: int) -> None:
        if not self.until_minute:  # what was patched before anybody said where now is
            self._rings.until = max(1, until - rings.LENGTH)
        unheard = (kept for kept in self._kept.values() if kept.loaded and kept.counts_unheard)
        self._rings.advance(until, self._ahead.take(first=self.until_minute, end=until, unheard=unheard))
        for kept in self._kept.values():
            if until > kept.period_end:
                self._started[kept.row] = kept.started(until)

    def _recount(self, slo_id: int) -> None:
        """What was counted of it up to now is not what it was."""
        self._recounted[slo_id] = self._recounted.get(slo_id, 0) + 1

    # --- where things are -------------------------------------------------------------------------------------------

    def _rows(self, slo_ids: Sequence[int] | None) -> tuple[Ints, Ints]:
        if slo_ids is None:
            return self._all
        unknown = [slo_id for slo_id in slo_ids if slo_id not in self._kept]
        if unknown:
            raise Missing(f"There is no objective with the number {unknown[0]}.", code="slo_unknown", field="slo")
        rows = [self._kept[slo_id].row for slo_id in slo_ids]
        return np.array(slo_ids, dtype=np.int64), np.array(rows, dtype=np.int64)

    def _windows(self, rows: Ints) -> Ints:
        """The lengths now: a calendar window is as long as its period is old."""
        lengths, started = self._lengths[rows], self._started[rows]
        lengths[:, 0] = np.where(started == ROLLING, lengths[:, 0], self.until_minute - started)
        return lengths

    def _starts(self, lengths: Ints) -> Ints:
        return np.asarray(self.until_minute - np.maximum(lengths, 0))

    def _detailed_from(self, kept: KeptSlo) -> int:
        return kept.detailed_from(oldest=self._rings.oldest_hour(kept.row) * 60, near=self._rings.near)

    def _hear(self, kept: KeptSlo, raw: SliMinutes, *, first: int, end: int) -> None:
        newest = self._newest.setdefault(kept.slo.sli_id, NewestMinutes())
        newest.put(raw, first=first, end=end)
        self._heard[kept.row] = newest.newest
