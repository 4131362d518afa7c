"""Backups of a server that writes: each is sound, and holds all that was acknowledged before it began."""

import shutil
from pathlib import Path

from app.domain.errors import AppError
from app.store import backups
from tests import commands
from tests.faults import load, serving
from tests.faults.load import FACTOR, Key

BACKUPS = 3 * FACTOR


def test_every_backup_is_whole_and_a_plain_copy_is_not(tmp_path: Path) -> None:
    crowd, port = load.writers(), serving.free_port()
    (folder := tmp_path / "data").mkdir()
    server = serving.start(folder, port)
    found, copied = list[set[Key]](), list[set[Key]]()
    with load.writing(crowd, f"http://127.0.0.1:{port}"):
        for number in range(BACKUPS):
            load.wait_for(crowd, 20)
            before = _acknowledged(crowd)
            done = commands.burnline("backup", str(tmp_path / f"{number}.db"), "--data-dir", str(folder))
            assert done.returncode == 0, done.stderr
            found.append(before)
            load.wait_for(crowd, 20)
            copied.append(_acknowledged(crowd))
            shutil.copy(folder / "burnline.db", tmp_path / f"copy-{number}.db")
    serving.stop(server)
    sent = set().union(*(one.sent for one in crowd))
    assert [_lacks(tmp_path / f"{number}.db", sent, before) for number, before in enumerate(found)] == [0] * BACKUPS
    assert any(_lacks(tmp_path / f"copy-{number}.db", sent, before) for number, before in enumerate(copied))
    print(f"{BACKUPS} backups under load, each whole; {BACKUPS} plain copies, some not")


def _acknowledged(crowd: list[load.Writer]) -> set[Key]:
    return set().union(*(one.acknowledged.copy() for one in crowd))


def _lacks(file: Path, sent: set[Key], acknowledged: set[Key]) -> int:
    """How many acknowledged samples a copy of a database lacks; of one that is not sound, all."""
    try:
        backups.verify(file)
        verdict = load.judge(list(load.stored(f"sqlite:///{file}")), sent=sent, acknowledged=acknowledged)
    except AppError:
        return len(acknowledged)
    assert not verdict.wrong
    assert not verdict.phantom
    return len(verdict.lost)
