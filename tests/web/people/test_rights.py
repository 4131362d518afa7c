"""Every route, asked by everybody: who gets in, and who is told that they may not.

The table here is written beside the one of the program, not read from it. A route that is missing from it fails.
"""

import re
from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from app.actions import screens
from app.domain.ledger import Entry, EntryKind
from app.domain.ledger import Scope as About
from app.domain.people import Scope
from app.store import ledger, slos
from app.web import app as web
from app.web import needs
from app.web.deps import App
from app.web.screens import COOKIE
from tests import objectives
from tests.web.people.conftest import NOW_MS, Enter, Visitor

SELF = {"viewer", "editor", "stranger", "admin"}
SENDS = {"sends", "administers"}
READS = SELF | {"reads", "writes", "administers"}
WRITES = {"editor", "stranger", "admin", "writes", "administers"}
OWNS = WRITES - {"stranger"}
RULES = {"admin", "administers"}
EVERYBODY = READS | {"anonymous", "sends", "screen"}

RIGHTS = {
    "GET /healthz GET /readyz GET /static/{hash}/{name:path} GET /s/{token} GET /sign-in POST /sign-in POST /sign-out "
    "GET /sign-in/oidc GET /sign-in/oidc/callback GET /setup/{ticket} POST /setup/{ticket}": EVERYBODY,
    "GET /account POST /account/password POST /account/tokens POST /account/tokens/{token}/revocation "
    "POST /account/sessions/{number}/end": SELF,
    "POST /api/v1/write POST /v1/metrics POST /otlp/v1/metrics POST /api/v1/import/prometheus POST /api/samples": SENDS,
    "GET /metrics GET /openapi.json GET /api/docs GET /live GET /live/poll GET / GET /overview/services "
    "GET /overview/progress GET /overview/changed GET /changed GET /search GET /api/search "
    "GET /services/{service:path} GET /services/{service:path}/head GET /services/{service:path}/badge.svg "
    "GET /api/services GET /api/services/{service:path} GET /api/services/{service:path}/signals GET /api/series "
    "GET /api/changes GET /slos GET /slos/list GET /slos/proposals GET /slos/{slo} GET /slos/{slo}/head "
    "GET /slos/{slo}/badge.svg GET /slos/{slo}/spending GET /slos/{slo}/spending/list GET /slos/archived "
    "GET /slos/{slo}/body GET /slos/{slo}/burns GET /slos/{slo}/burns/replay GET /slos/{slo}/periods "
    "GET /slos/{slo}/periods/list GET /slos/{slo}/why GET /api/slos POST /api/slos/preview GET /api/slos/{slo} "
    "GET /api/slos/{slo}/alerts GET /api/slos/{slo}/budget GET /api/slos/{slo}/burn GET /api/slos/{slo}/edits "
    "GET /api/slos/{slo}/gate GET /api/slos/{slo}/ledger GET /api/slos/{slo}/periods GET /api/slos/{slo}/spending "
    "GET /api/proposals GET /api/ledger GET /api/openslo GET /wall GET /api/walls GET /status GET /status/state.json "
    "GET /status/api/v2/{name:path}.json GET /status/feed.{kind} GET /status/badge.svg "
    "GET /status/components/{component}/badge.svg GET /api/status GET /api/notices GET /api/notices/{notice} "
    "GET /settings/status GET /settings GET /troubles GET /settings/health GET /api/settings/health "
    "GET /settings/recipes": READS,
    "GET /wall/{name} GET /wall/{name}/live GET /wall/{name}/live/poll GET /wall/{name}/screen": READS | {"screen"},
    "GET /api/walls/{name}": READS,
    "POST /api/changes GET /slos/new POST /slos POST /slos/proposals/{key}/adoption "
    "POST /slos/archived/{number}/restoration POST /api/slos POST /api/proposals/{key}/adoption POST /api/ledger "
    "PUT /api/openslo PUT /api/status POST /api/notices POST /api/notices/{notice}/updates POST /settings/status "
    "POST /settings/status/services/{service:path} POST /settings/status/notices "
    "POST /settings/status/notices/{notice}/updates": WRITES,
    "GET /slos/{slo}/edit POST /slos/{slo} POST /slos/{slo}/ledger GET /slos/{slo}/archival "
    "POST /slos/{slo}/archival PUT /api/slos/{slo} DELETE /api/slos/{slo} POST /api/slos/{slo}/ledger "
    "POST /slos/{slo}/ledger/{number}/reversal POST /api/ledger/{entry}/reversal": OWNS,
    "PUT /api/demo/progress GET /settings/screens POST /settings/screens POST /settings/screens/calls "
    "POST /settings/screens/{screen}/revocation GET /api/screens POST /api/screens POST /api/screens/calls "
    "POST /api/screens/{screen}/revocation GET /settings/audit GET /api/audit GET /settings/people "
    "POST /settings/people POST /settings/people/{person} POST /settings/people/{person}/invitation "
    "GET /settings/tokens POST /settings/tokens POST /settings/tokens/{token}/revocation": RULES,
}
WHO_MAY = {name: who for names, who in RIGHTS.items() for name in re.findall(r"[A-Z]+ /\S*", names)}
OBJECTIVE = "payments-availability"
NAMED = {"slo": OBJECTIVE, "service": "payments", "name": "all", "kind": "atom"}  # every other parameter is 1
REFUSED = {"sign_in_needed", "forbidden", "token_invalid"}


