"""From the acknowledgement of a sample to its being on screens, while 20 000 samples a second come in.

A request counts from the moment its 2xx has been read. It is visible when the live stream has told of EVERY service in
it a `newest_ms` (the cell of a patch that says how old a service's data is) at or past the service's newest sample in
the request. A service goes over one connection and a connection waits for its answer before it sends again, so such a
`newest_ms` can only come from this request or from one sent after its answer: no other request can stand in for it.

The looser second line asks only that some patch's `newest_ms`, of whichever service, or a beat's `data_ts` be at or
past the newest sample of the request; another connection's samples may answer for it.

What a screen shows as figures changes when a minute is complete, whenever its samples came; that is by design and not
what is measured here.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.bench import paced, targets
from tests.bench.bodies import Load
from tests.bench.paced import Answer
from tests.bench.plan import Plan, say
from tests.bench.reading import Heard, Stream
from tests.bench.systems import Burnline
from tests.bench.table import Table, met

SECONDS = 35.0
WARM_SECONDS = 5.0
LAST_SECONDS = 12.0  # for what was sent last to be told
BAR_SECONDS = 1.0

Contents = Mapping[str, int]  # service -> its newest sample in a request, Unix milliseconds


def tables(plan: Plan) -> Iterator[Table]:
    with Burnline(plan.folder) as system:
        paced.introduce(system)
        with Stream(system.base) as stream:
            sender = paced.prepared(system.url, seconds=SECONDS)
            say(f"sending for {SECONDS:.0f} s")
            with sender:
                sender.finish()
            time.sleep(LAST_SECONDS)
    begin = min(one.at for one in sender.answers) + WARM_SECONDS
    asked = list(_asked(sender.answers, contents(sender.load), since=begin))
    seen = Seen.of(stream.heard)
    made = Table(
        f"Acknowledged to told on /live: {sender.samples_a_second:,.0f} samples/s of {sender.load.series:,} series, "
        f"{len(asked):,} requests in {SECONDS - WARM_SECONDS:.0f} s",
        ("visible is", "p50", "p99", "slowest", "never", "bar (p99)", "met"),
    )
    _add(made, "every service of the request is told as new", [seen.whole(*one) for one in asked])
    _add(made, "the data time of the stream is as new", [seen.any(*one) for one in asked])
    made.note(_how_it_went(sender.answers))
    yield made


def contents(load: Load) -> list[list[Contents]]:
    """What is in every request, by connection."""
    times, services = load.times(), load.services()
    found = []
    for positions in load.dealt():
        owners, at_ms = np.tile(services[positions], load.scrapes), times[:, positions].reshape(-1)
        ends = range(load.samples_a_request, len(at_ms) + load.samples_a_request, load.samples_a_request)
        parts = [slice(end - load.samples_a_request, end) for end in ends]
        found.append([_newest(owners[part].tolist(), at_ms[part].tolist()) for part in parts])
    return found


def _newest(services: Iterable[int], at_ms: Iterable[int]) -> Contents:
    """Times ascend: the last one of a service is its newest."""
    newest = dict(zip(services, at_ms, strict=True))
    return {targets.service_name(number): at for number, at in newest.items()}


def _asked(
    answers: Sequence[Answer], sent: Sequence[Sequence[Contents]], *, since: float
) -> Iterator[tuple[float, Contents]]:
    return ((one.at, sent[one.lane][one.number]) for one in answers if one.at >= since)


@dataclass(slots=True)
class History:
    """Data times as they were told, and when; each newer than the one before."""

    told_ms: list[int] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def tell(self, newest_ms: int, at: float) -> None:
        if not self.told_ms or newest_ms > self.told_ms[-1]:
            self.told_ms.append(newest_ms)
            self.at.append(at)

    def when(self, newest_ms: int) -> float:
        """When something as new was first told; infinity when it never was."""
        place = bisect_left(self.told_ms, newest_ms)
        return self.at[place] if place < len(self.at) else np.inf


@dataclass(slots=True)
class Seen:
    """What the stream has told."""

    services: defaultdict[str, History] = field(default_factory=lambda: defaultdict(History))
    stream: History = field(default_factory=History)

    @classmethod
    def of(cls, heard: Iterable[Heard]) -> "Seen":
        seen = cls()
        for one in heard:
            if one.name == "beat":
                seen.stream.tell(one.data["data_ts"] or 0, one.at)
            for service, cells in one.data.get("services", {}).items():
                if cells.get("newest_ms"):
                    seen.services[service].tell(cells["newest_ms"], one.at)
                    seen.stream.tell(cells["newest_ms"], one.at)
        return seen

    def whole(self, answered: float, sent: Contents) -> float:
        """Seconds until every service was told as new as it was sent."""
        return max(0.0, max(self.services[service].when(at_ms) for service, at_ms in sent.items()) - answered)

    def any(self, answered: float, sent: Contents) -> float:
        """Seconds until anything as new was told."""
        return max(0.0, self.stream.when(max(sent.values())) - answered)


def _add(made: Table, name: str, seconds: Sequence[float]) -> None:
    p50, p99 = np.percentile(seconds, (50, 99), method="lower")
    never = sum(np.isinf(one) for one in seconds)
    made.add(
        name,
        f"{p50:.2f} s",
        f"{p99:.2f} s",
        f"{max(seconds):.2f} s",
        f"{never}",
        f"{BAR_SECONDS:.0f} s",
        met(p99, BAR_SECONDS),
    )


def _how_it_went(answers: Sequence[Answer]) -> str:
    p50, p99 = np.percentile([one.seconds for one in answers], (50, 99)) * 1000
    return (
        f"Answered after {p50:.0f} ms (p50), {p99:.0f} ms (p99); "
        f"the sender was at most {max(one.behind for one in answers):.2f} s behind."
    )
