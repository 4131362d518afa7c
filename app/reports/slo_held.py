"""That alerts are held, as a sentence: a screen on which nothing fires says whether anything could."""

from app.domain import holding
from app.domain.counters import Counters
from app.domain.holding import Hold
from app.reports import formats
from app.store import journal
from app.store.engine import Connection


def sentence(counters: Counters, db: Connection, *, now_ms: int) -> str:
    """Why no alert is raised or resolved at the moment; "" while alerts are judged."""
    lag_seconds = counters.ask("burnline_fold_lag_seconds")
    return told(holding.held(lag_seconds=lag_seconds, received_ms=journal.newest_received_ms(db), now_ms=now_ms))


def told(hold: Hold | None) -> str:
    if hold is None:
        return ""
    if hold.lag_seconds is not None:
        behind = formats.duration(hold.lag_seconds)
        return f"Alerts are held: we are {behind} behind with what came in, so none is raised or resolved."
    since = "" if hold.quiet_ms is None else f" for {formats.minutes(hold.quiet_ms / 1000)}"
    return f"Alerts are held: nobody has sent anything{since}, so none is raised or resolved."
