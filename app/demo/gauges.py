"""The Prometheus series about a process rather than its requests: CPU, memory, descriptors, pools, disks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.demo.company import Dialect, Service
from app.demo.dialects import Name, Pairs
from app.demo.resources import DISK_BYTES, MIB, POOL, SESSIONS, Shares
from app.domain.samples import Floats

DESCRIPTORS = 4_096


@dataclass(frozen=True, slots=True)
class Gauge:
    """One series of each process and its level: (I, K), (K) or one number for ever."""

    name: Name
    level: Callable[[Shares], Floats | float]


def gauges(service: Service) -> list[Gauge]:
    """All gauges of one process of a service."""
    return [*_container(service), *OWN.get(service.dialect, _process)(service)]


def levels(service: Service, shares: Shares) -> Floats:
    """The levels of gauges() in their order (I, G, K)."""
    full = [np.broadcast_to(gauge.level(shares), shares.cpu.shape) for gauge in gauges(service)]
    return np.stack(full, axis=1)


def cpu_counters(service: Service) -> list[Name]:
    """The counters that grow by resources.cpu_ticks."""
    container = Name("container_cpu_usage_seconds_total", _container_labels(service, "kubelet"))
    silent = service.dialect in {Dialect.HAPROXY, Dialect.MICROMETER}
    return [container] if silent else [container, Name("process_cpu_seconds_total")]


def _container(service: Service) -> list[Gauge]:
    """What Kubernetes says of the container: taken and limit, so that a share can be told."""
    size = float(service.memory_mib * MIB)
    state = _container_labels(service, "kube-state-metrics")
    cores, memory = (("resource", "cpu"), ("unit", "core")), (("resource", "memory"), ("unit", "byte"))
    return [
        Gauge(Name("container_memory_working_set_bytes", _container_labels(service, "kubelet")), _bytes_of(size)),
        Gauge(Name("kube_pod_container_resource_limits", (*state, *cores)), lambda _: service.cores),
        Gauge(Name("kube_pod_container_resource_limits", (*state, *memory)), lambda _: size),
    ]


def _process(service: Service) -> list[Gauge]:
    size = 0.92 * service.memory_mib * MIB
    return [
        Gauge(Name("process_resident_memory_bytes"), _bytes_of(size)),
        Gauge(Name("process_start_time_seconds"), lambda one: one.started_ms / 1000),
        Gauge(Name("process_open_fds"), lambda one: np.floor(20 + 0.6 * DESCRIPTORS * one.pool * one.cpu)),
        Gauge(Name("process_max_fds"), lambda _: DESCRIPTORS),
    ]


def _go(service: Service) -> list[Gauge]:
    pool = (("db_name", service.name),)
    return [
        *_go_process(service),
        Gauge(Name("go_sql_in_use_connections", pool), lambda one: np.floor(POOL * one.pool)),
        Gauge(Name("go_sql_max_open_connections", pool), lambda _: POOL),
    ]


def _go_process(service: Service) -> list[Gauge]:
    return [
        *_process(service),
        Gauge(Name("go_sched_gomaxprocs_threads"), lambda _: service.cores),
        Gauge(Name("go_goroutines"), lambda one: np.floor(14 + 900 * one.pool)),
    ]


def _spring(service: Service) -> list[Gauge]:
    pool = (("pool", "HikariPool-1"),)
    heap, size = (("area", "heap"), ("id", "G1 Old Gen")), float(service.memory_mib * MIB // 2)
    return [
        Gauge(Name("process_cpu_usage"), lambda one: np.round(one.cpu, 4)),
        Gauge(Name("process_start_time_seconds"), lambda one: one.started_ms / 1000),
        Gauge(Name("hikaricp_connections_active", pool), lambda one: np.floor(POOL * one.pool)),
        Gauge(Name("hikaricp_connections_pending", pool), lambda one: np.floor(30 * np.maximum(one.pool - 0.9, 0))),
        Gauge(Name("hikaricp_connections_max", pool), lambda _: POOL),
        Gauge(Name("jvm_memory_used_bytes", heap), _bytes_of(size)),
        Gauge(Name("jvm_memory_max_bytes", heap), lambda _: size),
    ]


def _haproxy(service: Service) -> list[Gauge]:
    proxy = (("proxy", service.name),)
    disk = (("device", "/dev/nvme1n1"), ("fstype", "ext4"), ("mountpoint", "/var/lib/postgresql"))
    return [
        Gauge(Name("haproxy_backend_total_time_average_seconds", proxy), lambda one: np.round(one.mean, 6)),
        Gauge(Name("haproxy_backend_current_sessions", proxy), lambda one: np.floor(SESSIONS * one.pool)),
        Gauge(Name("haproxy_backend_limit_sessions", proxy), lambda _: SESSIONS),
        Gauge(Name("node_filesystem_avail_bytes", disk), lambda one: np.floor(DISK_BYTES * (1 - one.disk))),
        Gauge(Name("node_filesystem_size_bytes", disk), lambda _: DISK_BYTES),
    ]


OWN: dict[Dialect, Callable[[Service], list[Gauge]]] = {
    Dialect.GO: _go,
    Dialect.GRPC: _go_process,
    Dialect.MICROMETER: _spring,
    Dialect.HAPROXY: _haproxy,
}


def _bytes_of(size: float) -> Callable[[Shares], Floats]:
    return lambda one: np.floor(size * one.memory)


def _container_labels(service: Service, job: str) -> Pairs:
    return (("container", service.name), ("job", job), ("namespace", service.environment))
