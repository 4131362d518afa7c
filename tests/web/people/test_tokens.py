"""Tokens, through the front door: in every header, with every scope, until they end."""

import base64
import json
import sqlite3
from pathlib import Path

import pytest

from app.actions import people as acting
from app.actions import tokens
from app.domain import tokens as texts
from app.domain.people import Scope
from app.web.deps import App
from tests.web.conftest import Clock, NullIngest
from tests.web.people.conftest import NOW_MS, Enter, Visitor, with_settings

HOUR_MS = 3_600_000
SAMPLE = json.dumps({"metric": "orders_total", "type": "counter", "value": 12, "labels": {"service": "shop"}})
JSON = {"content-type": "application/json"}


def token(burnline: App, *scopes: Scope, source: str = "", expires_ms: int | None = None, whose: str = "") -> str:
    with burnline.store.writing() as db:
        person = acting.named(db, whose) if whose else None
        asked = tokens.Asked("a program", scopes, source, expires_ms, person)
        return str(tokens.create(db, asked, by="tests", now_ms=NOW_MS)[1])


def send(visitor: Visitor, headers: dict[str, str], body: str = SAMPLE) -> int:
    return visitor.post("/api/samples", content=body, headers={**JSON, **headers}).status_code


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Authorization", "Bearer {}"),
        ("Authorization", "bearer {}"),
        ("Authorization", "Token {}"),
        ("Authorization", "Api-Token {}"),
        ("Authorization", "Basic"),
        ("X-API-Key", "{}"),
        ("Api-Key", "{}"),
        ("DD-API-KEY", "{}"),
    ],
)
def test_a_token_is_known_in_every_header_that_senders_have(burnline: App, enter: Enter, name: str, form: str) -> None:
    text = token(burnline, Scope.INGEST)
    basic = base64.b64encode(f"prometheus:{text}".encode()).decode()
    value = f"Basic {basic}" if form == "Basic" else form.format(text)
    assert send(enter(), {name: value}) == 200
    assert send(enter(), {name: value.replace(text[-1], "x" if text[-1] != "x" else "y")}) == 401


def test_without_one_each_protocol_is_told_in_its_own_words(enter: Enter) -> None:
    remote_write = enter().post("/api/v1/write", content=b"x")
    assert remote_write.status_code == 401
    assert remote_write.text.strip() == (
        "Sending samples takes a token with the scope ingest. Send it as Authorization: Bearer bl_..."
    )
    otlp = enter().post("/v1/metrics", content=b"{}", headers=JSON)
    assert (otlp.status_code, otlp.json()["code"]) == (401, 16)
    assert enter().post("/api/v1/import/prometheus", content=b"x 1").json()["error"]["code"] == "sign_in_needed"


def test_the_scope_that_is_missing_is_named(burnline: App, enter: Enter) -> None:
    reads = {"Authorization": f"Bearer {token(burnline, Scope.READ)}"}
    answer = enter().post("/api/samples", content=SAMPLE, headers={**JSON, **reads})
    assert (answer.status_code, answer.json()["error"]["message"]) == (403, "This takes a token with the scope ingest.")
    otlp = enter().post("/v1/metrics", content=b"{}", headers={**JSON, **reads})
    assert (otlp.status_code, otlp.json()["code"]) == (403, 7)


def test_it_holds_until_it_expires_or_is_revoked(burnline: App, enter: Enter, clock: Clock) -> None:
    short = {"X-API-Key": token(burnline, Scope.INGEST, expires_ms=NOW_MS + HOUR_MS)}
    long = {"X-API-Key": (text := token(burnline, Scope.INGEST))}
    assert [send(enter(), one) for one in (short, long)] == [200, 200]
    clock.move(3_600)
    assert [send(enter(), one) for one in (short, long)] == [401, 200]
    parsed = texts.parse(text)
    assert parsed is not None
    revoked = enter("ada").post(f"/settings/tokens/{parsed.id}/revocation")
    assert revoked.status_code == 303
    assert send(enter(), long) == 401


