"""The commands about objectives as people and pipelines run them: a server, a database and processes of their own."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests import commands
from tests.commands import Ended
from tests.faults.serving import served

NAMES = ("shop-availability", "shop-calls", "quiet")
GOOD, BAD = 8, 2  # requests a minute that went well and that failed


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server that half an hour of requests has been sent to, one in five failed."""
    with served(tmp_path_factory.mktemp("served")) as found:
        _send(found)
        yield found


def _send(port: int) -> None:
    now = time.time_ns() // 60_000_000_000  # noqa: TID251  # the server takes what is near its own clock
    rows = (
        f'http_requests_total{{job="shop",code="{code}"}} {rate * at} {(now - 30 + at) * 60_000 + 30_000}'
        for code, rate in (("200", GOOD), ("500", BAD))
        for at in range(30)
    )
    text = "\n".join(("# TYPE http_requests_total counter", *rows, ""))
    answer = httpx2.post(f"http://127.0.0.1:{port}/api/v1/import/prometheus", content=text, timeout=10)
    assert answer.is_success, answer.text


def slo(name: str, *, target: str = "0.99", query: str = 'http_requests_total{job="shop",code="500"}') -> str:
    return f"""\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
spec:
  service: shop
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: 'http_requests_total{{job="shop"}}'}}}}}}
  timeWindow:
  - {{duration: 30d, isRolling: true}}
  budgetingMethod: Occurrences
  objectives:
  - target: {target}
"""


@pytest.fixture(autouse=True)
def _nothing_is_left(port: int) -> Iterator[None]:
    yield
    for name in NAMES:
        httpx2.delete(f"http://127.0.0.1:{port}/api/slos/{name}")


def burnline(port: int, *words: str, given: str = "") -> Ended:
    return commands.burnline(*words, "--url", f"http://127.0.0.1:{port}", given=given)


