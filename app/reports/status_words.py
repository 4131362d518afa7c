"""What the status page says: the sentence at its head, made of facts, and the words of states and phases."""

from collections.abc import Sequence

from app.domain.notices import Impact, Phase
from app.domain.status import Level
from app.domain.status_page import UNCONFIRMED, Component

WORDS = {
    Level.OPERATIONAL: "Operational",
    Level.UNKNOWN: "Unknown",
    Level.MAINTENANCE: "Maintenance",
    Level.DEGRADED: "Degraded",
    Level.PARTIAL_OUTAGE: "Partial outage",
    Level.MAJOR_OUTAGE: "Major outage",
}
PHASES = {
    Phase.INVESTIGATING: "Investigating",
    Phase.IDENTIFIED: "Identified",
    Phase.MONITORING: "Monitoring",
    Phase.RESOLVED: "Resolved",
    Phase.SCHEDULED: "Planned",
    Phase.IN_PROGRESS: "In progress",
    Phase.COMPLETED: "Completed",
}
IMPACTS = {
    Impact.NONE: "No impact",
    Impact.MINOR: "Degraded",
    Impact.MAJOR: "Partial outage",
    Impact.CRITICAL: "Major outage",
}
MEASURES = {
    "ratio": "Successful requests",
    "synthetic": "Successful checks",
    "latency": "Answers in time",
    "freshness": "Minutes up to date",
    "threshold": "Minutes within limits",
    "saturation": "Minutes with room to spare",
    "composite": "Minutes in which every part worked",
}
MAIN = tuple(MEASURES)  # the first of these that a service has tells its share
NAMED = 2


def headline(components: Sequence[Component]) -> str:
    """One sentence about now, from what was measured and told."""
    known = [one for one in components if one.level is not Level.UNKNOWN]
    if not components:
        return "No services are shown here yet"
    if not known:
        return UNCONFIRMED
    worst = max((one.level for one in known), key=lambda one: one.rank)
    unknown = [one for one in components if one.level is Level.UNKNOWN]
    if worst.is_trouble:
        return _trouble(worst, [one for one in known if one.level is worst], everything=not unknown, of=known)
    if worst is Level.MAINTENANCE:
        return f"Maintenance of {_names([one for one in known if one.level is worst])}"
    if unknown:
        return f"We cannot confirm the state of {_names(unknown)}; all else is operational"
    return "All services are operational"


def _trouble(level: Level, hit: Sequence[Component], *, everything: bool, of: Sequence[Component]) -> str:
    all_of_them = everything and len(hit) == len(of) and len(hit) > 1
    if level is Level.DEGRADED:
        who = "All services" if all_of_them else _names(hit)
        return f"{who} {'are' if all_of_them or len(hit) > 1 else 'is'} degraded"
    return f"{WORDS[level]} of {'all services' if all_of_them else _names(hit)}"


def _names(of: Sequence[Component]) -> str:
    """Payments; Payments and Search; Payments, Search and 3 more."""
    names = [one.name for one in of]
    if len(names) <= NAMED:
        return " and ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
