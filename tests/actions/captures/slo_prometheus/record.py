"""Asks Prometheus about the samples and writes its answers beside this file. See README.md."""

import hashlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.actions.captures.slo_prometheus.samples import HOURS, START, text

HERE = Path(__file__).parent
PORT = 19_473
GROWTH = "({0} @ {b} - {0} @ {a})"

MINUTES = {
    "requests": "sum(" + GROWTH.format("http_requests_total", a="{a}", b="{b}") + ")",
    "errors": "sum(" + GROWTH.format('http_requests_total{{code="500"}}', a="{a}", b="{b}") + ")",
    "answered": "sum(" + GROWTH.format('request_seconds_bucket{{le="+Inf"}}', a="{a}", b="{b}") + ")",
    "within_0.25": "sum(" + GROWTH.format('request_seconds_bucket{{le="0.25"}}', a="{a}", b="{b}") + ")",
    "within_0.5": "sum(" + GROWTH.format('request_seconds_bucket{{le="0.5"}}', a="{a}", b="{b}") + ")",
    "queue_age_worst": "max(max_over_time(queue_age_seconds[1m] @ {b}))",
    "queue_age_mean": "avg(avg_over_time(queue_age_seconds[1m] @ {b}))",
    "backup_age": "{end} - max(max_over_time(backup_time_seconds[1m] @ {b}))",
    "disk_share": "max(avg_over_time(disk_used_bytes[1m] @ {b}) / avg_over_time(disk_limit_bytes[1m] @ {b}))",
    "up": "avg(avg_over_time(probe_success[1m] @ {b}))",
    "stepping": "stepping_total @ {b} - stepping_total @ {a}",
    "restarting": "restarting_total @ {b} - restarting_total @ {a}",
}
SPANS = {
    "increase_first_hour": f"increase(http_requests_total[1h] @ {START + 3_600})",
    "stepping_first_hour": f"increase(stepping_total[1h] @ {START + 3_600})",
    "stepping_second_hour": f"increase(stepping_total[1h] @ {START + 7_200})",
    "restarting_first_hour": f"increase(restarting_total[1h] @ {START + 3_600})",
    "restarting_second_hour": f"increase(restarting_total[1h] @ {START + 7_200})",
    "born": f"increase(born_total[2h] @ {START + 7_200})",
    "born_told": f"increase(born_told_total[2h] @ {START + 7_200})",
    "day": f"increase(day_total[1d] @ {START + 86_400})",
}


def main() -> None:
    samples = text()
    with TemporaryDirectory() as folder:
        given = Path(folder) / "samples.txt"
        given.write_text(samples, encoding="utf-8")
        blocks = Path(folder) / "data"
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", str(given), str(blocks)]
        subprocess.run(command, check=True, stdout=sys.stderr)
        (Path(folder) / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
        with subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={blocks}",
                "--storage.tsdb.retention.time=100y",
                f"--web.listen-address=127.0.0.1:{PORT}",
                "--log.level=warn",
            ]
        ) as server:
            try:
                _ready()
                answers = {
                    "samples": hashlib.blake2b(samples.encode(), digest_size=16).hexdigest(),
                    "minutes": [_minute(START + 60 * k) for k in range(60 * HOURS)],
                    "spans": {name: _asked(query) for name, query in SPANS.items()},
                }
            finally:
                server.terminate()
    (HERE / "answers.json").write_text(json.dumps(answers, indent=0) + "\n", encoding="utf-8")


def _minute(start: int) -> dict[str, float | None]:
    """A is the last millisecond before a minute, B its last one."""
    times = {"a": f"{start - 0.001:.3f}", "b": f"{start + 59.999:.3f}", "end": start + 60}
    return {"start": start, **{name: _one(query.format(**times)) for name, query in MINUTES.items()}}


def _one(query: str) -> float | None:
    found = _asked(query)
    assert len(found) <= 1, query
    return next(iter(found.values()), None)


def _asked(query: str) -> dict[str, float]:
    """The values of an answer by their labels."""
    body = urllib.parse.urlencode({"query": query, "time": START + 86_400}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/api/v1/query", body) as reply:
        result = json.load(reply)["data"]["result"]
    return {json.dumps(one["metric"], sort_keys=True): float(one["value"][1]) for one in result}


def _ready() -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/-/ready"):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit("Prometheus did not start.")


if __name__ == "__main__":
    main()
