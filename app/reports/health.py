"""Burnline's own health: what comes in and from whom, how far behind each part is, and what room is left."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.counters import SECONDS_BOUNDS, Counters
from app.domain.signals import HOUR_MS
from app.reports import formats, troubles
from app.store import journal, sizes
from app.store.engine import Store

SKEW_SECONDS = 30.0  # a clock this far ahead of ours is worth a word
LATE_SECONDS = 300.0
SILENT_MS = 300_000
QUEUE_IS_LONG = 32
MOST_BEAT_SECONDS = 150.0


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of data is kept, in milliseconds."""

    raw_ms: int
    minute_ms: int
    hour_ms: int


@dataclass(frozen=True, slots=True)
class Source:
    """What one way in has brought since this process started. `ahead_seconds` is its newest sample less our clock."""

    source: str
    accepted: int
    repeated: int
    refused: int
    refused_requests: int
    last_ms: int | None
    ahead_seconds: float | None
    remark: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Samples left out, and requests refused as a whole, for one reason."""

    source: str
    reason: str
    samples: int
    requests: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the installation: its figure in words, and whether that is as it should be."""

    part: str
    is_well: bool
    figure: str


@dataclass(frozen=True, slots=True)
class Health:
    """All of it. Counts are of this process, since it started at `since_ms`."""

    troubles: tuple[str, ...]
    parts: tuple[Part, ...]
    sources: tuple[Source, ...]
    refused: tuple[Refused, ...]
    since_ms: int


def page(store: Store, counters: Counters, troubles: tuple[str, ...], *, retention: Retention, now_ms: int) -> Health:
    """Raises Unavailable when the database does not answer."""
    return Health(
        troubles,
        (*_working(counters, now_ms=now_ms), *_stored(store, counters, retention, now_ms=now_ms)),
        tuple(_sources(counters, now_ms=now_ms)),
        tuple(_refused(counters)),
        round(counters.value("process_start_time_seconds") * 1000),
    )


def _sources(counters: Counters, *, now_ms: int) -> Iterator[Source]:
    accepted, repeated, refused, requests, last, ahead = (
        {source: value for (source,), value in counters.by(f"burnline_{name}", "source").items()}
        for name in (
            "samples_accepted_total",
            "samples_repeated_total",
            "samples_refused_total",
            "ingest_refused_requests_total",
            "ingest_last_seconds",
            "ingest_clock_difference_seconds",
        )
    )
    for source in sorted({*accepted, *refused, *requests}):
        last_ms = round(last[source] * 1000) if source in last else None
        yield Source(
            source,
            round(accepted.get(source, 0)),
            round(repeated.get(source, 0)),
            round(refused.get(source, 0)),
            round(requests.get(source, 0)),
            last_ms,
            ahead.get(source),
            _remark(last_ms, ahead.get(source), now_ms=now_ms),
        )


def _over_budget(counters: Counters, *, now_ms: int) -> Iterator[str]:
    """Whose new series are refused in this hour, and by which label they grew."""
    found = counters.by("burnline_series_refused_last_seconds", "source", "label")
    for (source, label), seconds in found.items():
        if seconds * 1000 // HOUR_MS == now_ms // HOUR_MS:
            yield f"{source}, label {label}" if label else source


def _remark(last_ms: int | None, ahead: float | None, *, now_ms: int) -> str:
    if last_ms is None:
        return "Nothing of it was ever taken."
    if now_ms - last_ms > SILENT_MS:
        return f"Silent for {formats.duration((now_ms - last_ms) / 1000)}."
    if ahead is not None and ahead > SKEW_SECONDS:
        return f"Its clock is {formats.duration(ahead)} ahead of ours."
    if ahead is not None and ahead < -LATE_SECONDS:
        return f"Its newest sample was {formats.duration(-ahead)} old when it came."
    return ""


def _refused(counters: Counters) -> Iterator[Refused]:
    samples = counters.by("burnline_samples_refused_total", "source", "reason")
    requests = counters.by("burnline_ingest_refused_requests_total", "source", "reason")
    found = [
        Refused(source, reason, round(samples.get((source, reason), 0)), round(requests.get((source, reason), 0)))
        for source, reason in {*samples, *requests}
    ]
    yield from sorted(found, key=lambda one: (-one.samples, -one.requests, one.source, one.reason))


