"""What the load is made of: targets of 100 series each, with eight labels, in the order a scrape would list them.

Two thirds are the buckets and counters of requests, the rest is what runtimes and machines tell of themselves. Each
kind of series is a `Column` of the target; how its numbers move is `values`' business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

ROUTES = ("/", "/login", "/api/carts/{id}", "/api/orders")
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
STATUSES = (("200", 0.95), ("304", 0.03), ("404", 0.015), ("500", 0.005))
INSTANCES = 3  # of a service, unless told otherwise

Labels = tuple[tuple[str, str], ...]


class Move(Enum):
    """How a column's numbers change from one scrape to the next."""

    BUCKET = auto()  # cumulative over the bounds of its route
    COUNT = auto()  # equals the last bucket
    SECONDS = auto()  # a sum of durations, every digit
    EVENTS = auto()  # a counter of whole events
    CENTS = auto()  # a counter in hundredths
    LEVEL = auto()  # a gauge of whole numbers
    RATIO = auto()  # a gauge of three decimals
    STILL = auto()  # never changes


@dataclass(frozen=True, slots=True)
class Column:
    """One series of every target. `size` is its pace: events a scrape for counters, the level for gauges."""

    metric: str
    move: Move
    size: float
    labels: Labels = ()


def columns() -> tuple[Column, ...]:
    """The hundred series of a target."""
    return (*_durations(), *_requests(), *PROCESS)


def series_labels(targets: int, *, instances: int = INSTANCES) -> Iterator[Labels]:
    """The labels of every series of so many targets, name first and the rest sorted, as Prometheus sends them."""
    for number in range(targets):
        service, replica = service_name(number // instances), number % instances
        where = (
            ("instance", f"10.{number // 250}.{number % 250}.7:8080"),
            ("job", service),
            ("namespace", f"team-{number // instances % 7}"),
            ("pod", f"{service}-6d4cf56db6-{replica:05x}"),
        )
        filler = (("node", f"node-{number % 40:02d}"), ("region", "eu-central-1"), ("version", f"v1.{number % 9}.0"))
        for column in columns():
            own = (*column.labels, *filler[: 3 - len(column.labels)])
            yield (("__name__", column.metric), *sorted((*where, *own)))


def service_name(number: int) -> str:
    return f"service-{number:03d}"


def _durations() -> Iterator[Column]:
    name = "http_request_duration_seconds"
    for place, route in enumerate(ROUTES):
        pace = 900.0 / 4**place
        labels = (("method", "GET"), ("route", route))
        for bound in BOUNDS:
            yield Column(f"{name}_bucket", Move.BUCKET, pace, (("le", bound), *labels))
        yield Column(f"{name}_count", Move.COUNT, pace, labels)
        yield Column(f"{name}_sum", Move.SECONDS, pace, labels)


def _requests() -> Iterator[Column]:
    for place, route in enumerate(ROUTES):
        for status, share in STATUSES:
            labels = (("method", "GET"), ("route", route), ("status", status))
            yield Column("http_requests_total", Move.EVENTS, 900.0 / 4**place * share, labels)


PROCESS = (
    Column("process_cpu_seconds_total", Move.CENTS, 6.0),
    Column("container_cpu_usage_seconds_total", Move.SECONDS, 300.0),
    Column("container_cpu_cfs_throttled_seconds_total", Move.SECONDS, 2.0),
    Column("go_gc_duration_seconds_sum", Move.SECONDS, 4.0),
    Column("container_network_receive_bytes_total", Move.EVENTS, 2_500_000.0),
    Column("container_network_transmit_bytes_total", Move.EVENTS, 7_000_000.0),
    Column("db_queries_total", Move.EVENTS, 3_100.0),
    Column("cache_hits_total", Move.EVENTS, 1_400.0),
    Column("messages_consumed_total", Move.EVENTS, 12.0),
    Column("db_reconnects_total", Move.EVENTS, 0.01),
    Column("process_resident_memory_bytes", Move.LEVEL, 300_000_000.0),
    Column("go_memstats_alloc_bytes", Move.LEVEL, 90_000_000.0),
    Column("go_goroutines", Move.LEVEL, 240.0),
    Column("go_threads", Move.LEVEL, 14.0),
    Column("process_open_fds", Move.LEVEL, 90.0),
    Column("queue_length", Move.LEVEL, 3.0),
    Column("http_requests_in_flight", Move.LEVEL, 9.0),
    Column("db_pool_connections_in_use", Move.LEVEL, 11.0),
    Column("system_cpu_utilization", Move.RATIO, 0.4),
    Column("db_pool_utilization", Move.RATIO, 0.5),
    Column("cache_hit_ratio", Move.RATIO, 0.9),
    Column("node_load1", Move.RATIO, 1.7),
    Column("up", Move.STILL, 1.0),
    Column("build_info", Move.STILL, 1.0),
    Column("process_start_time_seconds", Move.STILL, 1_700_000_000.25),
    Column("process_max_fds", Move.STILL, 1_048_576.0),
    Column("db_pool_connections_max", Move.STILL, 20.0),
    Column("container_spec_memory_limit_bytes", Move.STILL, 536_870_912.0),
)
