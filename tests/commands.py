"""Commands of `burnline`, each in a process of its own with its own input, output and exit status.

To import the program takes longer than most commands: processes are forked from one that has done so.
"""

import multiprocessing
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["app.cli", "tests.faults.objectives_at_work"])


@dataclass(frozen=True, slots=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


def burnline(*words: str, given: str = "") -> Ended:
    """What came of a command; `given` is its input."""
    with tempfile.TemporaryDirectory() as made:
        names = [Path(made) / name for name in ("in", "out", "err")]
        names[0].write_text(given)
        process = FORKED.Process(target=_run, args=(words, [str(name) for name in names]))
        process.start()
        process.join(60)
        assert process.exitcode is not None, "The command did not end."
        return Ended(process.exitcode, names[1].read_text(), names[2].read_text())


def _run(words: tuple[str, ...], files: list[str]) -> None:
    from app.cli import cli  # the process it is forked from has

    for number, (name, flags) in enumerate(zip(files, (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT] * 2), strict=True)):
        os.dup2(os.open(name, flags), number)
    sys.stdin = os.fdopen(0)
    for name in [name for name in os.environ if name.startswith("BURNLINE_")]:  # noqa: TID251  # of a child
        del os.environ[name]  # noqa: TID251  # of a child
    cli(list(words), prog_name="burnline")
