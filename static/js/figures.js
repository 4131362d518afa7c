// How a chart of columns looks: the grammar of lines, promises, limits, gaps and marks. Draws nothing by itself.

import * as marks from "./marks.js";
import { THIN, clocks, escape, faded, instant, known } from "./plots.js";

const PERCENTILES = {
  p50: { color: "p50", width: 1.5, dash: "2px,3px" },
  p95: { color: "p95", width: 2, dash: "10px,3px" },
  p99: { color: "p99", width: 2.5, dash: "solid" },
  mean: { color: "p99", width: 2.5, dash: "solid" },
};
const ONE = { color: "p95", width: 2, dash: "solid", filled: true };
const BEFORE = { color: "before", width: 1.5, dash: "dot" };
const DASHES = ["solid", "dash", "dot", "dashdot"];
export const CHARTS = {
  latency: { scale: (top) => (top < 1 ? [1e3, "ms"] : [1, "s"]), style: (name) => PERCENTILES[name] },
  traffic: { scale: () => [1, "/s"], style: (name) => (name === "last week" ? BEFORE : ONE) },
  errors: { scale: () => [100, "%"], style: () => ONE, least: 0.01 },
  saturation: {
    scale: () => [100, "%"],
    style: (_, at) => ({ color: `series-${(at % 4) + 1}`, width: at ? 1.5 : 2.5, dash: DASHES[at % 4] }),
    least: 1,
    fixed: true,
  },
};
const NEAR = 4; // a promise this many times above everything seen is told, but does not flatten the lines

// A chart's Plotly data and layout. `shown` is {columns, colours, zoom, width, log}: what came from the server, the theme,
// the range somebody chose (null: all), the width of all charts in pixels, whether latency is drawn by powers of ten.
export function figure(chart, shown) {
  const { columns, zoom } = shown;
  const { scale, style, least = 0, fixed } = CHARTS[chart];
  const time = clocks(columns.zone);
  const range = zoom ?? [time.clock(columns.end - columns.span), time.clock(columns.end)];
  const series = columns[chart];
  const seen = series.flatMap((one) => known(within(one, columns, time, range)));
  const highest = Math.max(least, ...seen);
  const promises = columns.promises.filter((one) => one.signal === chart);
  const near = promises.filter(({ value }) => highest > value / NEAR);
  const limits = columns.limits.filter((one) => one.signal === chart && isTold(one, { fixed, highest, promises }));
  const [factor, unit] = scale(highest);
  const bounds = [...near, ...limits].map(({ value }) => value);
  const top = (fixed ? Math.max(1, highest) : Math.max(highest, ...bounds) * 1.12) * factor || 1;
  const log = shown.log && chart === "latency";
  const low = log ? Math.min(top / 10, ...seen.filter((value) => value > 0).map((value) => value * factor)) / 1.2 : 0;
  const up = log ? (y) => Math.log10(Math.max(y, low) / low) / Math.log10(top / low) : (y) => y / top;
  const at = {
    ...shown, chart, time, range, factor, top, up, log, low, style, series, near,
    suffix: unit === "/s" ? unit : THIN + unit,
    apart: (instant(range[1]) - instant(range[0])) / Math.max(200, shown.width / 2 - 124), // milliseconds of a pixel
  };
  at.right = marks.rightMargin(Object.keys(CHARTS).flatMap((one) => columns[one].map(({ name }) => name.length)), at);
  const lines = series.flatMap((one, nth) => traces(at, one, style(one.name, nth)));
  return {
    data: [...marks.hatches(at), ...lines, ...breaches(at, promises)],
    layout: layout(at, {
      shapes: [...marks.bands(at, near, limits), ...marks.deployLines(at)],
      annotations: [
        ...marks.promiseLabels(at, promises), ...marks.limitLabels(at, limits), ...marks.names(at),
        ...marks.stretchLabels(at), ...marks.deployLabels(at), marks.zoneLabel(at),
      ],
    }),
  };
}

// General limits stand in where nothing was promised; where something was, only the critical one, when it is near.
function isTold({ state, value }, { fixed, highest, promises }) {
  if (promises.length && state !== "crit") return false;
  return fixed || highest > value / 2;
}

