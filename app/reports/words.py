"""What a judgement says in words: the sentence beside a number is made from the number."""

from app.domain import states
from app.domain.states import Concern, Finding, Judgement, State
from app.reports import formats
from app.reports.marks import Marks

WORDS = {State.CRIT: "CRIT", State.WARN: "WARN", State.NO_DATA: "NO DATA", State.MAINT: "MAINT", State.OK: "OK"}
FULL_WORDS = {
    State.CRIT: "critical",
    State.WARN: "warning",
    State.NO_DATA: "no data",
    State.MAINT: "maintenance",
    State.OK: "ok",
}
_VERDICT = {State.CRIT: "is critical", State.WARN: "is a warning"}


def reasons(judged: Judgement, *, latency_name: str = "p99") -> str:
    """The worst of it for a list, and how much more there is: "errors 4.2 %, 5 % is critical (+1)"."""
    if judged.worst is None:
        return ""
    more = f" (+{len(judged.findings) - 1})" if len(judged.findings) > 1 else ""
    longer = judged.worst.since_ms is None and judged.worst.concern is not Concern.SILENCE
    return reason(judged.worst, latency_name=latency_name) + (", for more than a day" if longer else "") + more


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
    return "no data" if finding.since_ms is not None else "no figures yet"


def against(finding: Finding, promised: Marks, *, latency_name: str = "p99") -> str:
    """The same against what was promised, where it was: "Errors 4.2 % against 0.1 % allowed"."""
    if finding.concern is Concern.ERRORS and (promise := promised.promise("errors")) is not None:
        return f"Errors {formats.percent(finding.value)} against {formats.percent(promise.value)} allowed"
    if finding.concern is Concern.LATENCY and (promise := promised.promise("latency")) is not None:
        return f"{latency_name} {formats.seconds(finding.value)} against {formats.seconds(promise.value)} allowed"
    text = reason(finding, latency_name=latency_name)
    return text[:1].upper() + text[1:] if finding.concern in (Concern.ERRORS, Concern.TRAFFIC) else text
