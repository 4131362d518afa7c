"""How Burnline is doing, for machines: alive, ready, and its own numbers in Prometheus' text.

Alive asks nothing of the database: a process is not restarted because its database is. Ready does, with a write.
"""

import asyncio
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.domain.counters import SECONDS_BOUNDS, Counters, Spread, Tags
from app.domain.errors import Unavailable
from app.web import ceiling, deps

PROBE_SECONDS = 1.0

PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

HELP = {
    "burnline_backfill_days_left": "Days of indicators whose history is still to be read.",
    "burnline_build_info": "The running build.",
    "burnline_database_away": "1 while the database does not answer.",
    "burnline_disk_free_bytes": "Room left where the database is.",
    "burnline_disk_full": "1 while no samples are taken because the disk is almost full.",
    "burnline_evaluation_age_seconds": "Since objectives were evaluated, of the process that evaluates.",
    "burnline_evaluation_held": "1 while no alert is raised or resolved: we are behind, or nobody sends.",
    "burnline_evaluation_seconds": "Rounds of evaluating all objectives.",
    "burnline_evaluations_total": "Rounds of evaluating all objectives, and whether alerts were held in them.",
    "burnline_fold_lag_seconds": "How far the signals are behind the newest acknowledged samples.",
    "burnline_heartbeat_age_seconds": "Since somebody outside received our heartbeat.",
    "burnline_heartbeats_total": "Heartbeats by what became of them.",
    "burnline_ingest_bytes_total": "Bytes of ingest bodies as they came over the wire.",
    "burnline_ingest_clock_difference_seconds": "The newest sample of a source's last request, less our time then.",
    "burnline_ingest_last_seconds": "When a source last sent samples that were taken, Unix seconds.",
    "burnline_ingest_refused_requests_total": "Ingest requests refused as a whole, by reason.",
    "burnline_ingest_requests_total": "Ingest requests by format and status.",
    "burnline_journal_commit_seconds": "Commits to the journal.",
    "burnline_journal_failures_total": "Commits to the journal that failed and were answered 503.",
    "burnline_journal_queue_length": "Requests waiting for the journal's next commit.",
    "burnline_live_dropped_total": "Live streams ended because their reader took nothing.",
    "burnline_live_failures_total": "Changes that could not be put into words for the live streams.",
    "burnline_live_streams": "Open live streams.",
    "burnline_samples_accepted_total": "Samples and histograms that are durable.",
    "burnline_samples_refused_total": "Samples and histograms left out, by reason.",
    "burnline_samples_repeated_total": "Samples that were here already, bit for bit.",
    "burnline_series_refused_last_seconds": "When new series over a budget were refused last, by label.",
    "burnline_slos": "Objectives that are evaluated.",
    "burnline_unexpected_errors_total": "Errors nobody foresaw. Each is a fault of Burnline.",
    "http_request_duration_seconds": "Requests by kind of endpoint, method and status; live streams are left out.",
    "process_cpu_seconds_total": "Processor time used.",
    "process_open_fds": "Open file descriptors.",
    "process_max_fds": "File descriptors allowed.",
    "process_resident_memory_bytes": "Memory in use.",
    "process_start_time_seconds": "When the process started, Unix seconds.",
}


class Readiness:
    """Whether writes are taken and signals are up to date. One probe at a time: a stuck database holds one thread."""

    def __init__(self, burnline: deps.App) -> None:
        self._burnline = burnline
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ready")
        self._probe: asyncio.Future[None] | None = None

    async def __call__(self, request: Request) -> Response:
        trouble = [*await self._database(), *self._burnline.troubles()]
        body = orjson.dumps({"ready": not trouble, "trouble": trouble})
        headers = {"Retry-After": "2"} if trouble else {}
        return Response(body, 503 if trouble else 200, headers, media_type="application/json")

    async def _database(self) -> list[str]:
        if self._probe is None or self._probe.done():
            self._probe = asyncio.get_running_loop().run_in_executor(self._pool, self._write)
        try:
            await asyncio.wait_for(asyncio.shield(self._probe), PROBE_SECONDS)
        except TimeoutError:
            return [f"The database took no write within {PROBE_SECONDS:g} s."]
        except Unavailable as error:
            return [str(error)]
        return []

    def _write(self) -> None:
        with self._burnline.store.writing():
            pass


async def alive(_: Request) -> Response:
    return Response(b'{"alive":true}', media_type="application/json")


async def metrics(request: Request) -> Response:
    burnline = deps.of(request)
    return Response("".join(exposition(burnline.counters)), media_type=PROMETHEUS_TEXT)


def routes(burnline: deps.App) -> list[Route]:
    counters = burnline.counters
    counters.put("burnline_build_info", 1, build=burnline.build)
    counters.measure("burnline_live_streams", lambda: burnline.live.streams)
    counters.put("process_start_time_seconds", burnline.clock().timestamp())
    measure_process(counters)
    ready = Readiness(burnline)
    return [Route("/healthz", alive), Route("/readyz", ready.__call__), Route("/metrics", metrics)]


def exposition(counters: Counters) -> Iterator[str]:
    """Everything counted, as Prometheus reads it."""
    for name, numbers in counters.numbers():
        yield _head(name, "counter" if name.endswith("_total") else "gauge")
        for tags, value in numbers.items():
            yield f"{name}{_braces(tags)} {_number(value)}\n"
    for name, spreads in counters.spreads():
        yield _head(name, "histogram")
        for tags, spread in spreads.items():
            yield from _histogram(name, tags, spread)


def measure_process(counters: Counters) -> None:
    """The usual numbers of a process, under the names every dashboard knows."""
    counters.put("process_max_fds", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    counters.measure("process_cpu_seconds_total", time.process_time)
    counters.measure("process_resident_memory_bytes", ceiling.resident_bytes)
    counters.measure("process_open_fds", _open_files)


def _head(name: str, kind: str) -> str:
    help_line = f"# HELP {name} {HELP[name]}\n" if name in HELP else ""
    return f"{help_line}# TYPE {name} {kind}\n"


def _histogram(name: str, tags: Tags, spread: Spread) -> Iterator[str]:
    below = 0
    for bound, count in zip((*SECONDS_BOUNDS, "+Inf"), spread.counts, strict=True):
        below += count
        yield f"{name}_bucket{_braces((*tags, ('le', str(bound))))} {below}\n"
    yield f"{name}_sum{_braces(tags)} {spread.seconds:.6f}\n{name}_count{_braces(tags)} {below}\n"


def _braces(tags: Tags) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in tags) + "}" if tags else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _open_files() -> float | None:
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return None
