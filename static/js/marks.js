// What is laid over the lines of a chart: stretches of time, promises and limits, names of lines, deploys. Each function takes
// `at`, what figures.js has worked out of a chart, and gives shapes, annotations or traces of Plotly.

import { escape, faded, instant, known, short } from "./plots.js";

const MOST_NAMED = 5; // deploys in view; more become counted ticks

// --- stretches of time: nothing known, work announced

export function hatches({ columns, time, colours }) {
  const hatch = (stretches, shape, colour, ground) => stretches.length === 0 ? [] : [{
    type: "scatter",
    x: stretches.flatMap(([from, to]) => [time.clock(from), time.clock(from), time.clock(to), time.clock(to), null]),
    y: stretches.flatMap(() => [0, 1, 1, 0, null]),
    yaxis: "y2",
    mode: "lines",
    line: { width: 0 },
    fill: "toself",
    fillcolor: faded(ground, 0.8),
    fillpattern: { shape, size: 7, solidity: 0.16, fgcolor: colour, bgcolor: faded(ground, 0.5) },
    hoverinfo: "skip",
  }];
  return [
    ...hatch(columns.maintenance, "\\", colours.maint, colours.raised),
    ...hatch(columns.gaps, "/", colours.before, colours.gap),
  ];
}

export function stretchLabels({ columns, time, range, apart, colours, width }) {
  const [start, end] = range.map(instant);
  const label = (text, colour) => ([from, to]) => {
    const [left, right] = [Math.max(time.local(from), start), Math.min(time.local(to), end)];
    if (right - left < apart * (text.length * 6 + 8)) return [];
    const x = new Date((left + right) / 2).toISOString().slice(0, 19);
    return [{ text, x, xanchor: "center", yref: "paper", y: 0.25, showarrow: false, font: { size: 11, color: colour }, bgcolor: faded(colours.panel, 0.85) }];
  };
  if (width < 200) return [];
  return [...columns.gaps.flatMap(label("no data", colours.muted)), ...columns.maintenance.flatMap(label("maintenance", colours.maint))];
}

// --- what is promised, and the general limits

export function bands({ factor, top, colours }, promises, limits) {
  const line = (value, look) => ({
    type: "line", xref: "paper", x0: 0, x1: 1, y0: value * factor, y1: value * factor,
    layer: "above", line: look, // below the lines a grid line at the same value would hide it
  });
  const worst = promises.length ? promises[0] : limits.find(({ state }) => state === "crit");
  const tint = worst && {
    type: "rect", xref: "paper", x0: 0, x1: 1, y0: worst.value * factor, y1: Math.max(top, worst.value * factor),
    layer: "below", fillcolor: faded(colours.crit, 0.08), line: { width: 0 },
  };
  return [
    ...(tint ? [tint] : []),
    ...promises.map(({ value }) => line(value, { color: colours.crit, width: 1.5, dash: "solid" })),
    ...limits.map(({ state, value }) => line(value, { color: colours[state], width: 1, dash: "dash" })),
  ];
}

export function promiseLabels({ factor, suffix, top, up, near, colours }, promises) {
  return promises.map((one) => {
    const isNear = near.includes(one);
    const y = up(one.value * factor);
    return {
      text: `SLO ${short(one.value * factor)}${suffix}${isNear ? "" : " ↑"}`,
      xref: "paper", x: 0.995, xanchor: "right", yref: "paper", y: isNear ? y : 1,
      yanchor: isNear && y < 0.9 ? "bottom" : "top", yshift: isNear && y < 0.9 ? 2 : -2,
      showarrow: false, font: { size: 11, color: colours.crit }, bgcolor: faded(colours.panel, 0.75), borderpad: 1,
    };
  });
}

export function limitLabels({ chart, factor, suffix, up, colours }, limits) {
  const told = chart === "saturation" ? limits.filter(({ state }) => state === "warn") : limits;
  return told.map(({ state, value }) => ({
    text: `${state === "crit" ? "critical" : "warning"} ${short(value * factor)}${suffix}`,
    xref: "paper", x: 0.005, xanchor: "left", yref: "paper", y: up(value * factor), yanchor: "bottom",
    showarrow: false, font: { size: 11, color: colours[state] },
  }));
}

// --- names stand at the end of their lines, moved apart where lines end close together

export function names(at) {
  const { series, factor, up, style, colours, right } = at;
  if (series.length < 2) return [];
  const named = series.map(({ name, values }, nth) => ({ name, nth, y: up((known(values).at(-1) ?? NaN) * factor) }));
  const placed = named.filter(({ y }) => !Number.isNaN(y)).sort((one, other) => one.y - other.y);
  const most = Math.floor((right - 10) / 6);
  let below = -Infinity;
  return placed.map(({ name, nth, y }) => {
    below = Math.max(y, below + 1 / 13);
    const { color } = style(name, nth);
    return {
      text: escape(name.length > most ? `${name.slice(0, most - 1)}…` : name),
      xref: "paper", x: 1, xanchor: "left", xshift: 4, yref: "paper", y: below, yanchor: "middle",
      showarrow: false, font: { size: 11, color: colours[color] },
    };
  });
}

export function zoneLabel({ time, colours }) {
  return {
    text: escape(time.zone), xref: "paper", x: 1, xanchor: "left", xshift: 20, yref: "paper", y: 0, yanchor: "top", yshift: -5,
    showarrow: false, font: { size: 10, color: colours.muted },
  };
}

// --- deploys: a line and a name each, or ticks with how many they are

function inView({ columns, time, range }) {
  const [start, end] = range.map(instant);
  return columns.deploys.filter(({ at }) => time.local(at) >= start && time.local(at) <= end);
}

export function deployLines(at) {
  const marked = inView(at);
  const many = marked.length > MOST_NAMED;
  return marked.map((one) => ({
    type: "line", x0: at.time.clock(one.at), x1: at.time.clock(one.at), yref: "paper", y0: many ? 0.95 : 0, y1: 1,
    line: { color: at.colours.muted, width: 1, dash: many ? "solid" : "dot" },
  }));
}

// The newest of neighbours is named, the others keep their triangle.
export function deployLabels(at) {
  const marked = inView(at);
  if (marked.length > MOST_NAMED) return counted(at, marked);
  let next = Infinity;
  return marked.toReversed().map((one) => {
    const local = at.time.local(one.at);
    const isNamed = local <= next - at.apart * 90;
    if (isNamed) next = local;
    return triangle(at, one.at, isNamed ? `▼ ${escape(one.version.slice(0, 14))}` : "▼", "left");
  });
}

function counted(at, marked) {
  const groups = [];
  for (const one of marked) {
    const last = groups.at(-1);
    if (last && one.at - last[0].at < at.apart * 36) last.push(one);
    else groups.push([one]);
  }
  return groups.map((group) => {
    const middle = (group[0].at + group.at(-1).at) / 2;
    return triangle(at, middle, group.length > 1 ? `▼${group.length}` : "▼", "center");
  });
}

function triangle({ time, colours }, when, text, xanchor) {
  return {
    text, x: time.clock(when), xanchor, xshift: xanchor === "left" ? -6 : 0, yref: "paper", y: 1, yanchor: "bottom",
    showarrow: false, font: { size: 11, color: colours.muted },
  };
}

// The same for all four, so that one moment stands at one place in each column.
export function rightMargin(lengths, { width }) {
  const longest = Math.max(...lengths);
  return Math.min(width > 500 ? 116 : 76, Math.max(58, 16 + longest * 6.2));
}
