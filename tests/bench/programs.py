"""Programs that run for the length of a measurement; what they say goes to a file `log` in their folder."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 60.0


def start(
    command: Sequence[str],
    folder: Path,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        output = log if stdout is None else stdout
        return subprocess.Popen(command, stdin=stdin, stdout=output, stderr=log, env=environment)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait(STOP_SECONDS)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
