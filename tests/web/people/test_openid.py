"""Signing in at an OpenID provider, and behind a proxy: whom they mean, and what proves nothing."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from app.actions import people as acting
from app.store import people
from app.web.deps import App
from tests.web.conftest import Clock
from tests.web.people.conftest import NOW_MS, Enter, Visitor, with_settings
from tests.web.people.provider import CLIENT, SECRET, Provider


@pytest.fixture
def provider(tmp_path: Path, burnline: App, clock: Clock) -> Iterator[Provider]:
    made = Provider(now=NOW_MS // 1000)
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    with_settings(
        burnline,
        clock,
        public_url="http://localhost",
        oidc_issuer=made.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=file,
        allow_private_targets=(ip_network("127.0.0.0/8"),),
    )
    yield made
    made.close()


def come_back(enter: Enter, provider: Provider, **changed: str) -> Response:
    """All the way to the provider and back."""
    left = enter().get("/sign-in/oidc?next=/slos")
    held = left.headers["set-cookie"].partition(";")[0]
    back = {**provider.authorize(left.headers["location"]), **changed}
    return enter().get("/sign-in/oidc/callback", params=back, headers={"Cookie": held})


def test_who_comes_for_the_first_time_gets_an_account_and_later_the_same(enter: Enter, provider: Provider) -> None:
    answer = come_back(enter, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/slos")
    session = answer.headers["set-cookie"].partition(";")[0]
    account = Visitor(enter().client, {"Cookie": session}).get("/account")
    assert "jane.doe" in account.text
    assert "viewer" in account.text
    provider.claims = {"preferred_username": "jane.smith"}
    again = come_back(enter, provider).headers["set-cookie"].partition(";")[0]
    assert "jane.doe" in Visitor(enter().client, {"Cookie": again}).get("/account").text


def test_a_name_that_somebody_has_joins_nobody_to_their_account(
    enter: Enter, provider: Provider, burnline: App
) -> None:
    provider.claims = {"preferred_username": "ada", "email": "ada@example.com"}
    come_back(enter, provider)
    with burnline.store.reading() as db:
        made = people.by_name(db, "ada-2")
        assert made is not None
        assert made.role == "viewer"


def test_groups_give_roles_and_teams_and_take_them_back(
    enter: Enter, provider: Provider, burnline: App, clock: Clock
) -> None:
    with_settings(
        burnline, clock, group_roles=(("sre", "admin"), ("dev", "editor")), group_teams=(("dev", "Payments"),)
    )
    for groups, role, teams in (
        (["dev", "sre"], "admin", ("payments",)),
        (["dev"], "editor", ("payments",)),
        ([], "viewer", ()),
    ):
        provider.claims = {"groups": groups}
        assert come_back(enter, provider).status_code == 303
        with burnline.store.reading() as db:
            found = acting.named(db, "jane.doe")
            assert (found.role, found.teams) == (role, teams)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"iss": "https://elsewhere.example.com"},
        {"exp": NOW_MS // 1000 - 120},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"azp": "another"},
    ],
    ids=str,
)
def test_a_token_that_does_not_fit_proves_nothing(enter: Enter, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims = claims
    answer = come_back(enter, provider)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "login_failed")


def test_a_token_that_nobody_signed_proves_nothing(enter: Enter, provider: Provider) -> None:
    provider.algorithm = "none"
    assert come_back(enter, provider).status_code == 400


def test_a_state_is_good_once_and_in_one_browser(enter: Enter, provider: Provider) -> None:
    left, other = enter().get("/sign-in/oidc"), enter().get("/sign-in/oidc")
    back = provider.authorize(left.headers["location"])
    here, elsewhere = (one.headers["set-cookie"].partition(";")[0] for one in (left, other))
    asked = [
        enter().get("/sign-in/oidc/callback", params=back, headers={"Cookie": one}) for one in (elsewhere, here, here)
    ]
    assert [one.status_code for one in asked] == [400, 303, 400]
    assert come_back(enter, provider, state="made-up").status_code == 400
    assert come_back(enter, provider, error="access_denied").status_code == 400


def test_a_provider_that_calls_itself_otherwise_is_not_believed(enter: Enter, provider: Provider) -> None:
    provider.issuer_says = "https://elsewhere.example.com"
    assert enter().get("/sign-in/oidc").status_code == 503


def test_a_header_names_somebody_only_when_a_trusted_proxy_sets_it(
    enter: Enter, burnline: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = {"X-Forwarded-User": "grace", "X-Groups": "sre"}
    named = {
        "proxy_user_header": "x-forwarded-user",
        "proxy_groups_header": "x-groups",
        "group_roles": (("sre", "editor"),),
    }
    with_settings(burnline, clock, trusted_proxies=(ip_network("10.0.0.0/8"),), **named)
    assert enter().get("/account", headers=header).status_code == 401
    enter().client._transport.client = ("10.1.2.3", 5000)  # type: ignore[attr-defined]
    account = enter().get("/account", headers=header)
    assert account.status_code == 200
    assert "grace" in account.text
    assert "editor" in account.text
