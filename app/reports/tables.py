"""The numbers of a service's charts in rows and columns, for those who read better than they see."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.signals import Floats
from app.reports import formats
from app.reports.signals import Columns

_TEXTS: dict[str, Callable[[float | None], str]] = {
    "latency": formats.seconds,
    "traffic": formats.per_second,
    "errors": formats.per_second,
    "error_ratio": formats.percent,
    "saturation": formats.percent,
}
_CHARTS = {"error_ratio": "errors"}
_HEADINGS = {"latency": "Latency", "traffic": "Traffic", "errors": "Failed", "error_ratio": "Errors", "saturation": ""}


@dataclass(frozen=True, slots=True)
class TableRow:
    """One bucket: when it begins, whether it is still filling, a text for each heading."""

    at_ms: int
    partial: bool
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Newest first; `charts` says of each heading which chart draws it."""

    headings: tuple[str, ...]
    charts: tuple[str, ...]
    rows: tuple[TableRow, ...]


def of(columns: Columns, *, newest: int) -> Table:
    """The newest buckets of all signals side by side."""
    many = [
        (_heading(signal, series), _TEXTS[signal], values, _CHARTS.get(signal, signal))
        for signal, found in columns.signals.items()
        for series, values in found.items()
    ]
    texts = [_texts(text, values[-newest:]) for _, text, values, _ in many]
    times = columns.times_ms[-newest:]
    rows = [
        TableRow(at_ms, columns.partial and at_ms == times[-1], row)
        for at_ms, row in zip(times, zip(*texts, strict=True), strict=True)
    ]
    headings, _, _, drawn = zip(*many, strict=True)
    return Table(headings, drawn, tuple(reversed(rows)))


def _heading(signal: str, series: str) -> str:
    named = signal in ("latency", "saturation")
    return f"{_HEADINGS[signal]} {series}".strip() if named else _HEADINGS[signal]


def _texts(text: Callable[[float | None], str], values: Floats) -> list[str]:
    return [text(value) for value in values.tolist()]
