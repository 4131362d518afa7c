"""The pages over the cast."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from starlette.testclient import TestClient

from tests.web.filled import board, migrated, queries, store

__all__ = ["board", "migrated", "queries", "store"]

Look = Callable[..., str]


@pytest.fixture
def look(client: TestClient) -> Look:
    """The HTML at an address, which is there."""

    def fetch(path: str, **parameters: str) -> str:
        answer = client.get(path, params=parameters or None, headers={"accept": "text/html"})
        assert answer.status_code == 200, answer.text
        return answer.text

    return fetch


def words(html: str) -> str:
    """What a reader sees of it: text without marks, thin spaces as spaces."""
    visible = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", visible)).replace("\u2009", " ").split())
