"""What a service of the demo company is: who runs it, what it answers, and in which dialect it speaks of itself."""

from dataclasses import dataclass
from enum import StrEnum


class Dialect(StrEnum):
    """How a service speaks of itself."""

    GO = "go"  # Prometheus' Go client: http_requests_total, http_request_duration_seconds
    FASTAPI = "fastapi"  # prometheus-fastapi-instrumentator
    MICROMETER = "micrometer"  # Spring Boot: http_server_requests_seconds
    GRPC = "grpc"  # go-grpc-prometheus
    HAPROXY = "haproxy"  # a load balancer before a database: a mean and saturation, nothing else
    OTEL = "otel"  # OTLP, cumulative histograms with chosen bounds
    OTEL_DELTA = "otel_delta"  # OTLP, the same with delta temporality
    OTEL_EXPONENTIAL = "otel_exponential"  # OTLP, exponential histograms
    OTEL_QUEUE = "otel_queue"  # OTLP, a worker that takes messages from a queue


OTLP = frozenset({Dialect.OTEL, Dialect.OTEL_DELTA, Dialect.OTEL_EXPONENTIAL, Dialect.OTEL_QUEUE})


class Rhythm(StrEnum):
    """Who makes the traffic."""

    SHOPPERS = "shoppers"  # evenings and weekends
    OFFICE = "office"  # working hours
    BATCH = "batch"  # runs of every hour, heaviest at night


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its share of the service's requests and its median seconds when nothing presses."""

    name: str
    method: str
    share: float
    median: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What requests end with. Rejections are the caller's fault, failures the service's own.

    `rejections` holds (code, share of requests), `failures` (code, share of the failures).
    """

    success: str
    rejections: tuple[tuple[str, float], ...]
    failures: tuple[tuple[str, float], ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.success, *(code for code, _ in self.rejections), *(code for code, _ in self.failures))


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `peak` is requests a second at the top of an ordinary day over all instances.

    `failing` is the usual failed share of requests; `fragile` is how readily live faults choose it (0: never an error
    burst, only slowness); `deploys_from` is the UTC hour its team starts work.
    """

    name: str
    team: str
    dialect: Dialect
    routes: tuple[Route, ...]
    answers: Answers
    peak: float
    failing: float
    instances: int = 2
    depends_on: tuple[str, ...] = ()
    environment: str = "production"
    rhythm: Rhythm = Rhythm.SHOPPERS
    fragile: int = 1
    deploys_from: int = 8
    major: int = 2
    memory_mib: int = 512
    leaks: bool = False

    @property
    def slug(self) -> str:
        """The name that tells it from its copies in other environments."""
        return self.name if self.environment == "production" else f"{self.name}@{self.environment}"

    @property
    def cores(self) -> float:
        """How many processors an instance may use. Python uses one."""
        return 1.0 if self.dialect is Dialect.FASTAPI else 2.0

    @property
    def speaks_otlp(self) -> bool:
        return self.dialect in OTLP