function within({ t0, step, values }, columns, { local }, [from, to]) {
  const first = t0 ?? columns.t0;
  const size = step ?? columns.step;
  const [start, end] = [instant(from), instant(to)];
  return values.filter((_, nth) => local(first + nth * size) >= start - size && local(first + nth * size) <= end + size);
}

// --- lines

// A line; its newest bucket, while that is still filling, fainter; a lone point between two gaps as a dot.
function traces({ columns, time, factor, suffix, colours }, { name, t0 = columns.t0, step = columns.step, values: told }, { color, width, dash, filled }) {
  const values = told.map((value) => (value === null ? null : value * factor));
  const times = values.map((_, nth) => time.clock(t0 + nth * step));
  const colour = colours[color];
  const lone = values.map((value, nth) => value !== null && (values[nth - 1] ?? null) === null && (values[nth + 1] ?? null) === null);
  const shown = {
    type: "scatter",
    name: escape(name),
    connectgaps: false,
    line: { color: colour, width, dash },
    marker: { color: colour, size: width + 2 },
    hovertemplate: `%{y:.3~r}${suffix}`,
    ...(filled && { fill: "tozeroy", fillcolor: faded(colour, 0.1) }),
  };
  const whole = columns.partial && t0 === columns.t0 ? values.slice(0, -1) : values;
  const main = { ...shown, x: times, y: whole, mode: lone.some(Boolean) ? "lines+markers" : "lines" };
  if (lone.some(Boolean)) main.marker = { color: colour, size: lone.map((one) => (one ? width + 2 : 0.1)) };
  if (whole === values) return [main];
  const from = values.length - 2;
  const filling = { ...shown, x: times.slice(from), y: values.slice(from), mode: "lines", opacity: 0.45, hoverinfo: "skip" };
  return [main, { ...filling, hovertemplate: undefined }];
}

// Where the line that was promised something is above it, thicker as well as in another colour.
function breaches({ columns, time, factor, series, colours, chart }, promises) {
  if (!promises.length || chart === "saturation") return [];
  const least = Math.min(...promises.map(({ value }) => value));
  const { values } = series.at(-1);
  const past = values.map((value) => value !== null && value > least);
  if (!past.some(Boolean)) return [];
  const shown = values.map((value, nth) => (past[nth] || ((past[nth - 1] || past[nth + 1]) && value !== null) ? value * factor : null));
  return [{
    type: "scatter", mode: "lines", name: "above the SLO", hoverinfo: "skip", connectgaps: false,
    x: values.map((_, nth) => time.clock(columns.t0 + nth * columns.step)), y: shown,
    line: { color: colours.crit, width: 4, dash: "solid" }, opacity: 0.85,
  }];
}

// --- the frame

function layout(at, laidOver) {
  const { columns, colours, width, range, suffix, top, time, log, low } = at;
  const axis = { gridcolor: colours.grid, linecolor: colours.border, zeroline: false, tickfont: { size: 11 } };
  return {
    ...laidOver,
    uirevision: columns.service,
    height: 220,
    margin: { l: 56, r: at.right, t: 20, b: 26 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colours.font, size: 12, color: colours.muted },
    showlegend: false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: colours.raised, bordercolor: colours.border, font: { size: 12, color: colours.text } },
    dragmode: "zoom",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colours.muted, activecolor: colours.text },
    xaxis: {
      ...axis,
      type: "date",
      range,
      hoverformat: `%a %-d %b %H:%M ${time.zone}`,
      nticks: width > 500 ? 8 : 4,
      tickangle: 0,
      showgrid: false,
      ticks: "outside",
      tickcolor: colours.border,
      showspikes: true,
      spikemode: "across",
      spikesnap: "hovered data",
      spikethickness: -2, // Plotly draws a halo this much wider plus 2, and the line itself at least 1
      spikedash: "solid",
      spikecolor: colours.muted,
    },
    yaxis: log
      ? { ...axis, type: "log", range: [Math.log10(low), Math.log10(top)], fixedrange: true, nticks: 5, dtick: "D1", ticksuffix: suffix, tickformat: "~r" }
      : { ...axis, range: [0, top], fixedrange: true, nticks: 5, ticksuffix: suffix, tickformat: "~r" },
    yaxis2: { range: [0, 1], overlaying: "y", visible: false, fixedrange: true, tickmode: "auto" },
  };
}
