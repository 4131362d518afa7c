"""When burn alerts are neither raised nor resolved: while it is we who do not know, and not the services who are well.

One rule for the evaluator and for what pages say about it.
"""

from dataclasses import dataclass

MOST_LAG_SECONDS = 30.0
QUIET_MS = 90_000  # senders that send once a minute are on time


@dataclass(frozen=True, slots=True)
class Hold:
    """`lag_seconds` is how far behind we are, None when we are not; `quiet_ms` how long nobody has sent anything.

    Both None: nothing has come in that is not long settled.
    """

    lag_seconds: float | None
    quiet_ms: int | None

    @property
    def is_behind(self) -> bool:
        return self.lag_seconds is not None


def held(*, lag_seconds: float | None, received_ms: int | None, now_ms: int) -> Hold | None:
    """Why alerts are held; None while they are not. `received_ms` is when the newest samples came in."""
    if lag_seconds is not None and lag_seconds > MOST_LAG_SECONDS:
        return Hold(lag_seconds, None)
    if received_ms is None:
        return Hold(None, None)
    quiet_ms = now_ms - received_ms
    return Hold(None, quiet_ms) if quiet_ms >= QUIET_MS else None
