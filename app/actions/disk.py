"""Watching the disk that SQLite's file is on: samples are turned away before it is full, and taken again by itself.

Retention, sealing and what people change go on meanwhile, in the room that is left. Some of it is ballast: a file that
is given up when the disk is full for another's sake, so that there is room to forget something.
"""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from app import logs
from app.domain.counters import Counters
from app.domain.disk import BALLAST_SHARE, is_full

log = logs.get("disk")

SECONDS_BETWEEN = 2.0
MIB = 1024 * 1024


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write in a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Disk:
    """`tell` is given the sentence why no samples are taken, and None when they are again."""

    def __init__(
        self,
        folder: Path,
        *,
        floor: int,
        counters: Counters,
        tell: Callable[[str | None], None],
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"
        self._floor = floor
        self._tell = tell
        self._free = free
        self._full = False
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="disk", daemon=True)
        counters.measure("burnline_disk_free_bytes", lambda: float(free(folder)))
        counters.measure("burnline_disk_full", lambda: float(self._full))

    def start(self) -> None:
        self.look()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Judge the room there is now. The ballast counts as taken: it is not for samples."""
        free = self._free(self._folder)
        full = is_full(free, self._floor, was_full=self._full)
        if full and self._ballast.exists():
            self._ballast.unlink()
        elif not full and not self._ballast.exists() and free >= self._floor * 2:
            self._put_ballast()
        if full != self._full:
            self._full = full
            self._tell(self._sentence() if full else None)
            log.warning("disk_full" if full else "disk_has_room", folder=str(self._folder), free_bytes=free)

    def _sentence(self) -> str:
        return (
            f"The disk has less than {self._floor // MIB} MiB left: no samples are taken until "
            f"{2 * self._floor // MIB} MiB are free."
        )

    def _put_ballast(self) -> None:
        size = self._floor // BALLAST_SHARE
        if size:
            with self._ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)

    def _run(self) -> None:
        while not self._stopping.wait(SECONDS_BETWEEN):
            try:
                self.look()
            except OSError as error:
                log.warning("disk_unknown", folder=str(self._folder), error=str(error))
