import gzip
from collections.abc import Callable
from pathlib import Path

import cramjam
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.web.static import Static

LONG = b"a { color: red }\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, body in {
        "css/base.css": LONG,
        "js/page.js": b"import './other.js'",
        "js/other.js": b"1",
        "vendor/big.js": b"2" * 2000,
        "secret.key": b"no",
        "icons/ok.png": b"\x89PNG" * 500,
    }.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    (tmp_path / "outside.css").write_bytes(b"outside")
    return tmp_path / "static"


@pytest.fixture
def static(folder: Path) -> Static:
    return Static(folder)


@pytest.fixture
def client(static: Static) -> TestClient:
    return TestClient(Starlette(routes=static.routes()), headers={"Accept-Encoding": ""})


def test_a_file_is_kept_for_ever_under_the_address_that_names_its_content(static: Static, client: TestClient) -> None:
    response = client.get(static.url("css/base.css"))
    assert response.content == LONG
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_an_outdated_address_gets_the_present_file_but_not_to_keep(client: TestClient) -> None:
    response = client.get("/static/000000000000/css/base.css")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")


def test_a_changed_file_has_another_address(static: Static, folder: Path) -> None:
    (folder / "css/base.css").write_bytes(b"b {}")
    assert Static(folder).url("css/base.css") != static.url("css/base.css")


def test_a_script_finds_what_it_imports_under_the_same_hash(static: Static, client: TestClient) -> None:
    imported = static.url("js/page.js").replace("page.js", "other.js")
    assert imported == static.url("js/other.js")
    assert client.get(imported).headers["cache-control"].endswith("immutable")


def test_a_change_of_ours_leaves_vendored_files_where_they_are(static: Static, folder: Path) -> None:
    (folder / "js/page.js").write_bytes(b"new")
    assert Static(folder).url("vendor/big.js") == static.url("vendor/big.js")


def unbrotli(body: bytes) -> bytes:
    return bytes(cramjam.brotli.decompress(body))


FORMS: dict[str, tuple[str | None, Callable[[bytes], bytes]]] = {
    "br": ("br", unbrotli),
    "gzip": ("gzip", gzip.decompress),
    "gzip, deflate, br;q=0": ("gzip", gzip.decompress),
    "zstd, identity": (None, bytes),
    "": (None, bytes),
}


@pytest.mark.parametrize("accepted", FORMS)
def test_the_best_form_the_client_takes_is_sent(static: Static, folder: Path, accepted: str) -> None:
    encoding, decode = FORMS[accepted]
    client = TestClient(Starlette(routes=static.routes()))
    with client.stream("GET", static.url("css/base.css"), headers={"Accept-Encoding": accepted}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "Accept-Encoding"
    assert decode(raw) == LONG


def test_what_is_packed_already_or_tiny_is_sent_as_it_is(static: Static, client: TestClient) -> None:
    for name in ("icons/ok.png", "js/other.js"):
        response = client.get(static.url(name), headers={"Accept-Encoding": "br, gzip"})
        assert "content-encoding" not in response.headers


def test_a_file_that_is_still_the_same_is_304(static: Static, client: TestClient) -> None:
    url = static.url("css/base.css")
    etag = client.get(url).headers["etag"]
    response = client.get(url, headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")


OUTSIDE = ["../outside.css", "..%2foutside.css", "%2e%2e/outside.css", "css/../../outside.css", "secret.key", "css", ""]


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_but_listed_files_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/static/000000000000/{name}").status_code == 404


def test_a_template_that_names_a_missing_file_fails(static: Static) -> None:
    with pytest.raises(KeyError):
        static.url("css/none.css")


def test_ten_thousand_ranges_cost_nothing(static: Static, client: TestClient) -> None:
    ranges = "bytes=" + ",".join(f"{at}-{at}" for at in range(5000))
    assert client.get(static.url("css/base.css"), headers={"Range": ranges}).status_code == 200
