"""One scrape after another of a real server on loopback."""

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.actions.scrape import Health, Watch, scrape
from app.domain.samples import Mark, SampleBatch
from app.domain.series import Kind, SeriesKey
from app.notify import outgoing
from app.notify.outgoing_addresses import Policy, Reach
from app.wire.target_values import Credentials, ServiceRule, Target
from tests.notify.servers import say, serving

NOW = 1_795_448_500_000
STALE = "stale"
LABELS = (("instance", "web-1:9100"), ("job", "web"))


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with outgoing.open_client(Policy(Reach.INSIDE)) as opened:
        yield opened


class Exporter:
    """A target whose next answer a test decides; it remembers what it was asked with."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"jobs_queued 3\n"
        self.headers = {"Content-Type": "text/plain; version=0.0.4"}
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append({"path": request.path, **{name.lower(): value for name, value in request.headers.items()}})
        say(self.status, self.body, **self.headers)(request)


@pytest.fixture
def exporter() -> Exporter:
    return Exporter()


@pytest.fixture
def origin(exporter: Exporter) -> Iterator[str]:
    with serving(exporter) as address:
        yield address


def target(origin: str, **fields: Any) -> Target:
    return Target("web", "web-1:9100", f"{origin}/metrics", **{"labels": LABELS, **fields})


def shown(batch: SampleBatch) -> dict[str, float | str]:
    """Series without their job and instance -> value or "stale", synthetic series left out."""
    found: dict[str, float | str] = {}
    for at, position in enumerate(batch.series):
        key = batch.directory.key(int(position))
        name = str(SeriesKey(key.metric, tuple(pair for pair in key.labels if pair not in LABELS)))
        assert name not in found, f"{name} twice"
        stale = batch.marks is not None and batch.marks[at] == Mark.STALE
        found[name] = STALE if stale else float(batch.values[at])
    for name in ("up", "scrape_duration_seconds", "scrape_samples_scraped"):
        found.pop(name)
    return found


def value(batch: SampleBatch, series: str) -> float:
    keys = [str(batch.directory.key(int(position))) for position in batch.series]
    return float(batch.values[keys.index(series)])


def test_a_scrape_brings_samples_with_the_targets_labels_and_its_own_numbers(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    exporter.body = b'# TYPE hits_total counter\nhits_total{code="200"} 5\njobs_queued 3 1795448400000\n'
    watch = Watch(target(origin))
    batch = scrape(client, watch, now_ms=NOW)
    keys = [batch.directory.key(int(position)) for position in batch.series]
    on_all = 'instance="web-1:9100",job="web"'
    assert [str(key) for key in keys] == [
        f'hits_total{{code="200",{on_all}}}',
        f"jobs_queued{{{on_all}}}",
        f"up{{{on_all}}}",
        f"scrape_duration_seconds{{{on_all}}}",
        f"scrape_samples_scraped{{{on_all}}}",
    ]
    assert [key.kind for key in keys] == [Kind.COUNTER, None, Kind.GAUGE, Kind.GAUGE, Kind.GAUGE]
    assert batch.at_ms.tolist() == [NOW, 1795448400000, NOW, NOW, NOW]
    assert batch.values[[0, 1, 2, 4]].tolist() == [5, 3, 1, 2]
    assert 0 < batch.values[3] < 10
    assert batch.marks is None
    assert watch.health == Health(NOW, float(batch.values[3]), 2)


def test_a_scrape_asks_for_what_is_understood_here_and_says_how_long_it_waits(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    scrape(client, Watch(target(origin, timeout=timedelta(seconds=2.5))), now_ms=NOW)
    (asked,) = exporter.asked
    assert asked["path"] == "/metrics"
    assert asked["accept"].startswith("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,")
    assert asked["accept-encoding"] == "gzip"
    assert asked["x-prometheus-scrape-timeout-seconds"] == "2.5"
    assert "authorization" not in asked


def test_a_compressed_openmetrics_answer_is_understood(client: httpx2.Client, exporter: Exporter, origin: str) -> None:
    exporter.headers = {"Content-Type": "application/openmetrics-text; version=1.0.0", "Content-Encoding": "gzip"}
    exporter.body = gzip.compress(
        b'# TYPE hits counter\nhits_total 5 # {trace_id="a"} 1\nhits_created 1795448400\n# EOF\n'
    )
    batch = scrape(client, Watch(target(origin)), now_ms=NOW)
    assert shown(batch) == {"hits_total": 5.0}
    assert batch.start_ms is not None
    assert batch.start_ms.tolist() == [1795448400000, 0, 0, 0]
    assert batch.exemplars == 1


def test_labels_of_the_exporter_that_the_target_has_too_are_renamed(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    exporter.body = b'a{job="x",exported_job="y",instance=""} 1\n'
    assert shown(scrape(client, Watch(target(origin)), now_ms=NOW)) == {
        'a{exported_exported_job="x",exported_job="y"}': 1.0
    }


def test_labels_of_the_exporter_are_kept_when_they_are_honored(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    exporter.body = b'a{job="x",instance=""} 1\nb 2\n'
    assert shown(scrape(client, Watch(target(origin, honor_labels=True)), now_ms=NOW)) == {'a{job="x"}': 1.0, "b": 2.0}


@pytest.mark.parametrize(
    ("honor", "series"),
    [(False, 'a{app="shop-v2",exported_service="own",service="shop"}'), (True, 'a{app="shop-v2",service="own"}')],
)
def test_the_service_is_named_from_a_label(
    client: httpx2.Client, exporter: Exporter, origin: str, honor: bool, series: str
) -> None:
    exporter.body = b'a{app="shop-v2",service="own"} 1\n'
    rule = ServiceRule("app", re.compile("(.+)-v[0-9]+"), "$1")
    batch = scrape(client, Watch(target(origin, service_rule=rule, honor_labels=honor)), now_ms=NOW)
    assert shown(batch) == {series: 1.0}


def test_the_named_service_stands_where_the_label_does_not_match(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    exporter.body = b'a{app="shop-v2"} 1\na{app="other"} 2\n'
    rule = ServiceRule("app", re.compile("(.+)-v[0-9]+"), "$1")
    batch = scrape(client, Watch(target(origin, labels=(*LABELS, ("service", "edge")), service_rule=rule)), now_ms=NOW)
    assert value(batch, 'a{app="other",instance="web-1:9100",job="web",service="edge"}') == 2
    services = {batch.directory.key(int(position)).label("service") for position in batch.series[:2]}
    assert services == {"shop", "edge"}


def test_series_that_vanish_are_marked_as_ended_once(client: httpx2.Client, exporter: Exporter, origin: str) -> None:
    watch = Watch(target(origin))
    exporter.body = b"a 1\nb 2\nc 3 1795448400000\n"
    assert shown(scrape(client, watch, now_ms=NOW)) == {"a": 1.0, "b": 2.0, "c": 3.0}
    exporter.body = b"b 4\nd 5\n"
    assert shown(scrape(client, watch, now_ms=NOW + 15_000)) == {"b": 4.0, "d": 5.0, "a": STALE}
    assert shown(scrape(client, watch, now_ms=NOW + 30_000)) == {"b": 4.0, "d": 5.0}


def test_a_series_that_is_merely_written_otherwise_has_not_ended(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    watch = Watch(target(origin))
    for body in (b'a{x="1",y="2"} 1\n', b'a{y="2",x="1"} 1\n', b'# TYPE a gauge\na{ x="1", y="2" } 1\n'):
        exporter.body = body
        assert shown(scrape(client, watch, now_ms=NOW)) == {'a{x="1",y="2"}': 1.0}


def test_a_target_that_always_changes_its_labels_is_forgotten_without_losing_markers(
    client: httpx2.Client, exporter: Exporter, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.actions.scrape.FORGOTTEN_SERIES", 2)
    watch = Watch(target(origin))
    for n in range(20):
        exporter.body = f'same 1\na{{n="{n}"}} 1\n'.encode()
        expected = {"same": 1.0, f'a{{n="{n}"}}': 1.0} | ({f'a{{n="{n - 1}"}}': STALE} if n else {})
        assert shown(scrape(client, watch, now_ms=NOW + n)) == expected


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 500}, "answered 500"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1/"}}, "redirect, which is not followed"),
        ({"body": b"<html>", "headers": {"Content-Type": "text/html"}}, "no text exposition"),
        ({"body": b"<html>"}, "Nothing in the body can be read"),
        ({"body": b"a 1", "headers": {"Content-Type": "application/openmetrics-text"}}, "cut off"),
        ({"body": b"a 1", "headers": {"Content-Encoding": "gzip"}}, "not valid gzip"),
        ({"body": b"a 1", "headers": {"Content-Encoding": "br"}}, "not spoken here"),
        ({"body": gzip.compress(bytes(33 << 20)), "headers": {"Content-Encoding": "gzip"}}, "longer than 33554432"),
        ({"body": b"a 1\n" * 100_001}, "limit is 100000 samples"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_failed_scrape_is_down_and_ends_every_series(
    client: httpx2.Client, exporter: Exporter, origin: str, answer: dict[str, Any], words: str
) -> None:
    watch = Watch(target(origin))
    scrape(client, watch, now_ms=NOW)
    for name, said in answer.items():
        setattr(exporter, name, said)
    batch = scrape(client, watch, now_ms=NOW + 15_000)
    labels = '{instance="web-1:9100",job="web"}'
    assert shown(batch) == {"jobs_queued": STALE}
    assert (value(batch, f"up{labels}"), value(batch, f"scrape_samples_scraped{labels}")) == (0, 0)
    assert set(batch.at_ms.tolist()) == {NOW + 15_000}
    assert watch.health is not None
    assert words in watch.health.error
    assert shown(scrape(client, watch, now_ms=NOW + 30_000)) == {}


def test_a_target_that_is_not_there_is_down(client: httpx2.Client) -> None:
    with serving(say(200)) as origin:
        pass
    watch = Watch(target(origin))
    batch = scrape(client, watch, now_ms=NOW)
    assert shown(batch) == {}
    assert watch.health is not None
    assert "No connection to 127.0.0.1" in watch.health.error


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "0.0.0.0", "[::ffff:169.254.169.254]", "2852039166"])
def test_link_local_and_metadata_addresses_are_never_scraped(client: httpx2.Client, host: str) -> None:
    watch = Watch(target(f"http://{host}"))
    scrape(client, watch, now_ms=NOW)
    assert watch.health is not None
    assert "which is not called from here" in watch.health.error


def test_an_empty_answer_is_a_target_with_nothing_to_say(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    exporter.body = b""
    watch = Watch(target(origin))
    batch = scrape(client, watch, now_ms=NOW)
    assert value(batch, 'up{instance="web-1:9100",job="web"}') == 1
    assert watch.health is not None
    assert watch.health.error == ""


def test_the_good_lines_of_a_body_are_kept_and_the_others_refused(
    client: httpx2.Client, exporter: Exporter, origin: str
) -> None:
    exporter.body = b"a 1\nb x\n"
    batch = scrape(client, Watch(target(origin)), now_ms=NOW)
    assert shown(batch) == {"a": 1.0}
    assert [refusal.code for refusal in batch.refusals] == ["value_invalid"]


def test_credentials_are_sent_and_their_files_read_each_time(
    client: httpx2.Client, exporter: Exporter, origin: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    signed = [
        Watch(target(origin, credentials=Credentials(token_file=str(secret)))),
        Watch(target(origin, credentials=Credentials(username="u", password_file=str(secret)))),
        Watch(target(origin, credentials=Credentials(username="ü", password="p:w"))),
    ]
    secret.write_text("one\n")
    for watch in signed:
        scrape(client, watch, now_ms=NOW)
    secret.write_text("two\n")
    scrape(client, signed[0], now_ms=NOW)
    assert [asked["authorization"] for asked in exporter.asked] == [
        "Bearer one",
        "Basic dTpvbmU=",
        "Basic w7w6cDp3",
        "Bearer two",
    ]


def test_a_missing_file_of_credentials_is_a_failed_scrape(
    client: httpx2.Client, exporter: Exporter, origin: str, tmp_path: Path
) -> None:
    watch = Watch(target(origin, credentials=Credentials(token_file=str(tmp_path / "none"))))
    scrape(client, watch, now_ms=NOW)
    assert watch.health is not None
    assert "credentials cannot be read" in watch.health.error
    assert exporter.asked == []
