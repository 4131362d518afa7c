"""A disk that takes 200 ms for every fsync: samples wait for it, pages do not."""

import time
from pathlib import Path

import httpx2

from tests.faults import load, serving, visitors
from tests.faults.load import FACTOR, Verdict
from tests.faults.shim import shim as shim  # noqa: PLC0414  # a fixture
from tests.faults.visitors import Visitor

FSYNC_MS = 200
REQUESTS = 60 * FACTOR
MOST_MEMORY_MIB = 512


def test_a_slow_disk_makes_samples_wait_and_nobody_else(tmp_path: Path, shim: Path) -> None:
    crowd, visitor, port = load.writers(8), Visitor(), serving.free_port()
    server = serving.start(tmp_path, port, LD_PRELOAD=str(shim), FSYNC_MS=str(FSYNC_MS))
    url, began = f"http://127.0.0.1:{port}", time.monotonic()
    with load.writing(crowd, url), visitors.looking(visitor, url):
        load.wait_for(crowd, REQUESTS)
    seconds, memory = time.monotonic() - began, _most_memory_mib(server.pid)
    serving.stop(server)
    assert set(load.statuses(crowd)) <= {httpx2.codes.NO_CONTENT, httpx2.codes.SERVICE_UNAVAILABLE}
    assert sum(one.without_retry_after for one in crowd) == 0
    assert not visitor.unanswered
    assert {status for _, status in visitor.statuses} == {200}
    assert memory < MOST_MEMORY_MIB
    assert load.verdict(crowd, f"sqlite:///{tmp_path}/burnline.db") == Verdict()
    # The disk was as slow as this test believes: nobody was answered faster than it syncs.
    assert all(one.statuses[204] <= seconds * 1000 / FSYNC_MS + 1 for one in crowd)
    print(
        f"fsync takes {FSYNC_MS} ms: {sum(load.statuses(crowd).values())} requests answered 204 or 503, slowest "
        f"{max(one.slowest for one in crowd):.1f} s, slowest page {visitor.slowest:.2f} s, memory {memory} MiB, 0 lost"
    )


def _most_memory_mib(number: int) -> int:
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