def told(port: int, path: str) -> httpx2.Response:
    return httpx2.get(f"http://127.0.0.1:{port}/api/{path}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "slos.yaml"
    path.write_text(slo("shop-availability"))
    return path


def test_a_dry_run_changes_nothing_and_applying_twice_is_applying_once(port: int, file: Path) -> None:
    dry = burnline(port, "apply", str(file), "--dry-run")
    assert (dry.returncode, dry.stdout) == (
        0,
        "create     shop-availability\nNothing was changed: this was a dry run.\n",
    )
    assert told(port, "openslo").text == ""
    assert burnline(port, "apply", str(file)).stdout == "create     shop-availability\n"
    file.write_text(slo("shop-availability", target="0.95"))
    changed = file.with_name("changed.yaml")
    file.rename(changed)
    file.write_text(slo("shop-availability"))
    again, differing = burnline(port, "apply", str(file)), burnline(port, "apply", str(changed), "--dry-run")
    assert (again.returncode, again.stdout) == (0, "unchanged  shop-availability\n")
    assert differing.stdout.splitlines()[:2] == ["change     shop-availability", '           target: "0.99" -> "0.95"']
    edits = told(port, "slos/shop-availability/edits").json()
    assert [one["origin"] for one in edits] == ["apply"]
    pruned = burnline(port, "apply", "-", "--prune", given=slo("shop-calls"))
    assert (pruned.returncode, pruned.stdout) == (0, "create     shop-calls\narchive    shop-availability\n")


def test_a_fault_is_told_with_its_place_and_an_exit_status_and_nothing_is_applied(port: int, file: Path) -> None:
    faults = {
        slo("a", target="1.2"): "line 18, column 13: a: The target lies between",
        slo("a", query="a / b"): "line 12, column 62: this query is more than a series and its rate",
        slo("a").replace("service: shop", "service: nobody"): "line 6, column 12: a: Nobody has sent anything",
        "apiVersion: [openslo/v1\nkind: SLO": "line 2, column 5: this is no YAML",
    }
    files = [file.with_name(f"{number}.yaml") for number in range(len(faults))]
    for path, text in zip(files, faults, strict=True):
        path.write_text(text)
    for path, place in zip(files, faults.values(), strict=True):
        found = burnline(port, "apply", str(file), str(path))
        assert (found.returncode, found.stdout) == (2, "")
        assert found.stderr.startswith(f"burnline: {path}, {place}"), found.stderr
    away = burnline(port, "apply", str(file.with_name("none.yaml")))
    assert (away.returncode, away.stderr[:35]) == (78, "burnline: No such file or directory")
    assert told(port, "openslo").text == ""


def test_what_is_exported_is_applied_without_a_change_and_exported_alike(port: int, file: Path) -> None:
    both = slo("shop-availability") + "---\n" + slo("shop-calls", target="0.9")
    httpx2.put(f"http://127.0.0.1:{port}/api/openslo", json={"files": [{"text": both}]})
    first, none = burnline(port, "export"), burnline(port, "export", "--service", "nobody")
    assert (first.returncode, none.stdout) == (0, "")
    file.write_text(first.stdout)
    assert burnline(port, "apply", str(file)).stdout == "unchanged  shop-availability\nunchanged  shop-calls\n"
    _ = [httpx2.delete(f"http://127.0.0.1:{port}/api/slos/{name}") for name in ("shop-availability", "shop-calls")]
    assert burnline(port, "apply", str(file)).stdout == "create     shop-availability\ncreate     shop-calls\n"
    assert told(port, "openslo").text == first.stdout


def test_the_gate_and_the_list_tell_programs_by_status_and_people_in_words(port: int, free_port: int) -> None:
    """Every fifth request failed: a budget of 1 % is spent twenty times over, of one of 50 % three fifths are left."""
    silent = slo("quiet", query="nothing_total").replace('job="shop"', 'job="silent"')
    every = "---\n".join((slo("shop-availability"), slo("shop-calls", target="0.5"), silent))
    url = f"http://127.0.0.1:{port}/api/openslo?unseen=true"
    assert httpx2.put(url, json={"files": [{"text": every}]}).is_success
    _wait_for_history(port)
    stop, go, nothing = (burnline(port, "gate", name) for name in ("shop-availability", "shop-calls", "nothing"))
    policy = burnline(port, "gate", "quiet")
    allow, block = (burnline(port, "gate", "quiet", "--no-data", way) for way in ("allow", "block"))
    wrong = burnline(port, "gate", "shop-calls", "--no-data", "perhaps")
    listed = burnline(port, "slo", "list")
    assert stop.stdout.splitlines() == [
        "STOP  shop-availability is exhausted: The budget is spent. -1900 % of the budget is left.",
        "  Stop risky changes until the budget is back",
    ]
    assert go.stdout.startswith("GO  shop-calls is healthy")
    assert policy.stdout.startswith("GO  quiet is no data")
    assert block.stdout.startswith("STOP  quiet is no data")
    assert [one.returncode for one in (stop, go, policy, allow, block, nothing, wrong)] == [1, 0, 0, 0, 1, 2, 2]
    assert (nothing.stdout, nothing.stderr) == ("", "burnline: There is no objective named nothing.\n")
    assert (wrong.stdout, wrong.stderr) == ("", "burnline: --no-data is policy, allow or block.\n")
    rows = [line.split() for line in listed.stdout.splitlines()]
    assert [row[:3] for row in rows] == [
        ["shop-availability", "exhausted", "-1900.0%"],
        ["quiet", "no_data", "no"],
        ["shop-calls", "healthy", "60.0%"],
    ]
    away = burnline(free_port, "gate", "shop-availability")
    assert (away.returncode, away.stdout) == (2, "")
    assert away.stderr.startswith("burnline: Burnline cannot be reached: ")


def _wait_for_history(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        rows = {row["slo"]: row for row in told(port, "slos").json()}
        counted = [(rows.get(name, {}).get("target"), rows.get(name, {}).get("total_events")) for name in NAMES]
        if [target for target, _ in counted] == [0.99, 0.5, 0.99] and counted[0][1] and counted[1][1]:
            return
        time.sleep(0.2)
    pytest.fail("The history was not read.")
