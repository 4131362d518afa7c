"""The system that is measured, on either database; the ones beside it are `peers`."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Protocol, Self

import sqlalchemy as sa

from tests.bench import processes, programs
from tests.databases import Databases


class System(Protocol):
    """A running server that takes remote write."""

    name: str
    url: str
    pid: int

    def cpu_seconds(self) -> float: ...

    def settle(self) -> None:
        """Return when everything that was sent has been worked off."""
        ...

    def thread_seconds(self) -> Mapping[str, float]:
        """Nothing where one cannot look inside."""
        ...

    def disk_bytes(self) -> int:
        """What it occupies, after it has stopped."""
        ...

    def stop(self) -> None: ...


class Burnline:
    """`burnline serve` with default settings, on SQLite or on the database at `database_url`."""

    def __init__(self, folder: Path, *, database_url: str | None = None, raw_retention: str | None = None) -> None:
        self.name = "Burnline, SQLite"
        self.folder = folder
        command = [sys.executable, "-m", "tests.bench.server", "--data-dir", str(folder)]
        for flag, value in (("--database-url", database_url), ("--raw-retention", raw_retention)):
            command += [] if value is None else [flag, value]
        self._process = programs.start(command, folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self._process.pid
        ready = self._told()
        self.base = str(ready["url"])
        self.url = f"{self.base}/api/v1/write"
        self.start_seconds = float(ready["seconds"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid)

    def pause(self) -> None:
        """Seal nothing any more unless told to settle."""
        self._asked("pause")

    def follow(self) -> None:
        """Return when the board shows everything that was sent."""
        self._asked("follow")

    def seal(self) -> None:
        """Seal what was sent, but for the newest two minutes."""
        self._asked("seal")

    def settle(self) -> None:
        self._asked("settle")

    def thread_seconds(self) -> dict[str, float]:
        """CPU seconds of the server's threads, by what they do."""
        return dict(self._asked("threads")["threads"])

    def disk_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("burnline.db*"))

    def stop(self) -> None:
        programs.stop(self._process)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()
        programs.stop(self._process)

    def _asked(self, question: str) -> dict[str, Any]:
        _pipe(self._process.stdin).write(f"{question}\n".encode())
        _pipe(self._process.stdin).flush()
        return self._told()

    def _told(self) -> dict[str, Any]:
        line = _pipe(self._process.stdout).readline()
        if not line:
            last_words = (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-2_000:]
            raise RuntimeError(f"{self.name} ended: {last_words}")
        told: dict[str, Any] = json.loads(line)
        return told


class BurnlineOnPostgresql(Burnline):
    """The same on PostgreSQL from the wheel the tests use; its CPU time counts as well."""

    def __init__(self, folder: Path) -> None:
        self._databases = Databases(folder)
        address = self._databases.empty("postgresql")
        self._engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
        data = Path(str(self._engine.url.query["host"]))  # the server's socket lies with its data
        self._postmaster = int((data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        super().__init__(folder, database_url=address)
        self.name = "Burnline, PostgreSQL"
        self._empty_bytes = self._database_bytes()
        self._grown_bytes = 0

    def cpu_seconds(self) -> float:
        return super().cpu_seconds() + processes.cpu_seconds(self._postmaster)

    def disk_bytes(self) -> int:
        """What the database has grown by; PostgreSQL's write-ahead log is a fixed amount."""
        return self._grown_bytes

    def stop(self) -> None:
        super().stop()
        self._grown_bytes = self._database_bytes() - self._empty_bytes
        self._engine.dispose()
        self._databases.close()  # takes the data with it

    def _database_bytes(self) -> int:
        with self._engine.connect() as db:
            db.exec_driver_sql("VACUUM")  # gives back what sealing has freed, as autovacuum would within minutes
            return int(db.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