def routes(app: FastAPI) -> set[str]:
    plain = [route for route in app.router.routes if type(route) is Route]
    return set(needs.names([*plain, *(route for router in web.ROUTERS for route in router.routes)]))


@pytest.fixture
def everybody(enter: Enter, burnline: App) -> dict[str, Visitor]:
    screen = enter()
    with burnline.store.writing() as db:
        asked = screens.Asked("NOC-1", "all")
        _, token = screens.create(db, asked, known=("all",), kinds=("services",), by="tests", now_ms=NOW_MS)
    screen.headers["Cookie"] = f"{COOKIE}={token}"
    enter("ada")  # the session with the number 1 is there to be ended
    return {
        "anonymous": enter(),
        "viewer": enter("vic"),
        "editor": enter("ed"),
        "stranger": enter("eve"),
        "admin": enter("ada"),
        "sends": enter("", Scope.INGEST),
        "reads": enter("", Scope.READ),
        "writes": enter("", Scope.WRITE),
        "administers": enter("", Scope.ADMIN),
        "screen": screen,
    }


def test_the_table_names_every_route_there_is_and_no_other(app: FastAPI) -> None:
    assert routes(app) - WHO_MAY.keys() == set()
    assert WHO_MAY.keys() - routes(app) == set()


def test_a_route_of_which_nobody_says_what_it_needs_stops_the_start() -> None:
    with pytest.raises(needs.Undeclared, match="GET /forgotten"):
        needs.check([Route("/forgotten", lambda _: None)])


def test_who_may_gets_in_and_who_may_not_is_told_so(everybody: dict[str, Visitor], burnline: App) -> None:
    got = {
        name: {who for who, visitor in everybody.items() if gets_in(visitor, burnline, name)}
        for name in sorted(WHO_MAY, key=lambda name: (name == "POST /sign-out", name))
    }
    wrong = {name: sorted(got[name] ^ WHO_MAY[name]) for name in WHO_MAY if got[name] != WHO_MAY[name]}
    assert wrong == {}


def gets_in(visitor: Visitor, burnline: App, name: str) -> bool:
    """Whether a request is turned away before it is looked at. What there is to be changed is there each time."""
    method, _, path = name.partition(" ")
    address = re.sub(r"\{(\w+)(:path)?\}", lambda found: NAMED.get(found[1], "1"), path)
    with burnline.store.writing() as db:
        if slos.by_slug(db, OBJECTIVE) is None:
            made = objectives.objective(objectives.failures(), slug=OBJECTIVE, service="payments")
            found = objectives.stored(db, replace(made, owner="Payments"), now_ms=NOW_MS)
            if ledger.by_id(db, 1) is None:
                ledger.add(
                    db, Entry(1, EntryKind.DEBIT, About(slo_id=found.id), 0, 0, "ada", "a game day", 0, events=1.0)
                )
    method = "HEAD" if address.endswith("/live") else method  # a stream would never end
    answer = visitor.ask(method, address, headers={"accept": "application/json"})
    if method == "HEAD":
        return answer.status_code not in (401, 403)
    form_again = "text/html" in answer.headers.get("content-type", "")
    if answer.status_code not in (401, 403) or form_again:
        assert answer.status_code < 500, answer.text
        return True
    told = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
    error = told.get("error", {"code": "forbidden"})
    return error["code"] not in REFUSED
