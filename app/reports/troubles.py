"""What does not work in Burnline itself, as sentences: on every page, for load balancers, and for the heartbeat."""

from collections.abc import Iterator

from app.domain.counters import Counters

MOST_FOLD_LAG_SECONDS = 60.0
MOST_EVALUATION_AGE_SECONDS = 60.0


def told(counters: Counters, *, ingest_is_alive: bool) -> tuple[str, ...]:
    """One sentence a trouble; none when everything works."""
    return tuple(_told(counters, ingest_is_alive=ingest_is_alive))


def _told(counters: Counters, *, ingest_is_alive: bool) -> Iterator[str]:
    if not ingest_is_alive:
        yield "The journal's writer has stopped: no samples are taken. Restart Burnline."
    if counters.ask("burnline_database_away"):
        yield (
            "The database does not answer: no samples are taken, and what is shown is what was known before. "
            "Senders try again, and it goes on by itself."
        )
    if counters.ask("burnline_disk_full"):
        free = counters.ask("burnline_disk_free_bytes") or 0.0
        yield (
            f"The disk is almost full ({free / 2**20:.0f} MiB left): no samples are taken. "
            "Free space, or keep data for a shorter time."
        )
    lag = counters.ask("burnline_fold_lag_seconds")
    if lag is not None and lag > MOST_FOLD_LAG_SECONDS:
        yield f"The signals are {lag:.0f} s behind the samples."
    age = counters.ask("burnline_evaluation_age_seconds")
    if age is not None and age > MOST_EVALUATION_AGE_SECONDS:
        yield f"Objectives were evaluated {age:.0f} s ago: alerts are neither raised nor resolved."
