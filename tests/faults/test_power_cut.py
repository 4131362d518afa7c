"""The power goes: what was written and not synced is gone, what was acknowledged is not."""

import random
import shutil
import signal
from pathlib import Path

from tests.faults import load, serving
from tests.faults.load import FACTOR, Verdict
from tests.faults.shim import shim as shim  # noqa: PLC0414  # a fixture

CUTS = 4 * FACTOR


def cut(folder: Path, shim: Path, crowd: list[load.Writer], port: int, *, requests: int, forgets: str = "") -> None:
    """Serve from `folder`, cut the power, and leave in `folder` what was synced."""
    durable = folder.with_name("durable")
    shutil.copytree(folder, durable, dirs_exist_ok=True)
    power = {"LD_PRELOAD": str(shim), "POWER_FROM": str(folder), "POWER_TO": str(durable), "POWER_FORGETS": forgets}
    server = serving.start(folder, port, **power)
    with load.writing(crowd, f"http://127.0.0.1:{port}"):
        load.wait_for(crowd, requests)
        server.send_signal(signal.SIGKILL)
        server.wait()
    shutil.rmtree(folder)
    durable.rename(folder)


def test_what_was_acknowledged_survives_power_cuts(tmp_path: Path, shim: Path, free_port: int) -> None:
    chance, crowd, folder = random.Random(3), load.writers(), tmp_path / "data"
    folder.mkdir()
    for _ in range(CUTS):
        cut(folder, shim, crowd, free_port, requests=chance.randint(5, 150))
    assert load.verdict(crowd, f"sqlite:///{folder}/burnline.db") == Verdict()
    acknowledged = sum(len(one.acknowledged) for one in crowd)
    assert acknowledged > CUTS * 5 * load.SERIES_A_WRITER - 1
    print(f"{CUTS} power cuts, {acknowledged} samples acknowledged, 0 lost, 0 doubled")


def test_a_log_that_is_not_synced_loses_samples_and_the_judge_sees_it(
    tmp_path: Path, shim: Path, free_port: int
) -> None:
    """What `synchronous=NORMAL` would do: the write-ahead log is not on the disk when the answer goes out."""
    crowd, folder = load.writers(), tmp_path / "data"
    folder.mkdir()
    serving.stop(serving.start(folder, free_port))  # the schema is there
    cut(folder, shim, crowd, free_port, requests=20, forgets="-wal")
    assert load.verdict(crowd, f"sqlite:///{folder}/burnline.db").lost
