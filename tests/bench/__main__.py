"""`python -m tests.bench`: measure, print, and write it down when asked to."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import ingest, processes
from tests.bench.bodies import Load

TARGETS = 60
DEFAULT_SAMPLES = 6_000_000


def main() -> None:
    given = _arguments()
    pages = [f"Machine: {processes.machine()}. Command: `python -m tests.bench {' '.join(sys.argv[1:])}`.\n"]
    print(pages[0], flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.folder) as scratch:
        load = Load(TARGETS, max(1, given.samples // (TARGETS * 100)), end_ms=now_ms())
        ingest.warm_up(Path(scratch), end_ms=load.end_ms)
        found = []
        for one in ingest.outcomes(load, given.systems, Path(scratch)):
            found.append(one)
            print(f"{one.name}: {one.cpu_per_million:.2f} CPU s / M, {one.send_seconds:.0f} s", flush=True)
        for table in (ingest.table(found, load), ingest.threads_table(found)):
            pages.append(str(table))
            print(table, flush=True)
    if given.markdown:
        Path(given.markdown).write_text("\n".join(pages), encoding="utf-8")


def now_ms() -> int:
    """The clock."""
    return time.time_ns() // 1_000_000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--samples", type=int, default=DEFAULT_SAMPLES, help="samples sent to each system")
    parser.add_argument("--systems", nargs="+", choices=ingest.STARTERS, default=[*ingest.STARTERS])
    parser.add_argument("--folder", help="where the databases are made, for as long as it takes (default: TMPDIR)")
    parser.add_argument("--markdown", help="a file the tables are written to as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
