"""What a judgement says in words: the sentence beside a number is made from the number."""

from app.domain import states
from app.domain.states import Concern, Finding, Judgement, State
from app.reports import formats

WORDS = {State.CRIT: "CRIT", State.WARN: "WARN", State.NO_DATA: "NO DATA", State.MAINT: "MAINT", State.OK: "OK"}
FULL_WORDS = {
    State.CRIT: "critical",
    State.WARN: "warning",
    State.NO_DATA: "no data",
    State.MAINT: "maintenance",
    State.OK: "ok",
}
_VERDICT = {State.CRIT: "is critical", State.WARN: "is a warning"}


def reason(finding: Finding, *, latency_name: str = "p99") -> str:
    """Why, with the number and the limit it is past: "errors 4.2 %, 5 % is critical"."""
    verdict = _VERDICT.get(finding.state, "")
    if finding.concern is Concern.ERRORS:
        return f"errors {formats.percent(finding.value)}, {formats.percent(finding.limit)} {verdict}"
    if finding.concern is Concern.LATENCY:
        return f"{latency_name} {formats.seconds(finding.value)}, above {formats.seconds(finding.limit)} {verdict}"
    if finding.concern is Concern.TRAFFIC:
        usual = finding.limit / states.TRAFFIC_WARN
        return f"traffic {formats.per_second(finding.value)}, {formats.per_second(usual)} at this time yesterday"
    if finding.concern is Concern.SATURATION:
        return f"{finding.resource} {formats.percent(finding.value)}, {formats.percent(finding.limit)} {verdict}"
    if finding.concern is Concern.FILLING:
        return f"{finding.resource} full in {formats.duration(finding.value)} at its current rise"
    return "no data"


def since(judgement: Judgement, *, clock: str, now_ms: int) -> str:
    """When it began: "since 14:14 (18 min)"; `clock` is the time of day in the reader's zone."""
    worst = judgement.worst
    if worst is None:
        return ""
    if worst.since_ms is not None:
        return f"since {clock} ({formats.duration((now_ms - worst.since_ms) / 1000)})"
    return "" if worst.concern is Concern.SILENCE else "for more than a day"
