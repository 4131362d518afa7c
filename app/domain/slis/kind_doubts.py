"""What may be odd about the series that a selector matches, whatever the kind."""

from collections.abc import Sequence

from app.domain.cells import GAUGE
from app.domain.selectors import Candidate, Selector
from app.domain.series import Shape, clip
from app.domain.slis.kind import Doubt

HISTOGRAMS = (Shape.HISTOGRAM, Shape.DELTA_HISTOGRAM)


def unseen(field: str, selector: Selector, found: Sequence[Candidate]) -> list[Doubt]:
    """Nothing is selected."""
    if found:
        return []
    message = f"No series matches {clip(str(selector), 200)}."
    hint = "Check the metric and its labels, or allow series that are yet to come."
    return [Doubt(field, message, refuses=True, hint=hint, unseen=True)]


def mixed_units(field: str, found: Sequence[Candidate]) -> list[Doubt]:
    """Senders that declare different units cannot be added up or compared with one number."""
    units = sorted({unit for one in found if (unit := _plain_unit(one))})
    if len(units) < 2:
        return []
    message = f"The series are in different units: {_listed(units)}."
    return [Doubt(field, message, refuses=True, hint="Select the series of one unit by a label.")]


def not_counted(field: str, found: Sequence[Candidate]) -> list[Doubt]:
    """Gauges where increases are needed."""
    names = sorted({one.metric for one in found if one.kind == GAUGE and one.shape is Shape.VALUE})
    if not names:
        return []
    message = f"{_listed(names)} is a gauge: its value goes up and down, so it counts no events."
    return [Doubt(field, message, refuses=True, hint="Select counters or histograms, or judge a gauge by a threshold.")]


def not_measured(field: str, found: Sequence[Candidate]) -> list[Doubt]:
    """Counters and histograms where values are needed."""
    names = sorted({one.metric for one in found if one.kind != GAUGE or one.shape is not Shape.VALUE})
    if not names:
        return []
    message = f"{_listed(names)} counts events: its value tells nothing by itself."
    return [Doubt(field, message, refuses=True, hint="Select gauges, or count events by a ratio.")]


def counted_twice(field: str, found: Sequence[Candidate]) -> list[Doubt]:
    """Several buckets of one classic histogram: each holds what those below hold."""
    doubts = []
    if len({one.labels["le"] for one in found if "le" in one.labels and _is_plain(one)}) > 1:
        message = "The buckets of a histogram hold each other: events would be counted once for every bound."
        doubts.append(Doubt(field, message, refuses=True, hint='Select one bucket, such as le="+Inf", or the count.'))
    if len({one.shape in HISTOGRAMS for one in found}) > 1:
        message = "Some of the series are histograms and others are counters: the same events may be in both."
        doubts.append(Doubt(field, message, refuses=False))
    return doubts


def _plain_unit(one: Candidate) -> str:
    """The unit of a series' numbers: "" of a count, whatever is counted ("{request}") or was measured ("_count")."""
    if one.metric.endswith("_count"):
        return ""
    unit = one.unit.partition("{")[0]
    return "" if unit == "1" else unit


def _is_plain(one: Candidate) -> bool:
    return one.shape not in HISTOGRAMS and one.metric.endswith("_bucket")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(clip(name) for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
