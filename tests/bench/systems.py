"""The systems that are measured, each started on an empty folder and asked the same things."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from tests.bench import processes
from tests.databases import Databases

START_SECONDS = 120.0
STOP_SECONDS = 60.0


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

    def __init__(self, folder: Path, *, database_url: str | None = None) -> None:
        self.name = "Burnline, SQLite"
        self.folder = folder
        address = [] if database_url is None else ["--database-url", database_url]
        command = [sys.executable, "-m", "tests.bench.server", "--data-dir", str(folder), *address]
        self._process = _start(command, folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self._process.pid
        ready = self._told()
        self.base = str(ready["url"])
        self.url = f"{self.base}/api/v1/write"
        self.start_seconds = float(ready["seconds"])
        self.settle_seconds = 0.0

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid)

    def settle(self) -> None:
        self.settle_seconds = float(self._asked("settle")["seconds"])

    def thread_seconds(self) -> dict[str, float]:
        """CPU seconds of the server's threads, by what they do."""
        return dict(self._asked("threads")["threads"])

    def disk_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("burnline.db*"))

    def stop(self) -> None:
        _stop(self._process)

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
        pid_file = next(folder.glob("postgresql/**/postmaster.pid"))
        self._postmaster = int(pid_file.read_text(encoding="ascii").split()[0])
        self._data = pid_file.parent
        super().__init__(folder, database_url=address)
        self.name = "Burnline, PostgreSQL"
        self._empty_bytes = processes.disk_bytes(self._data / "base")

    def cpu_seconds(self) -> float:
        return super().cpu_seconds() + processes.cpu_seconds(self._postmaster)

    def disk_bytes(self) -> int:
        """What the tables have grown by; PostgreSQL's write-ahead log is a fixed amount."""
        return processes.disk_bytes(self._data / "base") - self._empty_bytes

    def stop(self) -> None:
        super().stop()
        self._databases.close()


class Peer:
    """A program that stands alone and is asked over HTTP."""

    def __init__(self, name: str, folder: Path, command: Sequence[str], *, url: str, ready: str) -> None:
        self.name = name
        self.folder = folder
        self.url = url
        self._process = _start(command, folder)
        self.pid = self._process.pid
        _wait_for(ready)

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid)

    def settle(self) -> None:
        processes.wait_until_idle(self.pid)

    def thread_seconds(self) -> dict[str, float]:
        return {}

    def disk_bytes(self) -> int:
        return processes.disk_bytes(self.folder / "data")

    def stop(self) -> None:
        _stop(self._process)


def prometheus(folder: Path) -> Peer | None:
    """None when it is not installed."""
    program = shutil.which("prometheus")
    if program is None:
        return None
    (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
    base = f"127.0.0.1:{free_port()}"
    command = [
        program,
        "--web.enable-remote-write-receiver",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={base}",
        "--log.level=warn",
    ]
    return Peer("Prometheus", folder, command, url=f"http://{base}/api/v1/write", ready=f"http://{base}/-/ready")


def victoria_metrics(folder: Path) -> Peer | None:
    """None when it is not installed."""
    program = shutil.which("victoria-metrics")
    if program is None:
        return None
    base = f"127.0.0.1:{free_port()}"
    command = [program, f"-storageDataPath={folder / 'data'}", f"-httpListenAddr={base}", "-loggerLevel=WARN"]
    return Peer("VictoriaMetrics", folder, command, url=f"http://{base}/api/v1/write", ready=f"http://{base}/health")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _start(
    command: Sequence[str], folder: Path, *, stdin: int = subprocess.DEVNULL, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=stdin, stdout=log if stdout is None else stdout, stderr=log)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait(STOP_SECONDS)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
