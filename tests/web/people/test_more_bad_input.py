"""Bad input that is about names, questions, cookies and bodies: exact, or at least never a fault of ours."""

import re
from dataclasses import replace
from html import unescape

import pytest

from app.domain import passwords
from app.domain.board import Board
from app.domain.errors import Invalid
from app.domain.people import Scope
from app.store import slos
from app.web.deps import App
from tests import objectives
from tests.reports import cast
from tests.web.conftest import Clock
from tests.web.people.conftest import NOW_MS, Enter

HTML = {"accept": "text/html"}
JSON = {"content-type": "application/json"}
OBJECTIVE = "payments-availability"


@pytest.fixture
def board(clock: Clock) -> Board:
    return cast.board(now_ms=int(clock().timestamp() * 1000))


@pytest.fixture(autouse=True)
def objective(burnline: App) -> None:
    with burnline.store.writing() as db:
        if slos.by_slug(db, OBJECTIVE) is None:
            made = objectives.objective(objectives.failures(), slug=OBJECTIVE, service="payments")
            objectives.stored(db, replace(made, owner="payments"), now_ms=NOW_MS)


def test_a_token_that_cannot_be_one_is_nobody_s(enter: Enter) -> None:
    for shown in ("bl_", "bl_" + "x" * 10_000, "bl_\xff\xfe", "bl_a b c", "Basic", "", " "):
        answer = enter().get("/api/slos", headers={"authorization": f"Bearer {shown}".encode("latin-1")})
        assert (answer.status_code, "www-authenticate" in answer.headers) == (401, True), shown[:20]
        assert len(answer.text) < 600


NO_JSON = {
    "unfinished": b"{",
    "a hundred thousand brackets": b"[" * 100_000,
    "not a number": b'{"samples":[{"metric":"up","value":NaN}]}',
    "infinity": b'{"samples":[{"metric":"up","value":Infinity}]}',
    "beyond all numbers": b'{"samples":[{"metric":"up","value":1e999}]}',
    "five thousand digits": b'{"samples":[{"metric":"up","value":' + b"9" * 5000 + b"e999}]}",
    "a lone surrogate": b'{"samples":[{"metric":"\\ud800","value":1}]}',
    "UTF-16": '{"samples":[]}'.encode("utf-16"),
    "UTF-32": '{"samples":[]}'.encode("utf-32"),
}


def test_samples_that_are_no_json_are_400(enter: Enter) -> None:
    sender = enter("", Scope.INGEST)
    for name, body in NO_JSON.items():
        answer = sender.post("/api/samples", content=body, headers=JSON)
        code = "json_depth" if "brackets" in name else "json_invalid"
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), name


def test_a_number_of_more_than_64_bits_is_no_fault_of_ours(enter: Enter) -> None:
    for number in (2**63, 2**64, -(2**63) - 1, 10**40):
        _send(enter, number)


def _send(enter: Enter, number: int) -> None:
    sent = {"samples": [{"metric": "up", "value": 1, "time": number}, {"metric": "up", "value": number}]}
    assert enter("", Scope.INGEST).post("/api/samples", json=sent).status_code in (200, 400, 422)
    ada = enter("ada")
    for method, address in (
        ("GET", f"/api/notices/{number}"),
        ("POST", f"/api/ledger/{number}/reversal"),
        ("POST", f"/settings/tokens/{number}/revocation"),
        ("POST", f"/account/sessions/{number}/end"),
        ("POST", f"/slos/archived/{number}/restoration"),
        ("POST", f"/settings/people/{number}"),
        ("POST", f"/api/screens/{number}/revocation"),
        ("GET", f"/settings/people?person={number}"),
        ("POST", f"/settings/status/notices/{number}/updates"),
        ("POST", f"/slos/payments-availability/ledger/{number}/reversal"),
    ):
        assert ada.ask(method, address, json={} if "api" in address else None).status_code in (400, 404, 422), address


