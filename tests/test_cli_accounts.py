"""Commands about people and tokens, on a database that a Burnline has open and on one that nobody has."""

from pathlib import Path

import httpx2
import pytest
import typer
from typer.testing import CliRunner, Result

from app.actions import first_account
from app.cli import cli, common
from app.config import Settings
from app.domain import tokens as texts
from app.domain.errors import AppError
from app.store import tokens
from app.store.engine import open_store

PASSWORD = "correct horse battery\n"


def run(folder: Path, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, [*words, "--data-dir", str(folder)], input=typed)


def test_an_account_is_made_changed_and_closed_beside_a_running_burnline(tmp_path: Path) -> None:
    assert (
        run(tmp_path, "user", "create", "Ada", "--role", "admin", "--password-file", "-", typed=PASSWORD).exit_code == 0
    )
    running = open_store(f"sqlite:///{tmp_path / 'burnline.db'}")
    try:
        made = run(
            tmp_path,
            "user",
            "create",
            "ed",
            "--role",
            "editor",
            "--team",
            "Shop",
            "--password-file",
            "-",
            typed=PASSWORD,
        )
        assert made.exit_code == 0
        assert run(tmp_path, "user", "role", "ed", "viewer").exit_code == 0
        assert run(tmp_path, "user", "disable", "ed").exit_code == 0
        listed = run(tmp_path, "user", "list").stdout.splitlines()
        assert [line.split() for line in listed] == [["ada", "admin"], ["ed", "viewer", "shop", "disabled"]]
        refused = run(tmp_path, "user", "disable", "ada")
        assert refused.exit_code == 78
        assert "ada is the last admin" in refused.stderr
    finally:
        running.close()


def test_the_first_account_is_an_admin_s(tmp_path: Path) -> None:
    refused = run(tmp_path, "user", "create", "ada", "--password-file", "-", typed=PASSWORD)
    assert refused.exit_code == 78
    assert "The first account is an admin's" in refused.stderr


def test_a_weak_password_and_none_are_refused(tmp_path: Path) -> None:
    weak = run(tmp_path, "user", "create", "ada", "--role", "admin", "--password-file", "-", typed="password123\n")
    assert (weak.exit_code, "tried first" in weak.stderr) == (2, True)
    none = run(tmp_path, "user", "create", "ada", "--role", "admin")
    assert (none.exit_code, "--password-file" in none.stderr) == (2, True)


def test_a_token_is_printed_once_listed_without_its_secret_and_revoked(tmp_path: Path) -> None:
    made = run(
        tmp_path, "token", "create", "ci", "--scope", "ingest", "--scope", "read", "--source", "eu", "--expires", "90d"
    )
    text = texts.parse(made.stdout.strip())
    assert text is not None
    listed = run(tmp_path, "token", "list").stdout
    assert listed.split()[:4] == [text.id, "ci", "ingest,read", "eu"]
    assert text.secret not in listed
    assert run(tmp_path, "token", "revoke", text.id).exit_code == 0
    store = open_store(f"sqlite:///{tmp_path / 'burnline.db'}")
    with store.reading() as db:
        assert [one.revoked_ms is None for one in tokens.every(db)] == [False]
    store.close()


def test_a_command_that_shows_no_token_is_told_where_to_put_one(capsys: pytest.CaptureFixture[str]) -> None:
    error = {"message": "This takes signing in.", "hint": "Programs send a header."}
    with pytest.raises(typer.Exit):
        common.told(lambda: httpx2.Response(401, json={"error": error}))
    assert capsys.readouterr().err == "burnline: This takes signing in. Put a token into BURNLINE_TOKEN.\n"


@pytest.mark.parametrize(
    ("host", "more", "starts"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("localhost", {}, True),
        ("0.0.0.0", {}, False),
        ("burnline.internal", {}, False),
        ("0.0.0.0", {"open": "yes"}, True),
        ("127.0.0.1", {"public_url": "https://burnline.example.com"}, False),
        ("127.0.0.1", {"public_url": "http://localhost:8000"}, True),
    ],
)
def test_what_others_can_reach_does_not_start_without_an_account(
    tmp_path: Path, host: str, more: dict[str, str], starts: bool
) -> None:
    settings = Settings.from_environment({}, {"data_dir": str(tmp_path), "host": host, **more})
    run(tmp_path, "migrate")
    store = open_store(settings.database_url)
    try:
        if starts:
            first_account.refuse_strangers(store, settings)
        else:
            with pytest.raises(AppError) as caught:
                first_account.refuse_strangers(store, settings)
            assert "burnline user create NAME --role admin" in (caught.value.hint or "")
    finally:
        store.close()
