"""What `make check` says of files and locks."""

from pathlib import Path

import pytest

from tools import check, lock

PIN = "numpy==2.4.6 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with three whole lock files and one long file that has its reason."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in lock.AGREES_WITH:
        (tmp_path / f"requirements/{name}.in").write_text("numpy\n")
    for name in lock.AGREES_WITH:
        (tmp_path / f"requirements/{name}.txt").write_text(lock.digest_line(name) + PIN)
    (tmp_path / "pyproject.toml").write_text('[tool.burnline]\nlong_files = { "table.py" = "one table" }\n')
    (tmp_path / "table.py").write_text("x\n" * 301)
    return tmp_path


def faults(*names: str) -> list[str]:
    return [*check.long_files([Path(name) for name in ("table.py", *names)]), *check.stale_locks()]


@pytest.mark.usefixtures("project")
def test_a_whole_project_has_no_faults() -> None:
    assert faults() == []


def test_a_long_file_needs_a_reason(project: Path) -> None:
    (project / "page.html").write_text("x\n" * 301)
    (fault,) = faults("page.html")
    assert fault.startswith("page.html has 301 lines, more than 300")


def test_a_reason_that_is_no_longer_needed_is_a_fault(project: Path) -> None:
    (project / "table.py").write_text("x\n")
    assert faults() == ["table.py is no longer longer than 300 lines: delete its entry in pyproject.toml."]


@pytest.mark.parametrize("name", ["static/vendor/plotly.js", "app/wire/series_pb2.py", "tests/captures/page.html"])
def test_what_others_wrote_may_be_long(project: Path, name: str) -> None:
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("x\n" * 301)
    assert faults(name) == []


def test_a_lock_file_older_than_what_was_asked_for_is_a_fault(project: Path) -> None:
    (project / "requirements/run.in").write_text("numpy\norjson\n")
    assert faults() == [
        f"requirements/{name}.txt was made from another {name}.in: run make lock." for name in lock.AGREES_WITH
    ]


@pytest.mark.parametrize(
    "line", ["--index-url https://example.com/simple", "-f /wheels", "orjson @ https://example.com/orjson.whl"]
)
def test_a_lock_file_names_no_place_to_download_from(project: Path, line: str) -> None:
    with (project / "requirements/dev.txt").open("a") as file:
        file.write(f"{line}\n")
    assert f"requirements/dev.txt names a place to download from: {line}" in faults()


def test_every_pin_has_a_hash(project: Path) -> None:
    with (project / "requirements/dev.txt").open("a") as file:
        file.write("orjson==3.13.0\n")
    assert faults() == ["requirements/dev.txt pins orjson==3.13.0 without a hash."]


def test_all_lock_files_pin_the_same_versions(project: Path) -> None:
    (project / "requirements/dev.txt").write_text(lock.digest_line("dev") + PIN.replace("2.4.6", "2.4.7"))
    assert "requirements/dev.txt and run.txt pin different versions of numpy: run make lock." in faults()
