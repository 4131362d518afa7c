"""Many at once, of every role: each answer belongs to who asked."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

from app.domain.people import Scope
from tests.web.people.conftest import Enter

AT_ONCE = 64
REQUESTS = 192


def test_64_at_once_of_every_role_are_answered_as_themselves(enter: Enter) -> None:
    sample = {"samples": [{"metric": "up", "value": 1}]}
    asked = {
        "anonymous": (enter(), 401, 401, 401),
        "vic": (enter("vic"), 200, 403, 403),
        "ed": (enter("ed"), 200, 403, 403),
        "eve": (enter("eve"), 200, 403, 403),
        "ada": (enter("ada"), 200, 200, 403),
        "reads": (enter("", Scope.READ), 403, 403, 403),
        "sends": (enter("", Scope.INGEST), 403, 403, 200),
        "administers": (enter("", Scope.ADMIN), 403, 200, 200),
    }

    def ask(name: str) -> tuple[str, int, int, int, bool]:
        visitor, *_ = asked[name]
        own = {"accept": "text/html", **visitor.headers}
        account = visitor.client.get("/account", headers=own, follow_redirects=False)
        people = visitor.client.get("/api/audit", headers=visitor.headers)
        sent = visitor.client.post("/api/samples", json=sample, headers=visitor.headers)
        signed_in = [one for one in ("vic", "ed", "eve", "ada") if f">{one}<" in account.text]
        status = 401 if account.status_code == 303 else account.status_code
        return name, status, people.status_code, sent.status_code, signed_in == ([name] if status == 200 else [])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, islice(cycle(asked), REQUESTS)))
    assert set(answers) == {(name, *expected, True) for name, (_, *expected) in asked.items()}
