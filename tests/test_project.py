"""What a newcomer reads is true: commands, settings, links and file names exist."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli import cli
from app.config import Settings
from tools import check

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in check.tracked_files() if path.suffix == ".md" and "vendor" not in path.parts)


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_that_is_named_exists(page: str) -> None:
    named = set(re.findall(r"^make ([a-z]+)", text_of(page), re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    assert named
    assert named <= targets


def test_make_help_names_the_commands_of_the_readme() -> None:
    for command in ("make run", "make test"):
        assert f"#   {command} " in text_of("Makefile")


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `BURNLINE_{setting.upper()}` |" in text_of("docs/settings.md")


def test_every_setting_of_a_server_is_a_flag_that_says_what_it_is() -> None:
    told = {flag.name: flag.help for flag in get_command(cli).commands["serve"].params}  # type: ignore[attr-defined]
    assert set(told) == {field.name for field in fields(Settings)} - {"token"}  # which commands show to a server
    assert all(told.values())


def test_only_settings_that_exist_are_documented() -> None:
    known = {f"BURNLINE_{field.name.upper()}" for field in fields(Settings)}
    for page in PAGES:
        assert set(re.findall(r"\bBURNLINE_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8"))) <= known, page


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\[[^\]]*\]\(([^)#:\\\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_page_of_documentation_is_listed() -> None:
    listed = text_of("docs/README.md")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        path = page.relative_to(ROOT / "docs").as_posix()
        assert path == "README.md" or f"({path})" in listed, f"{path} is not in docs/README.md"


def test_the_changelog_has_a_place_for_the_next_release() -> None:
    assert "\n## [Unreleased]\n" in text_of("CHANGELOG.md")


def test_every_file_that_the_image_copies_exists_and_is_sent_to_the_builder() -> None:
    sent = [line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.*)$", text_of("Dockerfile"), re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists(), name
            assert any(f"{name}/".startswith(f"{each}/") for each in sent), f"{name} is left out by .dockerignore"


def test_no_file_is_long_without_a_reason() -> None:
    assert list(check.long_files(check.tracked_files())) == []


def test_the_lock_files_are_whole() -> None:
    assert list(check.stale_locks()) == []
