"""Memory of Burnline with 100 000 active series of 50 services.

A quarter of an hour of scrapes, which is what gathers between two regular seals, is sent as fast as it is taken,
followed and sealed; then five minutes more, to see whether it goes on growing. The peak is of the process' whole life.
"""

from collections.abc import Iterator, Sequence

from tests.bench import bodies, processes, sending
from tests.bench.bodies import Load
from tests.bench.plan import Plan, now_ms, say
from tests.bench.systems import Burnline
from tests.bench.table import Table, met

SERVICES, INSTANCES = 50, 20
FIRST_SCRAPES, MORE_SCRAPES = 60, 20  # 15 s apart
BAR_BYTES = 512 << 20
MIB = 1 << 20


def tables(plan: Plan) -> Iterator[Table]:
    load = Load(SERVICES * INSTANCES, FIRST_SCRAPES + MORE_SCRAPES, end_ms=now_ms(), instances=INSTANCES)
    say(f"encoding {load.samples / 1e6:.0f} M samples")
    lanes = bodies.encode(load)
    made = Table(
        f"Memory: {load.series:,} series of {SERVICES} services, a sample each every 15 s",
        ("after", "RSS", "peak RSS so far", "bar", "met"),
    )
    with Burnline(plan.folder) as system:
        _note(made, system, "the start")
        for minutes, part in zip(("15", "5 more"), _parts(lanes), strict=True):
            say(f"sending {minutes} minutes")
            sending.send(system.url, part)
            system.follow()
            _note(made, system, f"following {minutes} minutes of samples")
            system.seal()
            _note(made, system, "sealing them, but for the newest two")
    yield made


def _parts(lanes: Sequence[Sequence[bytes]]) -> Iterator[Sequence[Sequence[bytes]]]:
    """The requests of the first scrapes, and those of the others."""
    ends = [len(lane) * FIRST_SCRAPES // (FIRST_SCRAPES + MORE_SCRAPES) for lane in lanes]
    yield [lane[:end] for lane, end in zip(lanes, ends, strict=True)]
    yield [lane[end:] for lane, end in zip(lanes, ends, strict=True)]


def _note(made: Table, system: Burnline, after: str) -> None:
    now, peak = processes.rss(system.pid), processes.peak_rss(system.pid)
    made.add(after, f"{now / MIB:.0f} MiB", f"{peak / MIB:.0f} MiB", f"{BAR_BYTES / MIB:.0f} MiB", met(peak, BAR_BYTES))
