"""Links of wall screens: what they open, what they do not, and how they end."""

import asyncio
import hashlib
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.store import screens as stored
from app.store.engine import Store
from app.web import rights, screen_pages, screens
from app.web.deps import App
from app.web.screen_pages import Tries
from tests import loops
from tests.web.conftest import Clock
from tests.web.filled import board, migrated, store
from tests.web.test_hub import parsed

__all__ = ["board", "migrated", "store"]

HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def _nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process looks again at once, as after the two seconds it may take."""
    monkeypatch.setattr(screens, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(screen_pages, "TRIES", Tries())


@pytest.fixture
def admin(client: TestClient) -> TestClient:
    return client


@pytest.fixture
def screen(app: Any, client: TestClient) -> TestClient:
    """Another browser, which shows nothing yet."""
    return TestClient(app, base_url="http://localhost")


def made(admin: TestClient, **asked: Any) -> dict[str, Any]:
    answer = admin.post("/api/screens", json={"name": "NOC-2", **asked})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def enter(screen: TestClient, link: dict[str, Any]) -> Any:
    return screen.get(link["link"].removeprefix("http://localhost"), follow_redirects=False)


def test_a_link_leaves_the_address_bar_at_once_and_opens_its_wall(admin: TestClient, screen: TestClient) -> None:
    answer = enter(screen, made(admin, inch=75, m=8, pages=["services", "slos"]))
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall/all?inch=75&m=8&pages=services,slos")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/wall"))
    assert answer.headers["cache-control"] == "no-store"
    assert screen.get(answer.headers["location"]).status_code == 200


def test_the_token_is_256_bits_and_only_its_hash_is_stored(admin: TestClient, store: Store) -> None:
    token = made(admin)["link"].rpartition("/")[2]
    assert len(token) == 43  # 32 bytes of base64 without padding
    with store.reading() as db:
        assert list(stored.by_digest(db)) == [hashlib.sha256(token.encode()).digest()]
        dump = "".join(str(row) for row in db.exec_driver_sql("SELECT * FROM screens"))
    assert token not in dump
    assert token not in admin.get("/settings/screens").text


def test_behind_https_the_cookie_is_for_https_alone(admin: TestClient, screen: TestClient, burnline: App) -> None:
    object.__setattr__(burnline.settings, "public_url", "https://status.example.com")
    link = made(admin)["link"]
    assert link.startswith("https://status.example.com/s/")
    answer = screen.get("/s/" + link.rpartition("/")[2], follow_redirects=False)
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("path", ["/wall/payments", "/wall/payments/live/poll", "/wall/payments/screen"])
def test_a_screen_sees_its_own_wall_alone(admin: TestClient, screen: TestClient, path: str) -> None:
    enter(screen, made(admin))
    assert screen.get("/wall/all/screen").status_code == 200
    assert screen.get(path).status_code in (403, 404)


def test_a_screen_can_change_nothing(admin: TestClient, screen: TestClient) -> None:
    enter(screen, made(admin))
    for path in ("/wall/all", "/wall/all/screen", "/wall/all/live"):
        assert screen.post(path).status_code in (403, 404, 405)


def test_a_revoked_screen_says_so_with_its_name_and_no_form(admin: TestClient, screen: TestClient) -> None:
    link = made(admin)
    enter(screen, link)
    assert admin.post(f"/api/screens/{link['screen']}/revocation").json()["state"] == "revoked"
    page = screen.get("/wall/all", headers=HTML)
    assert page.status_code == 410
    assert "This screen&#39;s link was revoked. Screen: NOC-2" in page.text
    assert "<form" not in page.text
    assert 'http-equiv="refresh"' in page.text
    part = screen.get("/wall/all/screen")
    assert (part.status_code, part.json()["error"]["message"]) == (
        410,
        "This screen's link was revoked. Screen: NOC-2",
    )


def test_a_link_holds_as_long_as_its_screen_is_seen(admin: TestClient, screen: TestClient, clock: Clock) -> None:
    enter(screen, made(admin, expires="2d"))
    for _ in range(3):
        clock.move(36 * 3600)
        assert screen.get("/wall/all/screen").status_code == 200
    clock.move(49 * 3600)
    assert screen.get("/wall/all/screen").status_code == 410


@pytest.mark.parametrize(
    "token", ["short", "x" * 43, "x" * 300, "%00", "é" * 43, "A" * 43 + "="], ids=lambda token: token[:8]
)
def test_a_wrong_link_is_no_longer_valid_and_names_nobody(admin: TestClient, screen: TestClient, token: str) -> None:
    made(admin)
    answer = screen.get(f"/s/{token}", headers=HTML, follow_redirects=False)
    assert answer.status_code == 404
    assert "This link is no longer valid." in answer.text
    assert "NOC-2" not in answer.text
    assert "set-cookie" not in answer.headers


def test_who_guesses_has_to_wait(admin: TestClient, screen: TestClient) -> None:
    for n in range(10):
        assert screen.get(f"/s/{n}").status_code == 404
    answer = enter(screen, made(admin))
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_cookie_that_is_nobodys_is_nobodys(screen: TestClient, client: TestClient) -> None:
    screen.cookies.set(screens.COOKIE, "x" * 43, path="/wall")
    assert screen.get("/wall/all").status_code == 200  # without accounts everybody may
    screen.cookies.set(screens.COOKIE, "x" * 5_000, path="/wall")
    assert screen.get("/wall/all").status_code == 200


def test_an_admin_sees_when_and_as_what_a_screen_was_last_there(admin: TestClient, screen: TestClient) -> None:
    enter(screen, made(admin))
    screen.get("/wall/all/screen", headers={"Burnline-Viewport": "1920x1080", "Burnline-Shown": "1.2"})
    (row,) = admin.get("/api/screens").json()
    assert (row["seen"], row["seen_viewport"], row["seen_build"]) == ("2026-11-23T14:32:05Z", "1920x1080", "1.2")
    assert row["seen_address"]
    assert "1920x1080" in admin.get("/settings/screens").text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"wall": "nowhere"}, "wall"),
        ({"pages": ["secrets"]}, "pages"),
        ({"pages": []}, "pages"),
        ({"inch": 0}, "inch"),
        ({"m": 1000}, "m"),
        ({"expires": "soon"}, "expires"),
        ({"expires": "1s"}, "expires"),
    ],
)
def test_a_link_that_makes_no_sense_is_refused_at_its_field(
    admin: TestClient, asked: dict[str, Any], field: str
) -> None:
    answer = admin.post("/api/screens", json={"name": "NOC-2", **asked})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


def test_the_form_shows_the_link_once(admin: TestClient) -> None:
    filled = {"name": "Lobby", "wall": "all", "pages": "services", "inch": "55", "m": "10", "expires": "90d"}
    answer = admin.post("/settings/screens", data=filled)
    assert answer.status_code == 201
    found = re.search(r"http://localhost/s/[\w-]{43}", answer.text)
    assert found
    assert answer.headers["cache-control"] == "no-store"
    again = admin.get("/settings/screens").text
    assert "Lobby" in again
    assert found[0] not in again


def test_a_form_that_cannot_be_taken_comes_back_filled_in(admin: TestClient) -> None:
    answer = admin.post("/settings/screens", data={"name": "Lobby", "inch": "wide"})
    assert answer.status_code == 422
    assert 'value="Lobby"' in answer.text
    assert "inch is a number such as 55." in answer.text


def test_a_message_stands_on_every_wall_until_it_is_taken_back(admin: TestClient, clock: Clock) -> None:
    admin.post("/settings/screens/calls", data={"do": "tell", "message": "Fire drill <15:00>"})
    assert "<p>Fire drill &lt;15:00&gt;</p>" in admin.get("/wall/all/screen").text
    admin.post("/api/screens/calls", json={"message": ""})
    assert "Fire drill" not in admin.get("/wall/all/screen").text
    admin.post("/api/screens/calls", json={"message": "again"})
    clock.move(3_601)
    assert "again" not in admin.get("/wall/all/screen").text


def test_walls_are_told_to_load_anew(admin: TestClient) -> None:
    before = re.search(r'data-reload="(\d+)"', admin.get("/wall/all/screen").text)
    admin.post("/api/screens/calls", json={"reload": True})
    after = re.search(r'data-reload="(\d+)"', admin.get("/wall/all/screen").text)
    assert before
    assert after
    assert int(after[1]) > int(before[1])


def test_the_log_holds_no_token(admin: TestClient, screen: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    link = made(admin)
    enter(screen, link)
    assert link["link"].rpartition("/")[2] not in "".join(capsys.readouterr())


def test_the_stream_of_a_revoked_screen_ends(burnline: App, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "CHECK_SECONDS", 0.05)
    admin = TestClient(app, base_url="http://localhost")
    link = made(admin)
    token = link["link"].rpartition("/")[2]
    sent: list[bytes] = []

    async def play() -> None:
        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))
            if b"event: beat" in sent[-1]:
                told.set()

        gone, told = asyncio.Event(), asyncio.Event()

        async def receive() -> Any:
            await gone.wait()
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/wall/all/live",
            "raw_path": b"/wall/all/live",
            "root_path": "",
            "scheme": "http",
            "server": ("localhost", 80),
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"cookie", f"{screens.COOKIE}={token}".encode())],
        }
        task = asyncio.create_task(app(scope, receive, send))
        await asyncio.wait_for(told.wait(), 5)
        with burnline.store.writing() as db:
            stored.revoke(db, link["screen"], by="admin", now_ms=1)
        await asyncio.wait_for(task, 5)

    loops.run(play())
    assert [name for name, _, _ in parsed(b"".join(sent))][-1] == "bye"
