"""Two hours of a made-up shop and a day of a counter, as OpenMetrics text: what both programs are given."""

from collections.abc import Iterator

START = 1_763_899_200  # 2025-11-23 12:00:00 UTC, a whole hour
HOURS = 2
SCRAPES = [START - 53 + 15 * k for k in range(HOURS * 240 + 4)]  # at 7, 22, 37 and 52 seconds of each minute
DAY = [START + 60 * k for k in range(1_441)]  # whole minutes, both ends
BOUNDS = ("0.1", "0.25", "0.5", "1.0", "+Inf")


class Dice:
    """The same numbers on every machine: a linear congruential generator (Numerical Recipes)."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        self._state = (1_664_525 * self._state + 1_013_904_223) % 2**32
        return self._state * limit // 2**32


Series = tuple[str, list[tuple[int, float]]]


def text() -> str:
    """All of it."""
    lines: list[str] = []
    for family, kind, series in families():
        lines.append(f"# TYPE {family} {kind}")
        lines += [f"{name} {value!r} {at}" for name, values in series for at, value in values]
    return "\n".join([*lines, "# EOF"]) + "\n"


def families() -> Iterator[tuple[str, str, list[Series]]]:
    yield "http_requests", "counter", list(_requests())
    yield "request_seconds", "histogram", list(_buckets())
    yield "queue_age_seconds", "gauge", [(f'queue_age_seconds{{pod="{pod}"}}', _walk(seed)) for pod, seed in PODS]
    yield "backup_time_seconds", "gauge", [('backup_time_seconds{job="shop"}', _backups())]
    yield "disk_used_bytes", "gauge", [(f'disk_used_bytes{{pod="{pod}"}}', _walk(seed + 7)) for pod, seed in PODS]
    yield "disk_limit_bytes", "gauge", [(f'disk_limit_bytes{{pod="{pod}"}}', _level(120.0)) for pod, _ in PODS]
    yield "probe_success", "gauge", [(f'probe_success{{probe="{n}"}}', _probes(n)) for n in range(3)]
    yield "stepping", "counter", [('stepping_total{job="shop"}', _stepping(100.0, 700.0))]
    yield "restarting", "counter", [('restarting_total{job="shop"}', _stepping(1_000.0, 600.0))]
    yield "born", "counter", [('born_total{job="shop"}', [(at, 5.0) for at in SCRAPES if at > BIRTH])]
    yield (
        "born_told",
        "counter",
        [
            (f'born_told_{part}{{job="shop"}}', [(at, value) for at in SCRAPES if at > BIRTH])
            for part, value in (("total", 5.0), ("created", float(BIRTH)))
        ],
    )
    yield "day", "counter", [('day_total{job="shop"}', [(at, _of_day(k)) for k, at in enumerate(DAY)])]


PODS = (("a", 3), ("b", 5))
BIRTH = START + 1_800
STEP = START + 3_600


def _requests() -> Iterator[Series]:
    for pod, seed in PODS:
        for code, most in (("200", 900), ("500", 3)):
            yield f'http_requests_total{{job="shop",pod="{pod}",code="{code}"}}', _counted(Dice(seed * most), most)


def _counted(dice: Dice, most: int) -> list[tuple[int, float]]:
    value, found = 0, []
    for at in SCRAPES:
        value += dice.below(most)
        found.append((at, float(value)))
    return found


def _buckets() -> Iterator[Series]:
    for pod, seed in PODS:
        dice, counts = Dice(seed), [0] * len(BOUNDS)
        columns: list[list[tuple[int, float]]] = [[] for _ in BOUNDS]
        for at in SCRAPES:
            for k, most in enumerate((40, 200, 60, 9, 4)):
                counts[k] += dice.below(most)
                columns[k].append((at, float(sum(counts[: k + 1]))))
        for bound, column in zip(BOUNDS, columns, strict=True):
            yield f'request_seconds_bucket{{pod="{pod}",le="{bound}"}}', column
        yield f'request_seconds_count{{pod="{pod}"}}', columns[-1]


def _walk(seed: int) -> list[tuple[int, float]]:
    """Quarters from 0 to 99.75: binary fractions, whose sums are exact."""
    dice = Dice(seed)
    return [(at, dice.below(400) / 4) for at in SCRAPES]


def _level(value: float) -> list[tuple[int, float]]:
    return [(at, value) for at in SCRAPES]


def _probes(number: int) -> list[tuple[int, float]]:
    dice = Dice(number)
    return [(at, float(dice.below(8) > 0)) for at in SCRAPES]


def _backups() -> list[tuple[int, float]]:
    """A backup every 10 minutes, but for the 45 minutes after half past twelve."""
    found = []
    for at in SCRAPES:
        newest = at - at % 600
        found.append((at, float(min(newest, START + 1_800) if at < START + 4_500 else newest)))
    return found


def _stepping(before: float, after: float) -> list[tuple[int, float]]:
    """The same value up to 13:00, another one from the next scrape on."""
    return [(at, before if at < STEP else after) for at in SCRAPES]


def _of_day(k: int) -> float:
    """Ten a second, and a restart right before the scrape at midnight."""
    return float(600 * k if k < 720 else 600 * (k - 720))
