"""The file that lists what to scrape. docs/scraping.md describes it and holds an example."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from app.config import parse_duration
from app.domain.errors import Invalid
from app.domain.series import Labels, clip, series_key
from app.wire import yaml_nodes
from app.wire.target_values import REFERENCE, Credentials, ServiceRule, Target, group_of
from app.wire.yaml_nodes import Node

INTERVAL = timedelta(seconds=15)
TIMEOUT = timedelta(seconds=10)
LONGEST_INTERVAL = timedelta(hours=1)

JOB_FIELDS = (
    *("name", "targets", "scheme", "metrics_path", "interval", "timeout", "labels", "service", "service_from"),
    *("bearer_token_file", "basic_auth", "honor_labels"),
)
JOB_EXAMPLE = "{name: checkout, targets: [checkout-1:9100]}"

Fields = dict[str, Node]


def parse(text: str, *, file: str = "scrape.yaml") -> tuple[Target, ...]:
    """The targets a file's text lists, in its order. Raises Invalid naming the line that is at fault."""
    whole = yaml_nodes.read(text, file=file, name="the file")
    if whole is None:
        return ()
    fields = whole.fields(("jobs",))
    if "jobs" not in fields:
        raise whole.invalid("There are no `jobs`.", hint=f"For example: jobs: [{JOB_EXAMPLE}]")
    targets: list[Target] = []
    lines: dict[str, int] = {}
    for job in fields["jobs"].items():
        described = job.fields(JOB_FIELDS, example=JOB_EXAMPLE)
        name = _needed(job, described, "name")
        if name.text() in lines:
            raise name.invalid(f"The job {clip(name.text())} is described in line {lines[name.text()]} already.")
        lines[name.text()] = name.line
        targets += _targets(job, described)
    return tuple(targets)


def _targets(job: Node, fields: Fields) -> list[Target]:
    name = fields["name"].text()
    interval = _duration(fields.get("interval"), INTERVAL)
    timeout = _duration(fields.get("timeout"), min(TIMEOUT, interval))
    if timeout > interval:
        at = fields.get("timeout", job)
        raise at.invalid("The timeout is longer than the interval.", hint="A scrape ends before the next begins.")
    labels, rule, credentials = _labels(fields), _service_rule(fields.get("service_from")), _credentials(job, fields)
    honors = fields["honor_labels"].flag() if "honor_labels" in fields else False
    found: dict[str, Target] = {}
    for node in _needed(job, fields, "targets").items():
        instance, url = _address(node, fields)
        if instance in found:
            raise node.invalid(f"{clip(instance)} stands in this job twice.", hint="Give it a job of its own.")
        all_labels = _legal(node, {"job": name, "instance": instance} | labels)
        found[instance] = Target(name, instance, url, all_labels, interval, timeout, rule, credentials, honors)
    return list(found.values())


def _needed(node: Node, fields: Fields, name: str) -> Node:
    if name not in fields:
        raise node.invalid(f"`{name}` is missing here.")
    return fields[name]


def _duration(node: Node | None, default: timedelta) -> timedelta:
    if node is None:
        return default
    try:
        duration = parse_duration(node.text())
    except ValueError as error:
        raise node.invalid(f"`{node.path}` is no length of time.", hint="Write 15s, 1m or 5m.") from error
    if duration > LONGEST_INTERVAL:
        raise node.invalid(f"`{node.path}` must be at most 1h.")
    return duration


def _labels(fields: Fields) -> dict[str, str]:
    labels = {name: node.text() for name, node in fields["labels"].pairs()} if "labels" in fields else {}
    if "service" in fields:
        labels["service"] = fields["service"].text()
    return labels


def _legal(node: Node, labels: dict[str, str]) -> Labels:
    """The labels of a target's series, sorted."""
    if "__name__" in labels:
        raise node.invalid("`__name__` is no label that can be added.")
    try:
        return series_key("up", labels).labels
    except Invalid as error:
        raise node.invalid(f"The labels of this target are not legal: {error}") from error


def _service_rule(node: Node | None) -> ServiceRule | None:
    if node is None:
        return None
    fields = node.fields(("label", "regex", "replacement"), example='{label: app, regex: "(.+)-v[0-9]+"}')
    label = _needed(node, fields, "label").text()
    written = fields["regex"].text() if "regex" in fields else "(.+)"
    replacement = fields["replacement"].text() if "replacement" in fields else "$1"
    try:
        pattern = re.compile(written)
    except re.error as error:
        raise fields["regex"].invalid(f"The regular expression cannot be read: {error}.") from error
    for reference in REFERENCE.finditer(replacement):
        group = group_of(reference)
        if not (group in pattern.groupindex if isinstance(group, str) else group <= pattern.groups):
            raise fields.get("replacement", node).invalid(f"{reference[0]} is no group of the regular expression.")
    return ServiceRule(label, pattern, replacement)


def _credentials(job: Node, fields: Fields) -> Credentials | None:
    token, basic = fields.get("bearer_token_file"), fields.get("basic_auth")
    if token and basic:
        raise job.invalid("Either `bearer_token_file` or `basic_auth`: a request carries one of them.")
    if token:
        return Credentials(token_file=token.text())
    if basic is None:
        return None
    known = basic.fields(("username", "password", "password_file"))
    if "username" not in known or ("password" in known) == ("password_file" in known):
        raise basic.invalid("`basic_auth` needs `username`, and either `password` or `password_file`.")
    return Credentials(**{name: node.text() for name, node in known.items()})


def _address(node: Node, fields: Fields) -> tuple[str, str]:
    """(instance, URL) of `host:port` or of a whole URL."""
    written = node.text()
    url, scheme_node = written, node
    if "://" not in written:
        scheme_node = fields.get("scheme", node)
        url = f"{fields['scheme'].text() if 'scheme' in fields else 'http'}://{written}{_path(fields)}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise node.invalid(f"{clip(written)} is no address: {error}.") from error
    if parts.scheme not in ("http", "https"):
        raise scheme_node.invalid("Only http and https are scraped.")
    if parts.username is not None:
        raise node.invalid("An address holds no user name or password here.", hint="Use `basic_auth`.")
    one_word = not re.search(r"[\s\x00-\x1f\\]", written) and (url == written or not re.search("[/?]", written))
    if not one_word or not re.fullmatch(r"[\w.:-]+", host) or port == 0 or parts.fragment:
        raise node.invalid(f"{clip(written)} is no address.", hint="Write host:port or http://host:port/path.")
    named = f"[{host}]" if ":" in host else host
    return f"{named}:{port or (443 if parts.scheme == 'https' else 80)}", url


def _path(fields: Fields) -> str:
    path = fields["metrics_path"].text() if "metrics_path" in fields else "/metrics"
    if not path.startswith("/"):
        raise fields["metrics_path"].invalid("`metrics_path` begins with a slash.")
    return path
