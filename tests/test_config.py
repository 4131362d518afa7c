"""Settings: what is taken, what is refused, and in which words."""

import os
from dataclasses import fields
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import config
from app.config import SettingError, Settings


def read(env: dict[str, str], **flags: str | None) -> Settings:
    return Settings.from_environment(env, flags)


def refusal(env: dict[str, str], **flags: str | None) -> str:
    with pytest.raises(SettingError) as caught:
        read(env, **flags)
    return str(caught.value)


def test_nothing_has_to_be_set() -> None:
    settings = read({"PATH": os.defpath})
    assert settings.database_url == "sqlite:///data/burnline.db"
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, None)
    assert settings.raw_retention == timedelta(days=15)
    assert settings.log_format == "auto"


def test_the_database_is_a_file_in_the_data_folder_unless_it_is_said() -> None:
    assert read({"BURNLINE_DATA_DIR": "/srv/burnline"}).database_url == "sqlite:////srv/burnline/burnline.db"


def test_a_flag_wins_over_a_variable_and_one_that_was_not_given_does_not() -> None:
    env = {"BURNLINE_PORT": "9000", "BURNLINE_HOST": "::1"}
    settings = read(env, port="9001", host=None)
    assert (settings.host, settings.port) == ("::1", 9001)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read({"BURNLINE_PORT": ""}).port == 8000


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("host", "0.0.0.0", "0.0.0.0"),
        ("host", "burnline.internal", "burnline.internal"),
        ("port", "0", 0),
        ("public_url", "https://burnline.example.com/", "https://burnline.example.com"),
        ("raw_retention", "36h", timedelta(hours=36)),
        ("minute_retention", "7w", timedelta(weeks=7)),
        ("scrape_file", "scrape.yaml", Path("scrape.yaml")),
        ("allow_private_targets", "10.0.0.0/8, fd00::/8", (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))),
        ("log_format", "json", "json"),
        ("database_url", "sqlite:////var/lib/burnline.db", "sqlite:////var/lib/burnline.db"),
        ("database_url", "postgres://me:pw@db/burnline", "postgresql+psycopg://me:pw@db/burnline"),
        ("database_url", "postgresql:///burnline?host=/run", "postgresql+psycopg:///burnline?host=/run"),
    ],
)
def test_a_setting_is_taken(name: str, text: str, value: object) -> None:
    assert getattr(read({f"BURNLINE_{name.upper()}": text}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("host", "127.0.0.1:8000"),
        ("host", "http://burnline"),
        ("host", "a b"),
        ("port", "80a"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "٨٠"),
        ("public_url", "burnline.example.com"),
        ("public_url", "ftp://burnline.example.com"),
        ("public_url", "https://me@burnline.example.com"),
        ("public_url", "https://burnline.example.com:port"),
        ("raw_retention", "15"),
        ("raw_retention", "0d"),
        ("raw_retention", "-1d"),
        ("raw_retention", "1.5d"),
        ("raw_retention", "15 days"),
        ("raw_retention", "99999d"),
        ("allow_private_targets", "10.0.0.1/8"),
        ("allow_private_targets", "internal"),
        ("log_format", "yaml"),
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "burnline.db"),
        ("database_url", "mysql://me@db/burnline"),
        ("database_url", "postgresql://me@db"),
        ("database_url", "postgresql://me@db:port/burnline"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_with_an_example(name: str, text: str) -> None:
    sentence = refusal({f"BURNLINE_{name.upper()}": text})
    assert sentence.startswith(f"BURNLINE_{name.upper()} is ")
    assert f"for example BURNLINE_{name.upper()}=" in sentence


def test_a_refused_flag_is_named_as_a_flag() -> None:
    assert refusal({}, raw_retention="soon") == (
        "--raw-retention is 'soon', but must be a whole number and one of s, m, h, d, w, from 1s to 3660d; "
        "for example --raw-retention 15d."
    )


def test_a_variable_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    sentence = refusal({"BURNLINE_DATABSE_URL": "sqlite:///b.db"})
    assert sentence.startswith(
        "BURNLINE_DATABSE_URL is not a setting of Burnline; the nearest is BURNLINE_DATABASE_URL"
    )


@pytest.mark.parametrize(
    "url", ["mysql://me:hunter2@db/b", "postgresql://me:hun/ter2@db", "mysql://db/b?user=me&password=hunter2&x=1"]
)
def test_a_password_is_in_no_refusal(url: str) -> None:
    assert "ter2" not in refusal({"BURNLINE_DATABASE_URL": url})


def test_a_password_is_not_in_the_printed_settings() -> None:
    assert "hunter2" not in repr(read({"BURNLINE_DATABASE_URL": "postgresql://me:hunter2@db/burnline"}))


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        (
            {"BURNLINE_RAW_RETENTION": "60d"},
            "BURNLINE_MINUTE_RETENTION is 35d, which is shorter than the 60d of BURNLINE_RAW_RETENTION: ",
        ),
        (
            {"BURNLINE_HOUR_RETENTION": "36h"},
            "BURNLINE_HOUR_RETENTION is 36h, which is shorter than the 35d of BURNLINE_MINUTE_RETENTION: ",
        ),
    ],
)
def test_coarser_data_is_kept_at_least_as_long_as_finer(env: dict[str, str], sentence: str) -> None:
    assert refusal(env).startswith(sentence)


@given(st.integers(min_value=1, max_value=3660 * 86_400))
def test_every_duration_reads_back_as_it_is_written(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert config.parse_duration(config.duration_text(duration)) == duration


@given(st.dictionaries(st.sampled_from([f"BURNLINE_{field.name.upper()}" for field in fields(Settings)]), st.text()))
def test_whatever_is_set_is_taken_or_refused_in_a_sentence(env: dict[str, str]) -> None:
    try:
        read(env)
    except SettingError as error:
        assert str(error).endswith(".")  # noqa: PT017 - both outcomes are allowed


def test_assets_are_found_in_a_checkout() -> None:
    assert (config.asset("migrations") / "env.py").is_file()
