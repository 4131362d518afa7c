"""An editor tells the public of services of their own teams, or of nobody's, and chooses how those are shown."""

import pytest

from app.domain.people import Scope
from app.store import services
from app.store.services import Described
from app.web.deps import App
from tests import objectives
from tests.web.people.conftest import NOW_MS, Enter

INCIDENT = {"kind": "incident", "title": "Payments fail", "services": ["payments"]}
FORM = {"kind": "incident", "title": "Payments fail", "service payments": "1"}
SHOWN = {"service": "payments", "shown": False, "name": "", "group": "", "description": "", "position": 0}
CHANGES = [
    ("POST", "/api/notices", {"json": INCIDENT}),
    ("POST", "/api/notices/1/updates", {"json": {"phase": "identified", "text": "Found."}}),
    ("PUT", "/api/status", {"json": {"services": [SHOWN]}}),
    ("POST", "/settings/status/notices", {"data": FORM}),
    ("POST", "/settings/status/notices/1/updates", {"data": {"phase": "identified", "text": "Found."}}),
    ("POST", "/settings/status/services/payments", {"data": {"name": "Pay"}}),
]


@pytest.fixture(autouse=True)
def payments_belongs_to_its_team(burnline: App, enter: Enter) -> None:
    with burnline.store.writing() as db:
        made = objectives.stored(db, objectives.objective(objectives.failures(), service="payments"), now_ms=NOW_MS)
        services.describe(db, made.service_id, Described(labels={"team": ("payments",)}))
    assert enter("", Scope.WRITE).post("/api/notices", json=INCIDENT).status_code == 201


@pytest.mark.parametrize(("method", "address", "body"), CHANGES)
def test_another_team_s_editor_may_not(
    enter: Enter, method: str, address: str, body: dict[str, dict[str, str]]
) -> None:
    assert enter("eve").ask(method, address, **body).status_code == 403
    assert enter("ed").ask(method, address, **body).status_code not in (401, 403, 500)


def test_what_stays_as_it_is_may_be_said_again_beside_what_is_one_s_own(enter: Enter) -> None:
    told = enter("eve").get("/api/status").json()
    assert enter("eve").ask("PUT", "/api/status", json=told).status_code == 200
