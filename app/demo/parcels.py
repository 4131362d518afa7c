"""The world packed into requests of a size a server likes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import orjson

from app.demo import export, otlp, remote_write, scrape
from app.demo.company import Service
from app.demo.deploys import Deploy
from app.demo.door import Parcel
from app.demo.export import Export
from app.demo.world import World
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS

MOST_SAMPLES = 40_000
MOST_POINTS = 5_000  # of OTLP: a histogram is some 300 bytes


class Packer:
    """Packs one world. Not for use from two threads at once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._encoded: dict[Service, list[bytes]] = {}

    def parcels(self, at_ms: Ints, *, since_ms: int) -> Iterator[Parcel]:
        """Everything the company sends at ascending instants; deltas begin at `since_ms`."""
        yield from self._written([one for one in self.world.services if not one.speaks_otlp], at_ms)
        yield from self._exported([one for one in self.world.services if one.speaks_otlp], at_ms, since_ms)

    def size(self, instants: int) -> int:
        """How many samples so many instants come to when nobody is silent."""
        written = sum(len(scrape.series(one)) for one in self.world.services if not one.speaks_otlp)
        return instants * (written + sum(export.count(one) for one in self.world.services if one.speaks_otlp))

    def _written(self, services: Sequence[Service], at_ms: Ints) -> Iterator[Parcel]:
        """Remote write: whole services as long as they fit together, else a service in parts."""
        groups: list[remote_write.Group] = []
        held = 0
        for service in services:
            for part in _parts(at_ms, MOST_SAMPLES // len(scrape.series(service))):
                found = self.world.scrape(service, part)
                if held and held + found.values.size > MOST_SAMPLES:
                    yield _written(groups, held)
                    groups, held = [], 0
                if found.sent.any():
                    values = found.values[:, found.sent]
                    groups.append(remote_write.Group(self._series(service), part[found.sent], values))
                    held += values.size
        if held:
            yield _written(groups, held)

    def _exported(self, services: Sequence[Service], at_ms: Ints, since_ms: int) -> Iterator[Parcel]:
        exports: list[Export] = []
        held = 0
        for service in services:
            since = since_ms
            for part in _parts(at_ms, MOST_POINTS // export.count(service)):
                points = len(part) * export.count(service)
                if held and held + points > MOST_POINTS:
                    yield Parcel("/v1/metrics", otlp.HEADERS, otlp.body(exports), held)
                    exports, held = [], 0
                exports += self.world.export(service, part, since_ms=since)
                held += points
                since = int(part[-1])
        yield Parcel("/v1/metrics", otlp.HEADERS, otlp.body(exports), held)

    def _series(self, service: Service) -> list[bytes]:
        if service not in self._encoded:
            self._encoded[service] = [remote_write.series(labels) for labels in scrape.series(service)]
        return self._encoded[service]


def mark(deploy: Deploy) -> Parcel:
    """A deploy as a change mark."""
    at = datetime.fromtimestamp(deploy.minute * MINUTE_MS / 1000, UTC)
    change = {
        "service": deploy.service.slug,
        "version": deploy.version,
        "time": at.isoformat().replace("+00:00", "Z"),
        "link": deploy.link,
        "title": deploy.title,
    }
    return Parcel("/api/changes", {"Content-Type": "application/json"}, orjson.dumps(change))


def _written(groups: list[remote_write.Group], samples: int) -> Parcel:
    return Parcel("/api/v1/write", remote_write.HEADERS, remote_write.body(groups), samples)


def _parts(at_ms: Ints, most: int) -> Iterator[Ints]:
    for start in range(0, len(at_ms), most):
        yield at_ms[start : start + most]