def test_a_nul_is_refused_in_every_text(enter: Enter) -> None:
    told = {"service": "payments", "version": "v1", "title": "a\0b", "link": "", "time": NOW_MS // 1000}
    for field in ("service", "version", "title", "link"):
        answer = enter("ada").post("/api/changes", json={**told, "title": "a", field: "a\0b"})
        assert answer.status_code in (400, 404, 422), (field, answer.text)


ODD_NAMES = ["0", "-1", str(2**63), "abc", "1;DROP TABLE slos", "%00", "a" * 7000, "%ff%fe", "'", "..%2f..", "{{7*7}}"]


NAMED = ["/api/slos/{}", "/api/slos/{}/budget", "/api/services/{}", "/services/{}", "/slos/{}", "/wall/{}"]
NAMED += ["/api/walls/{}", "/api/notices/{}", "/api/slos/{}/ledger", "/status/components/{}/badge.svg", "/setup/{}"]


def test_an_odd_name_is_not_found(enter: Enter) -> None:
    ada = enter("ada")
    for address in (address.format(name) for address in NAMED for name in ODD_NAMES):
        answer = ada.get(address)
        assert answer.status_code in (400, 401, 404, 410, 422), (address, answer.text)
        assert "sql" not in answer.text.lower()


def test_what_is_another_team_s_is_read_by_all_and_changed_by_none(enter: Enter) -> None:
    eve = enter("eve")
    assert eve.get(f"/api/slos/{OBJECTIVE}").status_code == 200
    assert eve.ask("DELETE", f"/api/slos/{OBJECTIVE}").status_code == 403
    assert enter("ed").get(f"/api/slos/{OBJECTIVE}").status_code == 200
    assert eve.ask("DELETE", "/api/slos/nothing").status_code == 404


def test_an_order_that_is_not_offered_means_nothing(enter: Enter) -> None:
    ada = enter("ada")
    plain = ada.get("/api/services").json()
    for query in ("sort=password", "fields=__class__", "order=asc;--", "limit=1000000000", "page=-1"):
        assert ada.get(f"/api/services?{query}").json() == plain


def test_what_is_searched_for_is_meant_as_it_is_written(enter: Enter) -> None:
    ada = enter("ada")
    for text in ("%", "_", "\\", "'", "' OR 1=1 --", "\U0001f525", "(a+)+$", "a" * 100):
        found = ada.get("/api/search", params={"q": text}).json()
        assert [one for one in found if one["kind"] == "service" and text not in one["name"] + one["detail"]] == []


def test_a_name_that_cannot_be_one_is_refused_at_its_field(enter: Enter) -> None:
    ratio = {"kind": "ratio", "fields": {"bad": 'requests_total{code="500"}', "total": "requests_total"}}
    for text in ("", " ", "\t\n", "a" * 10_000):
        asked = {"name": text, "slo": "", "service": "payments", "target": "99.9 %", "indicator": ratio}
        answer = enter("ada").post("/api/slos?unseen=true", json=asked)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "name"), answer.text


def test_what_htmx_says_of_itself_decides_nothing(enter: Enter) -> None:
    said = {"hx-target": "<img src=x onerror=alert(1)>", "hx-current-url": "https://evil.example/", "hx-trigger": '"><'}
    answer = enter("ada").get("/slos", headers={**HTML, **said})
    assert answer.status_code == 200
    assert "evil.example" not in answer.text
    assert "onerror" not in answer.text


ELSEWHERE = [
    *("//evil", "///evil", "////evil", "/\\evil", "\\\\evil", "\\/evil", "https:evil", "https://evil", "http:evil"),
    *("https:/evil", "javascript:alert(1)", "data:text/html,x", "\t//evil", "/\t/evil", "/%09/evil", "/\n/evil"),
    *("/%0a/evil", "%2f%2fevil", "/%2fevil", "/%5cevil", "%5c%5cevil", "/a\r\nLocation:evil", "/a%0d%0aSet-Cookie:x"),
    *(" //evil", "//evil@us", "//localhost@evil", "evil", "evil.example/", ".//evil", "..//evil"),
    *("/./\\evil", "\x00//evil", "//[::1]", "//127.1", "?next=//evil", "#//evil", "\u3002evil", "／／evil"),
]


def test_no_spelling_of_elsewhere_is_gone_to(enter: Enter) -> None:
    kept = {}
    for goal in ELSEWHERE:
        page = enter().get("/sign-in", params={"next": goal}, headers=HTML).text
        fields = re.findall(r'<input[^>]*name="next"[^>]*>', page)
        kept[goal] = [unescape(value) for field in fields for value in re.findall(r'value="([^"]*)"', field)]
    assert {goal: found for goal, found in kept.items() if not set(found) <= {"", "/"}} == {}


def test_an_answer_that_is_not_offered_comes_as_json(enter: Enter) -> None:
    ada = enter("ada")
    for accepted in ("application/xml", "text/html", "image/*;q=0.1", "", ";;;"):
        for address, status in (("/api/slos", 200), ("/api/slos/nothing", 404)):
            answer = ada.get(address, headers={"accept": accepted})
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")


def test_a_session_that_is_none_is_nobody(enter: Enter) -> None:
    for cookie in ("burnline=garbage", "burnline=" + "x" * 8000, "burnline=", "burnline=a; burnline=b", ";;=", "\xff"):
        answer = enter().get("/api/slos", headers={"cookie": cookie.encode("latin-1")})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "sign_in_needed"), cookie[:40]


NO_PASSWORDS = ["", "x", "a" * 2**20, "long enough but\0not", "password"]


@pytest.mark.parametrize("text", NO_PASSWORDS, ids=range(len(NO_PASSWORDS)))
def test_a_password_that_is_none_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check(text, name="ada")
    assert refused.value.field
    assert len(str(refused.value)) < 200


def test_an_event_id_that_is_none_is_nothing_known(enter: Enter) -> None:
    ada = enter("ada")
    nothing = ada.get("/live/poll?since=").json().keys()
    for since in ("garbage", "x" * 7000, "-1", "9" * 30, "a-999999999", "%00", "%0d%0aevent: x"):
        assert ada.get(f"/live/poll?since={since}").json().keys() == nothing


def test_odd_questions_to_the_status_page_change_nothing(enter: Enter) -> None:
    ada = enter("ada")
    for query in ("lang=xx", "theme=%3Cscript%3E", "callback=alert", "q=" + "x" * 5000, "%00=%ff"):
        answer = ada.get(f"/status?{query}", headers=HTML)
        assert answer.status_code in (200, 422)
        assert "alert(" not in answer.text
        assert "<script>" not in answer.text
