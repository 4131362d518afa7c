"""`burnline check`, as the operator types it: what is found, what to do, and the exit status."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.actions import checking
from app.cli import cli
from app.store import audit, migrate
from app.store.audit import Deed
from app.store.engine import open_store
from tests.databases import Databases


def check(*flags: str, **env: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["check", *flags], env=env)
    return done.exit_code, done.output


def made(folder: Path) -> str:
    url = f"sqlite:///{folder}/burnline.db"
    store = open_store(url)
    migrate.upgrade(store)
    with store.writing() as db:
        for number in range(3):
            audit.append(db, Deed("ada", "did", str(number)))
    store.close()
    return url


def test_a_sound_installation_passes_with_a_server_running_on_it(tmp_path: Path) -> None:
    store = open_store(made(tmp_path))  # claimed, as by a server
    status, said = check("--data-dir", str(tmp_path))
    store.close()
    assert status == 0, said
    assert "FAIL" not in said
    assert "WARN" not in said
    assert f"database: SQLite {'.'.join(map(str, _library()))}, schema {migrate.newest()}." in said


def _library() -> tuple[int, ...]:
    from app.store import engine

    return tuple(int(part) for part in engine.sqlite().sqlite_version.split("."))


def test_before_the_first_start_there_is_nothing_to_complain_of(tmp_path: Path) -> None:
    status, said = check("--data-dir", str(tmp_path / "new"))
    assert (status, "does not exist yet" in said) == (0, True)
    assert not (tmp_path / "new").exists()


def test_a_damaged_database_is_found(tmp_path: Path) -> None:
    made(tmp_path)
    file = tmp_path / "burnline.db"
    data = bytearray(file.read_bytes())
    data[40_960:49_152] = os.urandom(8_192)
    file.write_bytes(data)
    status, said = check("--data-dir", str(tmp_path))
    assert (status, "FAIL" in said) == (1, True)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit SET after = 'x' WHERE number = 2", "audit log: Entry 2 was altered, or one before it was taken"),
        ("ALTER TABLE services ADD COLUMN colour TEXT", "schema: The schema differs from this release's"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer Burnline (revision 9999)"),
    ],
)
def test_what_was_tampered_with_is_found(tmp_path: Path, statement: str, sentence: str) -> None:
    store = open_store(made(tmp_path))
    with store.writing() as db:
        db.execute(sa.text(statement))
    store.close()
    status, said = check("--data-dir", str(tmp_path))
    assert (status, sentence in said) == (1, True), said


def test_what_settings_name_and_cannot_be_read_is_found(tmp_path: Path) -> None:
    status, said = check("--data-dir", str(tmp_path), BURNLINE_SCRAPE_FILE=str(tmp_path / "none.yaml"))
    assert (status, "FAIL  scrape targets: No such file" in said) == (1, True), said


def test_others_who_can_reach_it_without_an_account_stop_it(tmp_path: Path) -> None:
    made(tmp_path)
    status, said = check("--data-dir", str(tmp_path), BURNLINE_HOST="0.0.0.0")
    assert (status, "burnline user create NAME --role admin" in said) == (1, True), said


def test_postgresql_that_may_lose_what_it_acknowledged_is_found(databases: Databases) -> None:
    url = databases.empty("postgresql")
    store = open_store(url)
    migrate.upgrade(store)
    store.close()
    assert check("--database-url", url)[0] == 0
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        name = str(db.exec_driver_sql("SELECT current_database()").scalar_one())
        db.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    engine.dispose()
    status, said = check("--database-url", url)
    assert (status, "synchronous_commit is off: acknowledged samples can be lost." in said) == (1, True), said


def test_the_kind_of_a_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\ntmp {tmp_path}/other tmpfs rw 0 0\n")
    assert checking.file_system(tmp_path / "data", mounts) == "nfs4"
    assert checking.file_system(Path("/"), mounts) == "ext4"
    assert checking.file_system(tmp_path, tmp_path / "none") == ""


def test_what_is_in_a_database_is_nobody_elses_on_the_machine(tmp_path: Path) -> None:
    made(tmp_path)
    assert (tmp_path / "burnline.db").stat().st_mode & 0o777 == 0o600
