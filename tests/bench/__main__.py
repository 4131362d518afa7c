"""`python -m tests.bench`: measure, print, and write it down when asked to."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import ingest, live, memory, pages, processes, slos, startup, streams
from tests.bench.plan import Plan, say
from tests.bench.table import Table

DEFAULT_SAMPLES = 6_000_000

PARTS: dict[str, Callable[[Plan], Iterator[Table]]] = {
    "ingest": ingest.tables,
    "memory": memory.tables,
    "startup": startup.tables,
    "live": live.tables,
    "streams": streams.tables,
    "pages": pages.tables,
    "slos": slos.tables,
}


def main() -> None:
    given = _arguments()
    written = [f"Machine: {processes.machine()}. Command: `python -m tests.bench {' '.join(sys.argv[1:])}`.\n"]
    print(written[0], flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.folder) as scratch:
        ingest.warm_up(Path(scratch))
    for name in given.parts:
        say(f"--- {name}")
        busy = os.getloadavg()[0]
        # A folder each: what one part leaves on the disk is gone before the next begins.
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", dir=given.folder) as scratch:
            for table in PARTS[name](Plan(Path(scratch), given.samples, given.systems)):
                table.note(f"Load average before: {busy:.1f}.")
                written.append(str(table))
                print(table, flush=True)
    say("done")
    if given.markdown:
        Path(given.markdown).write_text("\n".join(written), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*PARTS], help="what to measure (default: all)")
    parser.add_argument(
        "--samples", type=int, default=DEFAULT_SAMPLES, help="ingest: samples sent to each system (default: 6 M)"
    )
    parser.add_argument(
        "--systems", nargs="+", choices=ingest.STARTERS, default=[*ingest.STARTERS], help="ingest: beside what"
    )
    parser.add_argument("--folder", help="where the databases are made, for as long as it takes (default: TMPDIR)")
    parser.add_argument("--markdown", help="a file the tables are written to as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