def _working(counters: Counters, *, now_ms: int) -> Iterator[Part]:
    """The parts that have to keep up."""
    queued = counters.ask("burnline_journal_queue_length") or 0.0
    yield Part("Journal", queued < QUEUE_IS_LONG, f"{queued:.0f} requests wait{_commits(counters)}")
    lag = counters.ask("burnline_fold_lag_seconds")
    yield Part(
        "Signals",
        lag is None or lag <= troubles.MOST_FOLD_LAG_SECONDS,
        "up to date" if lag is None or lag < 1 else f"{formats.duration(lag)} behind the samples",
    )
    age = counters.ask("burnline_evaluation_age_seconds")
    held = counters.value("burnline_evaluation_held")
    yield Part(
        "Objectives",
        not held and (age is None or age <= troubles.MOST_EVALUATION_AGE_SECONDS),
        ("evaluated by another process" if age is None else f"evaluated {formats.duration(age)} ago")
        + (", alerts are held" if held else ""),
    )
    days = counters.ask("burnline_backfill_days_left")
    if days:
        yield Part("History of objectives", is_well=True, figure=f"{days:.0f} days still to be read")
    refused = ", ".join(_over_budget(counters, now_ms=now_ms))
    if refused:
        yield Part("New series", is_well=False, figure=f"over the budget of this hour and refused: {refused}")
    yield Part("Live streams", is_well=True, figure=f"{counters.ask('burnline_live_streams') or 0:.0f} open")
    beats = counters.by("burnline_heartbeats_total", "outcome")
    beat = counters.ask("burnline_heartbeat_age_seconds")
    if beats or beat is not None:
        never = "nobody has received one yet" if beat is None else f"received {formats.duration(beat)} ago"
        yield Part("Heartbeat", beat is not None and beat < MOST_BEAT_SECONDS, never)
    faults = sum(counters.by("burnline_unexpected_errors_total").values())
    yield Part("Unforeseen errors", not faults, f"{faults:.0f}")


def _commits(counters: Counters) -> str:
    """How long commits take, as a bound that 99 of 100 keep."""
    for name, spreads in counters.spreads():
        if name == "burnline_journal_commit_seconds":
            counts = [sum(column) for column in zip(*(one.counts for one in spreads.values()), strict=True)]
            wanted, reached = 0.99 * sum(counts), 0
            for bound, count in zip(SECONDS_BOUNDS, counts, strict=False):
                reached += count
                if reached >= wanted:
                    return f", 99 % of commits take at most {formats.seconds(bound)}"
            return f", more than 1 % of commits take over {formats.seconds(SECONDS_BOUNDS[-1])}"
    return ""


def _stored(store: Store, counters: Counters, retention: Retention, *, now_ms: int) -> Iterator[Part]:
    """What is kept, since when, and what room is left."""
    with store.reading() as db:
        size, found, waiting = sizes.of(db), sizes.kept(db), journal.outline(db)
    reusable = f", of which {formats.size(size.free)} are free for reuse" if size.free else ""
    yield Part("Database", is_well=True, figure=f"{formats.size(size.total)}{reusable}")
    free = counters.ask("burnline_disk_free_bytes")
    if free is not None:
        yield Part("Disk", not counters.ask("burnline_disk_full"), f"{formats.size(free)} left")
    oldest = min((row.first_ms for row in waiting), default=None)
    samples = sum(row.samples for row in waiting)
    yield Part(
        "Waiting to be sealed",
        is_well=True,
        figure=f"{samples:,} samples".replace(",", " ")
        + ("" if oldest is None else f", the oldest {formats.duration(max(0, now_ms - oldest) / 1000)} old"),
    )
    yield Part("Series", is_well=True, figure=f"{found.series:,}".replace(",", " "))
    for part, since_ms, kept_ms in (
        ("Samples", found.samples_ms, retention.raw_ms),
        ("By the minute", found.minutes_ms, retention.minute_ms),
        ("By the hour", None, retention.hour_ms),
    ):
        since = "" if since_ms is None else f", the oldest are {formats.duration((now_ms - since_ms) / 1000)} old"
        yield Part(part, is_well=True, figure=f"kept {formats.duration(kept_ms / 1000)}{since}")
