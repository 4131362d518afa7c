// The budget of one objective over time: what was left, what comes back by itself, and where it goes at this rate.
// Numbers come from the server; this file owns their looks.

import { CONFIG, THIN, clockOf, escape, faded, keepDrawn, look, timeAxis } from "./plotting.js";

const DAY = 86_400_000;
const LEAST_APART = 64; // pixels between two named deploys
let plot, budget, colours, clock;

const short = (value) => String(Number(value.toPrecision(2)));

const known = () => budget.left.filter((one) => one !== null);
const newest = () => known().at(-1) ?? null;

// What comes back without anybody doing anything: bad times that leave the window, one after the other.
function returns() {
  let level = newest();
  if (level === null) return [];
  return budget.leaving.filter(({ at }) => at <= budget.end).map((one) => ({ ...one, before: level, level: (level += one.share) }));
}

function burned() {
  return {
    type: "scatter", mode: "lines", name: "left",
    x: budget.times.map(clock), y: budget.left.map((one) => (one === null ? null : one * 100)),
    connectgaps: false, line: { color: colours.p95, width: 2 },
    fill: "tozeroy", fillcolor: faded(colours.p95, 0.1), hovertemplate: `%{y:.3~r}${THIN}%`,
  };
}

// Of a calendar period: the budget spent evenly, from its first minute to its last.
function even() {
  return {
    type: "scatter", mode: "lines", name: "even burn", hoverinfo: "skip",
    x: [clock(budget.start), clock(budget.end)], y: [100, 0], line: { color: colours.before, width: 1.5, dash: "dot" },
  };
}

function recovery(steps) {
  const x = [clock(budget.until)];
  const y = [newest() * 100];
  for (const { from, at, before, level } of steps) {
    x.push(clock(Math.max(from, budget.until)), clock(at));
    y.push(before * 100, level * 100);
  }
  x.push(clock(budget.end));
  y.push(y.at(-1));
  const line = { color: colours.before, width: 1.5, dash: "dot" };
  return { type: "scatter", mode: "lines", name: "if no more is spent", x, y, line, hovertemplate: `%{y:.3~r}${THIN}%` };
}

// Straight to nothing at the rate of now; cut off where the chart ends.
function projection() {
  const { until, end, out } = budget;
  const reached = Math.min(out, end);
  const level = newest() * (1 - (reached - until) / (out - until)) * 100;
  const line = { color: colours.crit, width: 2, dash: "dash" };
  return { type: "scatter", mode: "lines", name: "at this rate", x: [clock(until), clock(reached)], y: [newest() * 100, level], line, hoverinfo: "skip" };
}

function note(text, at, y, more) {
  const look = { showarrow: false, font: { size: 11, color: colours.muted }, bgcolor: faded(colours.panel, 0.85) };
  return { text, x: clock(at), y, xanchor: "left", yanchor: "bottom", ...look, ...more };
}

// What a deploy has cost stands above it; of two that stand too close the one that cost more is named.
function deploys() {
  const apart = ((budget.end - budget.start) / Math.max(240, plot.clientWidth - 80)) * LEAST_APART;
  const dear = budget.deploys.toSorted((one, other) => (other.cost ?? 0) - (one.cost ?? 0) || other.at - one.at);
  const named = [];
  for (const one of dear) {
    const room = one.cost === null ? apart : apart * 1.6;
    if (named.every(({ at }) => Math.abs(at - one.at) >= room)) named.push(one);
  }
  return budget.deploys.map((one) => {
    const plain = { yref: "paper", xanchor: "center", bgcolor: "rgba(0,0,0,0)" };
    if (!named.includes(one)) return note("▼", one.at, 1, plain);
    const version = escape(one.version.slice(0, 12));
    if (one.cost === null) return note(`${version}<br>▼`, one.at, 1, plain);
    return note(`${version} −${short(one.cost * 100)}${THIN}%<br>▼`, one.at, 1, { ...plain, font: { size: 12, color: colours.text, weight: 600 } });
  });
}

