"""The four charts as Plotly figures, for whoever draws with Plotly elsewhere.

Plain dicts: building them through plotly.graph_objects takes five hundred times as long. A test has plotly check them.

The same grammar as static/js/charts.js: gaps are gaps, deploys dotted, limits dashed, percentiles one hue in order.
"""

from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

from app.domain.changes import Change
from app.domain.signals import Floats
from app.reports import charts, formats
from app.reports.charts import Limit
from app.reports.services import Shown
from app.reports.signals import Columns

Json: TypeAlias = dict[str, object]
Look = Literal["light", "dark"]

TITLES = {"latency": "Latency", "traffic": "Traffic", "errors": "Errors", "saturation": "Saturation"}
SUFFIXES = {"latency": " s", "traffic": "/s", "errors": "", "saturation": ""}

# The tokens of static/css/tokens.css that charts use.
COLOURS: dict[Look, dict[str, str]] = {
    "light": {
        "text": "#14181f",
        "muted": "#4b5563",
        "grid": "#e3e8ee",
        "page": "#ffffff",
        "warn": "#a36000",
        "crit": "#990f28",
        "before": "#7b8694",
        "p50": "#6e8fb8",
        "p95": "#2f6db5",
        "p99": "#0b2e66",
        "series-1": "#0b3c7a",
        "series-2": "#c05a00",
        "series-3": "#b03a9e",
        "series-4": "#2a8c72",
    },
    "dark": {
        "text": "#f2f4f8",
        "muted": "#a9b4c2",
        "grid": "#262d38",
        "page": "#0e1116",
        "warn": "#ffd83d",
        "crit": "#ff5c66",
        "before": "#8590a0",
        "p50": "#5b7fae",
        "p95": "#7db4f5",
        "p99": "#e3f0ff",
        "series-1": "#4f7fc4",
        "series-2": "#ffb65c",
        "series-3": "#f79be0",
        "series-4": "#2fe0b8",
    },
}
STYLES = {
    "p50": ("p50", 1.5, "dot"),
    "p95": ("p95", 2.0, "dash"),
    "p99": ("p99", 2.5, "solid"),
    "mean": ("p99", 2.5, "solid"),
    charts.LAST_WEEK: ("before", 1.5, "dot"),
}
PLAIN = ("p95", 2.0, "solid")
DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One named line of a chart."""

    name: str
    times_ms: list[int]
    values: Floats


def all_four(found: Shown, *, look: Look = "light") -> dict[str, Json]:
    """Signal -> figure (data and layout). Times are in UTC."""
    of = found.columns
    named = {
        "latency": of.signals["latency"].items(),
        "traffic": of.signals["traffic"].items(),
        "errors": of.signals["error_ratio"].items(),
        "saturation": charts.fullest(of.signals["saturation"]),
    }
    lines = {signal: [Line(name, of.times_ms, values) for name, values in many] for signal, many in named.items()}
    if of.last_week is not None:
        lines["traffic"].append(Line(charts.LAST_WEEK, of.last_week.times_ms, of.last_week.traffic))
    limits = charts.limits(found.usual)
    return {
        signal: figure(
            signal,
            drawn,
            of=of,
            deploys=found.deploys,
            limits=[one for one in limits if one.signal == signal],
            look=look,
        )
        for signal, drawn in lines.items()
    }


def figure(
    signal: str,
    lines: list[Line],
    *,
    of: Columns,
    deploys: tuple[Change, ...],
    limits: list[Limit],
    look: Look,
) -> Json:
    """One chart."""
    colours = COLOURS[look]
    return {
        "data": [_trace(one, style=_style(signal, one.name, at), colours=colours) for at, one in enumerate(lines)],
        "layout": _layout(signal, of, colours)
        | {
            "shapes": [
                *(_deploy_line(one, colours) for one in deploys),
                *(_limit_line(one, colours) for one in limits),
            ],
            "annotations": [_deploy_label(one, colours) for one in deploys],
        },
    }


def clock(at_ms: int) -> str:
    """A time in UTC that does not say so: Plotly takes numbers for times in the browser's zone, texts as they are."""
    return formats.iso(at_ms).removesuffix("Z")


def _trace(line: Line, *, style: tuple[str, float, str], colours: dict[str, str]) -> Json:
    colour, width, dash = style
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escape(line.name, quote=False),
        "x": [clock(at_ms) for at_ms in line.times_ms],
        "y": charts.rounded(line.values),
        "connectgaps": False,
        "line": {"color": colours[colour], "width": width, "dash": dash},
    }


def _style(signal: str, name: str, at: int) -> tuple[str, float, str]:
    if signal == "saturation":
        return f"series-{at % 4 + 1}", 1.5 if at else 2.5, DASHES[at % 4]
    return STYLES.get(name, PLAIN)


def _layout(signal: str, of: Columns, colours: dict[str, str]) -> Json:
    is_share = signal in ("errors", "saturation")
    value_axis: Json = {
        "rangemode": "tozero",
        "gridcolor": colours["grid"],
        "ticksuffix": SUFFIXES[signal],
        "tickformat": ".3~%" if is_share else "~r",
    }
    if signal == "saturation":
        value_axis["range"] = [0, 1]
    return {
        "title": {"text": f"{TITLES[signal]} of {escape(of.service.slug, quote=False)}"},
        "hovermode": "x unified",
        "font": {"color": colours["text"]},
        "paper_bgcolor": colours["page"],
        "plot_bgcolor": colours["page"],
        "xaxis": {"type": "date", "range": [clock(of.start_ms), clock(of.end_ms)], "showgrid": False},
        "yaxis": value_axis,
        "uirevision": f"{of.service.slug} {of.step_ms}",
    }


def _deploy_line(change: Change, colours: dict[str, str]) -> Json:
    line = {"color": colours["muted"], "width": 1, "dash": "dot"}
    return {
        "type": "line",
        "x0": clock(change.at_ms),
        "x1": clock(change.at_ms),
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": line,
    }


def _deploy_label(change: Change, colours: dict[str, str]) -> Json:
    return {
        "text": f"▼ {escape(change.version, quote=False)}",
        "x": clock(change.at_ms),
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": colours["muted"], "size": 11},
    }


def _limit_line(limit: Limit, colours: dict[str, str]) -> Json:
    line = {"color": colours[limit.state], "width": 1, "dash": "dash"}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": limit.value,
        "y1": limit.value,
        "line": line,
    }
