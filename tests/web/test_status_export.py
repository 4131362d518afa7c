"""Copies of the status page: whole, readable without anybody, and told into while nobody answers."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from app.actions import status_export as copies
from app.domain.errors import Missing, Unavailable
from app.domain.notices import Impact, Phase
from app.domain.slo_board import SloBoard
from app.domain.status import Level
from app.domain.status_pending import Pending
from app.reports.status_keeper import Keeper
from app.store import audit, notices
from app.store.engine import Connection, Store
from app.web import status_export
from app.web.status_export import Exporter
from tests import statuses
from tests.statuses import NOW_MS, measured, minutes
from tests.web.filled import migrated, store

__all__ = ["migrated", "store"]

DEAD = "http://127.0.0.1:9"  # the port of discard, where nobody listens


@pytest.fixture
def board(store: Store) -> SloBoard:
    with store.writing() as db:
        measured(db, "payments", minutes())
        measured(db, "search", minutes())
    with store.reading() as db:
        return statuses.board(db)


@pytest.fixture
def exporter(store: Store, board: SloBoard, tmp_path: Path) -> Exporter:
    return Exporter(store, Keeper(store, board), tmp_path / "copy", base="https://status.example.com")


@pytest.fixture
def folder(exporter: Exporter, tmp_path: Path) -> Path:
    """A copy of a page on which all is well."""
    assert exporter.export(now_ms=NOW_MS)
    return tmp_path / "copy"


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_is_whole_and_names_nothing_outside_of_it(folder: Path) -> None:
    documents = ("summary", "status", "components", "incidents", "scheduled-maintenances")
    assert names(folder) >= {
        *("index.html", "state.json", "feed.rss", "feed.atom", "badge.svg"),
        *("tokens.css", "status.css", "status.js", "icon.svg"),
        *(f"api/v2/{name}.json" for name in documents),
    }
    page = (folder / "index.html").read_text()
    assert "All services are operational" in page
    assert 'href="/' not in page
    assert 'src="/' not in page
    assert "://" not in page
    assert "2026-11-23 14:31</time> UTC, a copy" in page
    for name in ("tokens.css", "status.css", "status.js", "icon.svg", "feed.atom", "feed.rss", "badge.svg"):
        assert f'"{name}"' in page
        assert (folder / name).is_file()
    assert sum((folder / name).stat().st_size for name in names(folder)) < 200_000


def test_nothing_is_written_while_nothing_can_be_read(
    exporter: Exporter, folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: (folder / name).read_bytes() for name in names(folder)}

    def dead() -> Connection:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(store, "reading", dead)
    assert not exporter.export(now_ms=NOW_MS + 60_000)
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies.write(tmp_path, {"index.html": b"old", "a.json": b"old"})

    def full(descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        copies.write(tmp_path, {"index.html": b"new and longer", "a.json": b"new"})
    assert (tmp_path / "index.html").read_bytes() == b"old"
    assert (tmp_path / "a.json").read_bytes() == b"old"


def test_badges_of_components_that_are_gone_go_too(tmp_path: Path) -> None:
    copies.write(tmp_path, {"index.html": b"", "components/1/badge.svg": b"", "components/2/badge.svg": b""})
    copies.write(tmp_path, {"index.html": b"", "components/2/badge.svg": b""})
    assert names(tmp_path) == {"index.html", "components/2/badge.svg"}


def run(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(cli.cli, ["status", *words])
    return found.exit_code, found.output


def test_an_incident_is_told_in_the_copy_while_nobody_answers(folder: Path) -> None:
    told = ("--impact", "critical", "--service", "PAYMENTS", "--text", "We look.", "--next-minutes", "30")
    code, said = run("post", "Nobody can pay", *told, "--export", str(folder), "--url", DEAD)
    assert code == 0, said
    assert "is handed in when somebody does" in said
    page = (folder / "index.html").read_text()
    assert "<h1 data-text>Nobody can pay</h1>" in page
    assert "We look." in page
    found = json.loads((folder / "api/v2/summary.json").read_text())
    assert found["status"] == {"indicator": "critical", "description": "Nobody can pay"}
    states = {one["name"]: one["status"] for one in found["components"] if not one["group"]}
    assert states == {"Payments": "major_outage", "Search": "unknown"}  # of the other one nobody can tell

    number = found["incidents"][0]["id"]
    code, said = run(
        "post", "--notice", number, "--phase", "resolved", "--text", "Over.", "--export", str(folder), "--url", DEAD
    )
    assert code == 0, said
    assert json.loads((folder / "api/v2/summary.json").read_text())["incidents"] == []
    assert "Over." in (folder / "index.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x", "--service", "nobody"), "The copy has no service named nobody; it has Payments, Search."),
        (("--notice", "77", "--phase", "resolved"), "There is no notice 77"),
    ],
)
def test_what_cannot_be_told_leaves_the_copy_as_it_was(folder: Path, words: tuple[str, ...], said: str) -> None:
    before = {name: (folder / name).read_bytes() for name in names(folder)}
    code, output = run("post", *words, "--export", str(folder), "--url", DEAD)
    assert code != 0
    assert said in output
    assert {name: (folder / name).read_bytes() for name in names(folder)} == before


def test_without_a_copy_and_without_an_answer_it_says_what_to_do(tmp_path: Path) -> None:
    code, said = run("post", "x", "--url", DEAD)
    assert code == 2
    assert "With --export DIR it can be told in a copy." in said
    code, said = run("post", "x", "--export", str(tmp_path / "none"), "--url", DEAD)
    assert code != 0
    assert "burnline status export" in said
    assert run("post")[0] == 2
    assert run("export", str(tmp_path / "none"), "--url", DEAD)[0] == 2


def pending(key: str, **changed: object) -> Pending:
    values = {
        "key": key,
        "notice": "",
        "title": "Nobody can pay",
        "impact": Impact.CRITICAL,
        "components": (),
        "phase": Phase.INVESTIGATING,
        "text": "We look.",
        "at_ms": NOW_MS - 60_000,
        "next_ms": None,
    }
    return Pending(**{**values, **changed})  # type: ignore[arg-type]


def test_what_was_told_meanwhile_is_handed_in_once(exporter: Exporter, folder: Path, store: Store) -> None:
    number = json.loads((folder / "api/v2/components.json").read_text())["components"][1]["id"]
    first = pending("k1", components=(number,))
    copies.add_pending(folder, first)
    copies.add_pending(folder, pending("k2", notice="k1", phase=Phase.RESOLVED, text="Over.", at_ms=NOW_MS - 30_000))
    assert exporter.export(now_ms=NOW_MS + 1_000)
    copies.add_pending(folder, first)
    assert exporter.export(now_ms=NOW_MS + 2_000)
    assert copies.pending(folder) == []
    with store.reading() as db:
        (found,) = notices.every(db, most=9)
        assert "the status page's copy" in {one.by for one in audit.newest(db)}
        assert "" not in {one.by for one in audit.newest(db)}
    assert (found.title, found.services) == ("Nobody can pay", ("payments",))
    assert [said.text for said in found.updates] == ["We look.", "Over."]
    assert "Over." in (folder / "index.html").read_text()


def test_what_can_never_be_taken_keeps_nothing_else_waiting(exporter: Exporter, folder: Path, store: Store) -> None:
    copies.add_pending(folder, pending("k1", notice="77", at_ms=NOW_MS - 90_000))
    copies.add_pending(folder, pending("k2"))
    (folder / "pending" / "k3.json").write_text("{")
    assert exporter.export(now_ms=NOW_MS + 1_000)
    with store.reading() as db:
        assert [one.key for one in notices.every(db, most=9)] == ["k2"]


def test_a_copy_s_page_comes_back_as_it_was_written(folder: Path) -> None:
    page = copies.state(folder)
    assert page.level is Level.OPERATIONAL
    assert page.as_of_ms == statuses.UNTIL * 60_000
    with pytest.raises(Missing):
        copies.state(folder / "nowhere")
    status_export.copy(folder, page, base="")
    assert copies.state(folder) == page
