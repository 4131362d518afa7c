import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.errors import Invalid
from app.wire import targets
from app.wire.target_values import Credentials, Target

EVERYTHING = """
jobs:
  - name: checkout
    targets: [checkout-1:9100, "https://checkout-2.internal/stats/prometheus?format=text"]
    scheme: https
    metrics_path: /internal/metrics
    interval: 1m
    timeout: 20s
    labels: {env: prod, version: 1.10}
    service: checkout
    service_from: {label: app, regex: "(?P<name>.+)-v[0-9]+", replacement: "${name}"}
    basic_auth: {username: burnline, password_file: /run/secrets/scrape}
    honor_labels: true
  - name: node
    targets:
      - 10.0.0.5
      - "[fd12::1]:9100"
    bearer_token_file: /run/secrets/token
"""


def parse_one(lines: str) -> Target:
    """The one target of a job with these further lines."""
    (target,) = targets.parse("jobs:\n- name: j\n  targets: [web:9100]\n" + lines)
    return target


def refused(text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        targets.parse(text, file="scrape.yaml")
    return caught.value


def test_everything_a_job_can_say_is_read() -> None:
    first, second, third, fourth = targets.parse(EVERYTHING)
    assert (first.job, first.instance) == ("checkout", "checkout-1:9100")
    assert first.url == "https://checkout-1:9100/internal/metrics"
    assert (first.interval, first.timeout) == (timedelta(minutes=1), timedelta(seconds=20))
    assert first.labels == (
        *(("env", "prod"), ("instance", "checkout-1:9100"), ("job", "checkout")),
        *(("service", "checkout"), ("version", "1.10")),
    )
    assert first.credentials == Credentials(username="burnline", password_file="/run/secrets/scrape")
    assert first.honor_labels
    assert second.url == "https://checkout-2.internal/stats/prometheus?format=text"
    assert second.instance == "checkout-2.internal:443"
    assert (third.url, third.instance) == ("http://10.0.0.5/metrics", "10.0.0.5:80")
    assert (fourth.url, fourth.instance) == ("http://[fd12::1]:9100/metrics", "[fd12::1]:9100")
    assert (third.interval, third.timeout) == (timedelta(seconds=15), timedelta(seconds=10))
    assert third.credentials == Credentials(token_file="/run/secrets/token")
    assert not third.honor_labels


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "jobs: []"])
def test_a_file_without_jobs_lists_no_targets(text: str) -> None:
    assert targets.parse(text) == ()


def test_the_timeout_is_no_longer_than_a_short_interval() -> None:
    assert parse_one("  interval: 5s").timeout == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("rule", "labels", "service"),
    [
        ("{label: app}", {"app": "shop"}, "shop"),
        ("{label: app}", {}, ""),
        ('{label: app, regex: "(.+)-v[0-9]+"}', {"app": "shop-v2"}, "shop"),
        ('{label: app, regex: "(.+)-v[0-9]+"}', {"app": "shop-v2-canary"}, ""),
        ('{label: app, regex: "(.+)/(.+)", replacement: "$2.${1}x"}', {"app": "a/b"}, "b.ax"),
        ('{label: app, regex: "(a)|b", replacement: "$1-"}', {"app": "b"}, "-"),
        ('{label: app, regex: "x.*", replacement: "edge"}', {"app": "x1"}, "edge"),
    ],
)
def test_the_name_of_the_service_is_taken_from_a_label(rule: str, labels: dict[str, str], service: str) -> None:
    found = parse_one(f"  service_from: {rule}").service_rule
    assert found is not None
    assert found.service(labels) == service


def test_passwords_are_not_shown() -> None:
    target = parse_one("  basic_auth: {username: u, password: hunter2}")
    assert target.credentials == Credentials(username="u", password="hunter2")
    assert "hunter2" not in repr(target)


