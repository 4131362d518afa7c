// How a chart of columns looks: the grammar of lines, limits, gaps and marks. Draws nothing by itself.

const THIN = "\u2009";
const PERCENTILES = {
  p50: { color: "p50", width: 1.5, dash: "2px,3px" },
  p95: { color: "p95", width: 2, dash: "10px,3px" },
  p99: { color: "p99", width: 2.5, dash: "solid" },
  mean: { color: "p99", width: 2.5, dash: "solid" },
};
const ONE = { color: "p95", width: 2, dash: "solid", filled: true };
const BEFORE = { color: "before", width: 1.5, dash: "dot" };
const DASHES = ["solid", "dash", "dot", "dashdot"];
const CHARTS = {
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

let columns, colours, zoom, width;

const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
const known = (values) => values.filter((value) => value !== null);

// A chart's Plotly data and layout. `shown` is {columns, colours, zoom, width}: what came from the server, the theme, the
// range somebody chose (null: all), the width of all charts in pixels.
export function figure(chart, shown) {
  ({ columns, colours, zoom, width } = shown);
  const { scale, style, least = 0, fixed } = CHARTS[chart];
  const series = columns[chart];
  const highest = Math.max(least, ...series.flatMap(({ values }) => known(values)));
  const limits = columns.limits.filter((one) => one.signal === chart && (fixed || highest > one.value / 2));
  const [factor, unit] = scale(highest);
  const top = (fixed ? Math.max(1, highest) : Math.max(highest, ...limits.map((one) => one.value)) * 1.12) * factor || 1;
  const suffix = unit === "/s" ? unit : THIN + unit;
  const lines = series.flatMap((one, at) => traces(one, factor, style(one.name, at), suffix));
  return {
    data: [...gaps(top), ...lines],
    layout: layout(chart, top, suffix, {
      shapes: [...bands(limits, factor, top), ...deployLines()],
      annotations: [...limitLabels(chart, limits, factor, suffix), ...labels(series, factor, top, style), ...deployLabels()],
    }),
  };
}

// The clock of the page's zone, as if it were UTC.
function local(at) {
  const { offsets } = columns.zone;
  return at + (offsets.findLast(([from]) => from <= at) ?? offsets[0])[1];
}

// Plotly takes numbers for times in the browser's zone, and texts for what they say.
const clock = (at) => new Date(local(at)).toISOString().slice(0, 19);

const faded = (colour, share) => colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);

// A line; its newest bucket, while that is still filling, fainter; a lone point between two gaps as a dot.
function traces({ name, t0 = columns.t0, step = columns.step, values: told }, factor, { color, width, dash, filled }, suffix) {
  const values = told.map((value) => (value === null ? null : value * factor));
  const times = values.map((_, at) => clock(t0 + at * step));
  const colour = colours[color];
  const lone = values.map((value, at) => value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null);
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

function gaps(top) {
  if (!columns.gaps.length) return [];
  return [{
    type: "scatter",
    x: columns.gaps.flatMap(([from, to]) => [clock(from), clock(from), clock(to), clock(to), null]),
    y: columns.gaps.flatMap(() => [0, 1, 1, 0, null]),
    yaxis: "y2",
    mode: "lines",
    line: { width: 0 },
    fill: "toself",
    fillcolor: faded(colours.gap, 0.8),
    fillpattern: { shape: "/", size: 7, solidity: 0.16, fgcolor: colours.before, bgcolor: faded(colours.gap, 0.5) },
    hoverinfo: "skip",
  }];
}

function bands(limits, factor, top) {
  return limits.flatMap(({ state, value }) => {
    const line = { type: "line", xref: "paper", x0: 0, x1: 1, y0: value * factor, y1: value * factor, layer: "below" };
    // Above the lines: below them a grid line at the same value would hide it.
    const shapes = [{ ...line, layer: "above", line: { color: colours[state], width: 1, dash: "dash" } }];
    if (state === "crit") {
      const tint = { fillcolor: faded(colours.crit, 0.08), line: { width: 0 } };
      shapes.push({ ...line, type: "rect", y1: Math.max(top, value * factor), ...tint });
    }
    return shapes;
  });
}

function limitLabels(chart, limits, factor, suffix) {
  const told = chart === "saturation" ? limits.filter(({ state }) => state === "warn") : limits;
  return told.map(({ state, value }) => ({
    text: `${state === "crit" ? "critical" : "warning"} ${short(value * factor)}${suffix}`,
    xref: "paper", x: 0.005, xanchor: "left", y: value * factor, yanchor: "bottom",
    showarrow: false, font: { size: 11, color: colours[state] },
  }));
}

const short = (value) => String(Number(value.toPrecision(3)));

// Names stand at the end of their lines, moved apart where lines end close together.
function labels(series, factor, top, style) {
  if (series.length < 2) return [];
  const named = series.map(({ name, values }, at) => ({ name, at, y: (known(values).at(-1) ?? NaN) * factor }));
  const placed = named.filter(({ y }) => !Number.isNaN(y)).sort((one, other) => one.y - other.y);
  const least = top / 13;
  const most = Math.floor((rightMargin() - 10) / 6);
  let below = -Infinity;
  return placed.map(({ name, at, y }) => {
    below = Math.max(y, below + least);
    const { color } = style(name, at);
    return {
      text: escape(name.length > most ? `${name.slice(0, most - 1)}…` : name),
      xref: "paper", x: 1, xanchor: "left", xshift: 4, y: below, yanchor: "middle",
      showarrow: false, font: { size: 11, color: colours[color] },
    };
  });
}

function deployLines() {
  return columns.deploys.map(({ at }) => ({
    type: "line", x0: clock(at), x1: clock(at), yref: "paper", y0: 0, y1: 1,
    line: { color: colours.muted, width: 1, dash: "dot" },
  }));
}

// The newest of neighbours is named, the others keep their triangle.
function deployLabels() {
  const [from, to] = shownRange().map((at) => Date.parse(`${at.replace(" ", "T")}Z`));
  const apart = ((to - from) / Math.max(200, width / 2 - 124)) * 90; // milliseconds of 90 pixels
  let next = Infinity;
  return columns.deploys.toReversed().map(({ at, version }) => {
    const isNamed = local(at) <= next - apart;
    if (isNamed) next = local(at);
    return {
      text: isNamed ? `▼ ${escape(version.slice(0, 14))}` : "▼",
      x: clock(at), xanchor: "left", xshift: -6, yref: "paper", y: 1, yanchor: "bottom",
      showarrow: false, font: { size: 11, color: colours.muted },
    };
  });
}

const shownRange = () => zoom ?? [clock(columns.end - columns.span), clock(columns.end)];

// The same for all four, so that one moment stands at one place in each column.
function rightMargin() {
  const longest = Math.max(...Object.keys(CHARTS).flatMap((chart) => columns[chart].map(({ name }) => name.length)));
  return Math.min(width > 500 ? 122 : 76, 16 + longest * 6.2);
}

function layout(chart, top, suffix, marks) {
  const axis = { gridcolor: colours.grid, linecolor: colours.border, zeroline: false, tickfont: { size: 11 } };
  return {
    ...marks,
    uirevision: columns.service,
    height: 220,
    margin: { l: 56, r: rightMargin(), t: 20, b: 26 },
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
      range: shownRange(),
      hoverformat: "%a %-d %b %H:%M",
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
    yaxis: { ...axis, range: [0, top], fixedrange: true, nticks: 5, ticksuffix: suffix, tickformat: "~r" },
    yaxis2: { range: [0, 1], overlaying: "y", visible: false, fixedrange: true, tickmode: "auto" },
  };
}
