"""Every address there is, asked by an admin and by nobody: headers on all answers, and no secret in any."""

import re
from pathlib import Path

from fastapi import FastAPI

from app.web.deps import App
from app.web.envelope import CONTENT_SECURITY_POLICY
from tests.web.conftest import Clock
from tests.web.people.conftest import Enter, with_settings
from tests.web.people.test_rights import NAMED, WHO_MAY

CANARY = "canary-5c1f"


def test_every_answer_carries_the_headers_and_none_a_secret(
    app: FastAPI, burnline: App, clock: Clock, enter: Enter, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    with_settings(
        burnline,
        clock,
        database_url=f"postgresql://burnline:{CANARY}@db.example.com/burnline",
        heartbeat_url=f"https://hc.example.com/{CANARY}",
        token=CANARY,
        oidc_client_secret_file=secret,
    )
    for visitor in (enter("ada"), enter()):
        for name in sorted(WHO_MAY, key=lambda one: (one == "POST /sign-out", one)):
            method, _, path = name.partition(" ")
            address = re.sub(r"\{(\w+)(:path)?\}", lambda found: NAMED.get(found[1], "1"), path)
            method = "HEAD" if address.endswith("/live") else method  # a stream would never end
            answer = visitor.ask(method, address, headers={"accept": "text/html"})
            told = answer.headers
            assert told["content-security-policy"] == CONTENT_SECURITY_POLICY, name
            assert (told["x-content-type-options"], told["x-frame-options"]) == ("nosniff", "DENY"), name
            kept = told["cache-control"]
            public = address.startswith(("/static/", "/status")) or address.endswith("badge.svg")
            assert public or kept in ("no-store", "private, no-cache"), (name, kept)
            assert CANARY not in answer.text, name
            assert CANARY not in str(told), name
