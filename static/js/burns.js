// The burn of every window over stored history, and below it when each policy would have fired. Burns go from nothing
// to hundreds: the axis is logarithmic, and what is below its foot is drawn on it.

import { CONFIG, THIN, clockOf, escape, faded, keepDrawn, look, timeAxis } from "./plotting.js";

const LEAST = 0.1; // a tenth of what the budget allows for: nobody needs to see less
const LANE = 18; // pixels of a policy's row
const PLOT = 240;

const level = (value) => (value === null ? null : Math.max(LEAST, value));
const times = (value) => `${Number(value.toPrecision(3))}x`;
const colourOf = (colours, at) => colours[`series-${(at % 4) + 1}`];
const stateOf = (pair) => (pair.severity === "page" ? "crit" : "warn");

function lines(burns, colours, clock) {
  const x = burns.times.map(clock);
  return burns.pairs.flatMap((pair, at) => {
    const line = { type: "scatter", mode: "lines", x, connectgaps: false, hovertemplate: "%{text}" };
    const color = colourOf(colours, at);
    const drawn = (name, values, more) => ({
      ...line, name, y: values.map(level), text: values.map((one) => (one === null ? "" : times(one))), line: { color, ...more },
    });
    const long = drawn(pair.long_name, pair.long, { width: 2 });
    if (pair.short_name === pair.long_name) return [long];
    return [{ ...drawn(pair.short_name, pair.short, { width: 1, dash: "dot" }), opacity: 0.55 }, long];
  }).sort((one, other) => (one.opacity ?? 1) - (other.opacity ?? 1)); // short windows below the long ones
}

// Names stand at the end of their lines, moved apart where lines end close together.
function names(burns, colours, top) {
  const least = (Math.log10(top) + 1) / 15;
  let below = -Infinity;
  return burns.pairs
    .map((pair, at) => ({ pair, at, y: Math.log10(level(pair.long.findLast((one) => one !== null) ?? LEAST)) }))
    .sort((one, other) => one.y - other.y)
    .map(({ pair, at, y }) => {
      below = Math.max(y, below + least);
      return { text: escape(pair.long_name), xref: "paper", x: 1, xanchor: "left", xshift: 4, y: below, yanchor: "middle", showarrow: false, font: { size: 11, color: colourOf(colours, at) } };
    });
}

function limits(burns, colours) {
  const seen = new Map(); // policies may share a factor
  for (const pair of burns.pairs) seen.set(pair.factor, [...(seen.get(pair.factor) ?? []), pair]);
  const found = [...seen].map(([factor, pairs]) => ({ factor, pairs, color: colours[stateOf(pairs[0])] }));
  const shapes = found.map(({ factor, color }) => ({
    type: "line", xref: "paper", x0: 0, x1: 1, y0: factor, y1: factor, layer: "above", line: { color, width: 1, dash: "dash" },
  }));
  const annotations = found.map(({ factor, pairs, color }) => ({
    text: escape(`${pairs[0].severity} ${times(factor)}: ${pairs.map((one) => one.name).join(", ")}`),
    xref: "paper", x: 0.005, xanchor: "left", y: Math.log10(factor), yanchor: "bottom", showarrow: false,
    bgcolor: faded(colours.panel, 0.8), font: { size: 11, color },
  }));
  return { shapes, annotations };
}

// One row a policy; what would fire for a minute must still be seen.
function lanes(burns, colours, clock, width) {
  const least = ((burns.end - burns.start) / Math.max(200, width - 120)) * 3;
  const blocks = burns.fired.map(({ pair, from, to }) => {
    const begin = Math.max(from, burns.start);
    const end = Math.min(burns.end, Math.max(to ?? burns.end, begin + least));
    const row = burns.pairs.length - 1 - pair;
    return {
      type: "rect", yref: "y2", x0: clock(begin), x1: clock(end), y0: row + 0.12, y1: row + 0.88,
      fillcolor: colours[stateOf(burns.pairs[pair])], line: { width: 0 },
    };
  });
  const rails = burns.pairs.map((_, at) => ({
    type: "line", xref: "paper", yref: "y2", x0: 0, x1: 1, y0: at + 0.5, y1: at + 0.5, layer: "below", line: { color: colours.grid, width: 1 },
  }));
  return [...rails, ...blocks];
}

// The middle of each block can be pointed at, for its times.
function pointers(burns, colours, clock) {
  return {
    type: "scatter", mode: "markers", yaxis: "y2", name: "", hovertemplate: "%{text}<extra></extra>",
    x: burns.fired.map(({ from, to }) => clock((Math.max(from, burns.start) + Math.min(to ?? burns.end, burns.end)) / 2)),
    y: burns.fired.map(({ pair }) => burns.pairs.length - 0.5 - pair),
    text: burns.fired.map(({ text }) => escape(text)), marker: { size: 10, opacity: 0 },
  };
}

const longest = (texts) => 6 * Math.max(...texts.map((one) => one.length));

function draw(plot, burns, colours) {
  const width = plot.clientWidth;
  const clock = clockOf(burns.zone);
  const count = burns.pairs.length;
  const shown = burns.pairs.flatMap((pair) => [pair.factor, ...pair.long, ...pair.short]);
  const top = Math.max(10, ...shown.filter((one) => one !== null)) * 1.6;
  const marks = limits(burns, colours);
  const rows = count * LANE;
  const height = PLOT + rows + 58;
  const share = rows / (height - 48);
  const ticks = [0.1, 1, 10, 100, 1000, 10000].filter((one) => one <= top);
  const isEmpty = burns.pairs.every((pair) => pair.long.every((one) => one === null));
  const empty = { text: "no event", xref: "paper", x: 0.5, y: Math.log10(top) / 2 - 0.3, showarrow: false, font: { size: 14, color: colours.muted } };
  Plotly.react(plot, [...lines(burns, colours, clock), pointers(burns, colours, clock)], {
    ...look(colours),
    shapes: [...marks.shapes, ...lanes(burns, colours, clock, width)],
    annotations: [...marks.annotations, ...(isEmpty ? [empty] : names(burns, colours, top))],
    uirevision: `${burns.slo} ${Math.round((burns.end - burns.start) / 3_600_000)}`,
    height,
    margin: { l: 20 + longest(burns.pairs.map((pair) => `${pair.severity} ${pair.long_name}`)), r: 12 + longest(burns.pairs.map((pair) => pair.long_name)), t: 8, b: 40 },
    hovermode: "x unified",
    xaxis: { ...timeAxis(colours, [clock(burns.start), clock(burns.end)], width), anchor: "y2" },
    yaxis: {
      type: "log", range: [Math.log10(LEAST), Math.log10(top)], domain: [share + 0.06, 1], fixedrange: true,
      tickvals: ticks, ticktext: ticks.map((one) => (one === LEAST ? `≤${THIN}0.1x` : `${one}x`)),
      gridcolor: colours.grid, zeroline: false, tickfont: { size: 11 },
    },
    yaxis2: {
      range: [0, count], domain: [0, share], fixedrange: true, showgrid: false, zeroline: false,
      tickvals: burns.pairs.map((_, at) => count - 0.5 - at), ticktext: burns.pairs.map((pair) => escape(`${pair.severity} ${pair.long_name}`)), tickfont: { size: 11 },
    },
  }, CONFIG);
}

keepDrawn("chart-burns", "burns-drawn", draw);