const vertical = (at, line) => ({ type: "line", x0: clock(at), x1: clock(at), yref: "paper", y0: 0, y1: 1, layer: "below", line });

function draw() {
  const width = plot.clientWidth;
  const level = newest();
  const steps = budget.rolling ? returns() : [];
  const data = [burned()];
  const marks = deploys();
  if (!budget.rolling) data.push(even());
  if (steps.length) data.push(recovery(steps));
  if (budget.out !== null && level !== null) {
    data.push(projection());
    const inside = budget.out <= budget.end;
    const room = width > 500 && budget.out - budget.start < (budget.end - budget.start) * 0.82 ? { xanchor: "left", xshift: 8 } : { xanchor: "right", xshift: -8 };
    if (inside) marks.push(note(escape(budget.out_text), budget.out, 0, { ...room, yshift: 2, font: { size: 12, color: colours.crit } }));
  }
  const best = steps.reduce((one, other) => (other.share > (one?.share ?? 0) ? other : one), null);
  if (best && width > 500) {
    const day = new Date(`${clock(best.at)}Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
    marks.push(note(`+${short(best.share * 100)}${THIN}% on ${day}`, best.at, best.level * 100, { xanchor: best.at > budget.end - DAY ? "right" : "center", yshift: 3 }));
  }
  const lowest = Math.min(0, ...known());
  // A young objective's few events can be many budgets: what is far below where it is now must not flatten the rest.
  const deepest = Math.max(lowest, Math.min(-1.5, (level ?? 0) * 1.5));
  const floor = lowest < 0 ? deepest * 110 : -6;
  if (deepest > lowest) marks.push(note(`down to ${short(lowest * 100)}${THIN}%`, budget.times[budget.left.indexOf(lowest)], floor, { xanchor: "left", yanchor: "bottom", xshift: 6 }));
  const top = Math.max(104, ...steps.map((one) => one.level * 104), ...known().map((one) => one * 104));
  Plotly.react(plot, data, {
    shapes: [
      { type: "rect", xref: "paper", x0: 0, x1: 1, y0: Math.min(floor, -6), y1: 0, fillcolor: faded(colours.crit, 0.1), line: { width: 0 }, layer: "below" },
      { type: "line", xref: "paper", x0: 0, x1: 1, y0: 0, y1: 0, line: { color: colours.crit, width: 1.5 }, layer: "below" },
      ...budget.exclusions.map(([from, to]) => ({
        type: "rect", x0: clock(from), x1: clock(Math.max(to, from + (budget.end - budget.start) / 500)), yref: "paper", y0: 0, y1: 1,
        fillcolor: faded(colours.before, 0.3), line: { width: 0 }, layer: "below",
      })),
      ...budget.deploys.map(({ at }) => vertical(at, { color: colours.muted, width: 1, dash: "dot" })),
      ...(budget.end > budget.until ? [vertical(budget.until, { color: colours.border, width: 1 })] : []),
    ],
    annotations: [
      ...marks,
      ...(budget.end > budget.until && width > 500 && !(budget.out <= budget.end && level !== null && budget.out !== null) ? [note("now", budget.until, 0, { yref: "paper", xshift: 3 })] : []),
      ...(level === null && !known().length ? [note("no data", (budget.start + budget.end) / 2, 0.5, { yref: "paper", xanchor: "center", font: { size: 14, color: colours.muted } })] : []),
    ],
    ...look(colours),
    uirevision: budget.slo,
    height: 290,
    margin: { l: 52, r: 16, t: 36, b: 26 },
    xaxis: timeAxis(colours, [clock(budget.start), clock(budget.end)], width),
    yaxis: {
      range: [Math.min(floor, -6), top], fixedrange: true, nticks: 6, ticksuffix: `${THIN}%`, tickformat: "~r",
      gridcolor: colours.grid, zeroline: false, tickfont: { size: 11 },
    },
  }, CONFIG);
}

keepDrawn("chart-budget", "budget", (onto, numbers, now) => {
  [plot, budget, colours, clock] = [onto, numbers, now, clockOf(numbers.zone)];
  draw();
});
