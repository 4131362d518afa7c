"""Days of history for the services of the paced load.

One day comes in through the front door, a sample a minute of the series a page is drawn from: of each service's first
target the durations and requests of one route and the file descriptors, 20 series. Packed as the demo packs its past,
many instants of a series in a request. Then it is sealed.

The days before are that day once more, each a day earlier, copied inside the database: 200 services times 30 days are
8.6 M minutes, which would take ten minutes to come in. Signals are exactly the rows that would stand there. Raw samples
and the rollups of series are copied for their weight: what is packed in them still tells the times of the first day,
and no page that is measured reads it.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from app.demo import remote_write
from app.demo.remote_write import Group
from app.store import dialect
from app.store.engine import open_store
from app.store.schema import chunks, series_rollups, signal_rollups
from tests.bench import sending, targets
from tests.bench.plan import say
from tests.bench.systems import Burnline
from tests.bench.values import COLUMNS, values

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
DAY_MS = DAY_MINUTES * MINUTE_MS
SERVICES_A_REQUEST = 2
SHOWN = [
    at
    for at, column in enumerate(COLUMNS)
    if ("route", "/") in column.labels or column.metric in {"process_open_fds", "process_max_fds"}
]
MOVED = {  # which columns of a row are times
    signal_rollups: ("bucket_ms",),
    series_rollups: ("first_ms", "last_ms"),
    chunks: ("first_ms", "last_ms"),
}


def send_day(system: Burnline, *, services: int, instances: int, end_ms: int) -> None:
    """The day up to end_ms, sealed."""
    bodies = list(_bodies(services=services, instances=instances, end_ms=end_ms))
    sending.send(system.url, [bodies[0::2], bodies[1::2]])
    system.settle()


def repeat_day(folder: Path, *, days: int, end_ms: int) -> int:
    """Let the day up to end_ms stand `days` times more, before it; gives how many rows that made."""
    store = open_store(f"sqlite:///{folder / 'burnline.db'}")
    made = 0
    try:
        for days_before in range(1, days + 1):
            with store.writing() as db:
                made += sum(_copy(db, table, end_ms, days_before * DAY_MS) for table in MOVED)
            if days_before % 5 == 0:
                say(f"copied {days_before} days: {made:,} rows")
    finally:
        store.close()
    return made


def _bodies(*, services: int, instances: int, end_ms: int) -> Iterator[bytes]:
    first = (end_ms // MINUTE_MS - DAY_MINUTES) * MINUTE_MS
    at_ms = first + MINUTE_MS * np.arange(DAY_MINUTES, dtype=np.int64)
    labels = list(targets.series_labels(services * instances, instances=instances))
    for begin in range(0, services, SERVICES_A_REQUEST):
        numbers = range(begin, min(services, begin + SERVICES_A_REQUEST))
        found = values(len(numbers), seed=begin).scrapes(DAY_MINUTES)
        yield remote_write.body(
            [
                Group(_encoded(labels[number * instances * len(COLUMNS) :]), at_ms, found[:, k, SHOWN].T)
                for k, number in enumerate(numbers)
            ]
        )


def _encoded(labels: list[targets.Labels]) -> list[bytes]:
    return [remote_write.series(labels[at]) for at in SHOWN]


def _copy(db: sa.Connection, table: sa.Table, end_ms: int, earlier_ms: int) -> int:
    moved = MOVED[table]
    first = table.c[moved[0]]
    columns = [(one - earlier_ms) if one.name in moved else one for one in table.c]
    day = sa.select(*columns).where(first >= end_ms - DAY_MS - MINUTE_MS, first < end_ms - MINUTE_MS)
    # The hour in which the day begins may be there already, in part.
    copy = dialect.insert_or_ignore(db, table).from_select(list(table.c), day.order_by(*table.primary_key))
    return db.execute(copy).rowcount