def test_what_it_sends_carries_whom_it_is_bound_to(burnline: App, enter: Enter, ingest: NullIngest) -> None:
    bound = {"X-API-Key": token(burnline, Scope.INGEST, source="shop-eu")}
    free = {"X-API-Key": token(burnline, Scope.INGEST)}
    assert [send(enter(), one) for one in (bound, free, bound)] == [200, 200, 200]
    keys = [batch.directory.key(0) for batch in ingest.batches]
    assert [key.label("sender") for key in keys] == ["shop-eu", "", "shop-eu"]
    forged = SAMPLE.replace('"service": "shop"', '"service": "shop", "sender": "bank"')
    answer = enter().post("/api/samples", content=forged, headers={**JSON, **bound})
    assert answer.status_code == 422
    assert "sender_forged" in answer.text


def test_a_person_s_own_token_may_never_do_more_than_they(burnline: App, enter: Enter) -> None:
    eve = enter("eve")
    asked = {"name": "script", "scope_admin": "1", "expires": "90d"}
    assert eve.post("/account/tokens", data=asked).status_code == 422
    own = {"Authorization": f"Bearer {token(burnline, Scope.WRITE, whose='eve')}"}
    assert enter().get("/api/slos", headers=own).status_code == 200
    assert enter().get("/account", headers=own).status_code == 403, "it has no account of its own"
    with burnline.store.writing() as db:
        acting.disable(db, acting.named(db, "eve"), by="tests", now_ms=NOW_MS)
    burnline.forget_people()
    assert enter().get("/api/slos", headers=own).status_code == 401


def test_it_is_shown_once_and_not_stored(enter: Enter, store_file: Path) -> None:
    ada = enter("ada")
    made = ada.post("/settings/tokens", data={"name": "prometheus", "scope_ingest": "1", "expires": "90d"})
    text = "bl_" + made.text.partition(">bl_")[2].partition("<")[0]
    parsed = texts.parse(text)
    assert parsed is not None
    assert made.headers["cache-control"] == "no-store"
    listed = ada.get("/settings/tokens").text
    assert parsed.id in listed
    assert parsed.secret not in listed
    with sqlite3.connect(store_file) as copied:
        assert parsed.secret not in "\n".join(copied.iterdump())


def test_its_last_use_is_known_to_the_hour(burnline: App, enter: Enter, clock: Clock) -> None:
    header = {"X-API-Key": token(burnline, Scope.INGEST)}
    assert send(enter(), header) == 200
    assert "2026-11-23 14:00" in enter("ada").get("/settings/tokens?tz=UTC").text


@pytest.mark.parametrize(
    ("opened", "sends", "reads", "badge"),
    [((), 401, 401, 401), (("ingest",), 200, 401, 401), (("read",), 401, 200, 404), (("badges",), 401, 401, 404)],
)
def test_nothing_is_there_without_one_but_what_was_switched_on(
    burnline: App, enter: Enter, clock: Clock, opened: tuple[str, ...], sends: int, reads: int, badge: int
) -> None:
    with_settings(burnline, clock, anonymous=opened)
    nobody = enter()
    assert send(nobody, {}) == sends
    assert nobody.get("/api/slos").status_code == reads
    assert nobody.get("/slos/none/badge.svg").status_code == badge
    assert nobody.post("/api/slos", json={}).status_code == 401


@pytest.mark.parametrize("text", ["", "bl_", "bl_x", "bl_" + "a" * 59, "nonsense"])
def test_what_is_no_token_is_none(text: str) -> None:
    assert texts.parse(text) is None


def test_a_token_reads_back_as_it_is_written() -> None:
    for seed in (bytes(38), bytes([255]) * 38, bytes(range(38))):
        made = texts.mint(seed)
        assert texts.parse(str(made)) == made
        assert len(str(made)) == texts.LENGTH
        assert made.secret not in repr(made)


def test_a_page_of_another_site_cannot_use_a_token_that_a_browser_remembers(burnline: App, enter: Enter) -> None:
    basic = base64.b64encode(f"any:{token(burnline, Scope.WRITE)}".encode()).decode()
    told = {"authorization": f"Basic {basic}", "content-type": "application/json"}
    foreign = enter().post("/api/changes", content=b"{}", headers={**told, "sec-fetch-site": "cross-site"})
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "cross_site")
    assert enter().post("/api/changes", content=b"{}", headers=told).status_code == 422
