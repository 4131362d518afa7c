"""Whether the clock goes steadily: a wrong one must not make anything be forgotten."""

JUMP_MS = 5 * 60_000  # more at once is no correction of a clock that drifts
SETTLED_MS = 60 * 60_000


class Steadiness:
    """Compares the wall clock with one that only counts. To be asked often."""

    def __init__(self) -> None:
        self._apart_ms: int | None = None
        self._jumped_ms: int | None = None

    def is_steady(self, *, wall_ms: int, counted_ms: int) -> bool:
        """False from a jump, in either direction, until an hour has passed without another one."""
        apart_ms = wall_ms - counted_ms
        if self._apart_ms is not None and abs(apart_ms - self._apart_ms) > JUMP_MS:
            self._jumped_ms = counted_ms
        self._apart_ms = apart_ms
        return self._jumped_ms is None or counted_ms - self._jumped_ms >= SETTLED_MS
