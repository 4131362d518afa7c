"""What Burnline is measured beside: Debian's packages, started on an empty folder and asked the same things."""

import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tests.bench import processes, programs

START_SECONDS = 120.0


class Peer:
    """A program that stands alone and is asked over HTTP."""

    def __init__(self, name: str, folder: Path, command: Sequence[str], *, url: str, ready: str) -> None:
        self.name = name
        self.folder = folder
        self.url = url
        self._process = programs.start(command, folder)
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
        programs.stop(self._process)


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
