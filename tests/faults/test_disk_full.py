"""The disk fills up: samples are turned away, pages go on, and nothing is lost or broken."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.faults import load, serving, visitors
from tests.faults.load import Verdict
from tests.faults.visitors import Visitor

MIB = 1024 * 1024
SIZE_MIB = 64
PAGES = ("/", "/api/services", "/healthz", "/settings/health")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "burnline-test", str(folder)]
    if os.getuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk to fill up")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def fill(file: Path, *, leave: int) -> None:
    """Somebody else's file."""
    with file.open("ab", buffering=0) as out:
        try:
            while free(file.parent) > leave:
                out.write(bytes(min(64 * 1024, max(1, free(file.parent) - leave))))
        except OSError:
            return


def test_a_full_disk_turns_samples_away_and_takes_them_again_by_itself(small_disk: Path) -> None:
    crowd, visitor, port = load.writers(repeats=True), Visitor(PAGES), serving.free_port()
    url, hog = f"http://127.0.0.1:{port}", small_disk / "hog"
    server = serving.start(small_disk, port, "--min-free-disk", "8MiB")
    try:
        with load.writing(crowd, url), visitors.looking(visitor, url):
            load.wait_for(crowd, 50)
            fill(hog, leave=6 * MIB)
            _turned_away(crowd)
            found = httpx2.get(f"{url}/readyz", timeout=15)
            assert (found.status_code, "disk is almost full" in found.text) == (503, True)
            load.wait_until(lambda: "The disk is almost full" in visitor.last["/"])
            fill(hog, leave=0)  # the ballast's room, too, is somebody else's now
            _turned_away(crowd)
            assert server.poll() is None
            hog.unlink()
            load.wait_for(crowd, 50)
            load.wait_until(lambda: "The disk is almost full" not in visitor.last["/"])

            room = free(small_disk)
            fill(hog, leave=0)  # at once, faster than it is watched
            _turned_away(crowd)
            hog.unlink()
            load.wait_for(crowd, 50)
        assert server.poll() is None
    finally:
        serving.stop(server)
    assert set(load.statuses(crowd)) == {204, 503}
    assert sum(one.without_retry_after for one in crowd) == 0
    assert not visitor.unanswered
    assert {status for _, status in visitor.statuses} == {200}, visitor.statuses
    load.seal(f"sqlite:///{small_disk}/burnline.db")
    assert load.verdict(crowd, f"sqlite:///{small_disk}/burnline.db") == Verdict()
    print(
        f"a disk of {SIZE_MIB} MiB filled three times ({room // MIB} MiB in one go): "
        f"{load.acknowledged_samples(crowd)} samples acknowledged, 0 lost, {load.statuses(crowd)[503]} requests turned "
        f"away, {sum(visitor.statuses.values())} pages answered"
    )


def _turned_away(crowd: list[load.Writer], *, requests: int = 20) -> None:
    """Until so many more are."""
    wanted = load.statuses(crowd)[503] + requests
    load.wait_until(lambda: load.statuses(crowd)[503] >= wanted)
