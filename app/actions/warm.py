"""Running every compiled loop once, so that no request has to wait for a compiler.

The first time on a machine this takes some seconds; the results are kept (see `domain.compiled`).
"""

import numpy as np

from app.actions.heads import Heads, TimeLimits
from app.domain import sealing
from app.domain.assignments import Assignment, Feed, Role
from app.domain.cells import COUNTER, Cells, cells_of
from app.domain.feeds import Feeds
from app.domain.lanes import Lanes
from app.domain.live import Live
from app.domain.packed_rows import packed_rows, unpacked_rows
from app.domain.standing import Standings
from app.store import chunks, codec, rollups
from app.store.chunks import Samples
from app.wire.metrics.remote_write_walk import LabelTable, Walker


def up() -> None:
    """Compile, or load what was compiled before."""
    Walker().decode(_request())
    LabelTable().make_room(0)
    feeds = Feeds(Lanes())
    assignment = Assignment("a", "", "warm", 0, (Feed(Role.REQUESTS), Feed(Role.RATIO, resource="a")))
    wanted = feeds.lanes.feeds_of(1, assignment)
    feeds.learn(1, kind=COUNTER, service_id=1, order=1, feeds=wanted)
    series, at_ms = np.array([1, 1]), np.array([60_000, 120_000])
    values, starts = np.array([1.5, 2.5]), np.array([0, 0])
    marks = np.zeros(2, dtype=np.uint8)
    Heads().judge(series, at_ms, values, marks, limits=TimeLimits(120_000, 0))
    live = Live(feeds)
    live.fit()
    live.advance(series, at_ms, values, start_ms=starts, marks=marks)
    list(sealing.grouped(series, series, 2))
    sealing.dealt(series, 2, at_ms, values, marks, starts)
    samples = Samples(series, at_ms, values, marks, starts)
    sealing.is_tidy(samples.series, samples.at_ms)
    for chunk in chunks.pack(samples, feeds.service, seq=1):
        chunks.unpack(chunk.data)
    standings = Standings(feeds)
    standings.fit()
    cells = cells_of(series, at_ms, values, starts, standing=standings.standing())
    rollups.cells_of(rollups.pack(cells, feeds.service))
    _seal_lanes(cells, feeds)
    sealing.interleaved(series, at_ms, series, at_ms)
    sealing.compared(cells, cells.series, cells, cells.series)
    codec.unpack_columns(codec.pack_columns(codec.Columns(series, at_ms, values)))


def _seal_lanes(cells: Cells, feeds: Feeds) -> None:
    lanes = np.arange(len(feeds.lanes.row_of_lane))
    found = sealing.add_cells(cells, feeds, local=lanes, first_minute=0, minutes=3, lanes=len(lanes))
    rows = sealing.summed_rows(found[0], lanes, lanes, places=len(lanes))
    unpacked_rows(packed_rows(rows), rows.shape[1])


def _request() -> bytes:
    """One plain remote write request: the series `a` with the value 1.5 at 60 000 ms."""
    label = b"\x0a\x08__name__\x12\x01a"
    sample = b"\x09" + np.float64(1.5).tobytes() + b"\x10\xe0\xd4\x03"
    series = b"\x0a" + bytes([len(label)]) + label + b"\x12" + bytes([len(sample)]) + sample
    return b"\x0a" + bytes([len(series)]) + series