@pytest.mark.parametrize(
    ("text", "line", "words", "hint"),
    [
        ("jobs:\n- name: a\n  targets: [b:1\n", 4, "no YAML", None),
        ("targets: []", 1, "`targets` is not known", "Known are"),
        ("{}", 1, "no `jobs`", "For example"),
        ("jobs: 5", 1, "must be names with values", "For example"),
        ("jobs:\n- name: a\n", 2, "`targets` is missing", None),
        ("jobs:\n- targets: [b:1]\n", 2, "`name` is missing", None),
        ("jobs:\n- name: a\n  target: [b:1]\n", 3, "`target` is not known", "targets"),
        ("jobs:\n- {name: a, targets: [b]}\n- {name: a, targets: [c]}\n", 3, "a is described in line 2", None),
        ("jobs:\n- name: a\n  targets:\n  - b:80\n  - b\n", 5, "b:80 stands in this job twice", "job of its own"),
    ],
)
def test_a_mistake_in_the_frame_is_named_with_its_line(text: str, line: int, words: str, hint: str | None) -> None:
    error = refused(text)
    assert str(error).startswith(f"scrape.yaml, line {line}, column ")
    assert words in str(error)
    assert hint is None or hint in (error.hint or "")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("interval: 15", "`interval` is no length of time"),
        ("interval: soon", "no length of time"),
        ("interval: 0s", "no length of time"),
        ("interval: 2h", "at most 1h"),
        ("timeout: 20s", "longer than the interval"),
        ("scheme: ftp", "Only http and https"),
        ("metrics_path: metrics", "begins with a slash"),
        ("honor_labels: maybe", "true or false"),
        ("labels: [a]", "must be names with values"),
        ("labels: {__name__: x}", "no label that can be added"),
        ('labels: {"a\\0": x}', "not legal"),
        ("labels: {a: {b: c}}", "must be text"),
        ("bearer_token_file: x\n  basic_auth: {username: u, password: p}", "one of them"),
        ("basic_auth: {username: u}", "either `password` or `password_file`"),
        ("basic_auth: {password: p}", "needs `username`"),
        ("basic_auth: {username: u, password: p, password_file: f}", "either"),
        ("service_from: {regex: x}", "`label` is missing"),
        ('service_from: {label: a, regex: "("}', "cannot be read"),
        ("service_from: {label: a, replacement: $2}", "$2 is no group"),
        ('service_from: {label: a, replacement: "${name}"}', "${name} is no group"),
        ("service_from: a", "must be names with values"),
    ],
)
def test_a_mistake_in_a_job_is_named_with_its_line(fields: str, words: str) -> None:
    error = refused(f"jobs:\n- name: j\n  targets: [web:9100]\n  {fields}\n")
    assert words in str(error)
    assert "scrape.yaml, line " in str(error)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "a b:80",
            "web:99999",
            "web:0",
            "web:x",
            "web:80/metrics",
            "web?x",
            "web#x",
            "user@web",
            "a\\\\b",
            "a\\nb",
        ),
        *(
            "http://",
            "http:///metrics",
            "ftp://web/",
            "http://user:pass@web/",
            "http://web/#x",
            "http://[::1",
            "http://a b/",
        ),
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    error = refused(f'jobs:\n- name: j\n  targets:\n  - "{address}"\n')
    assert str(error).startswith("scrape.yaml, line 4, column ")


def test_the_example_in_the_documentation_is_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scraping.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    found = targets.parse(example)
    assert [str(target) for target in found] == [
        *("checkout checkout-1.internal:8080", "checkout checkout-2.internal:8080"),
        *("node 10.0.0.5:9100", "node 10.0.0.6:9100", "shops shops.internal:443"),
    ]
    rule = found[-1].service_rule
    assert rule is not None
    assert rule.service({"app": "bakery-v2"}) == "bakery"


def test_the_documentation_tells_of_every_field_of_a_job() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scraping.md").read_text()
    assert re.findall(r"^\| `(\w+)` ", page, re.MULTILINE) == list(targets.JOB_FIELDS)
