// The four charts of a service, drawn from plain columns. One zoom and one crosshair for all of them; a zoom is kept
// while new columns come in. Numbers come from the server, their looks from figures.js.

import { CHARTS, figure } from "./figures.js";
import * as plots from "./plots.js";

const CALM = 5_000; // between two updates
const section = document.querySelector("[data-charts]");
const CONFIG = {
  ...plots.CONFIG,
  doubleClick: false,
  modeBarButtonsToRemove: [...plots.CONFIG.modeBarButtonsToRemove, "resetScale2d", "toImage", "zoom2d", "pan2d"],
  modeBarButtonsToAdd: [{ name: "Reset zoom", icon: Plotly.Icons.home, click: () => zoomTo(null) }],
};
let columns = JSON.parse(document.querySelector("#columns").textContent);
let colours = plots.readColours();
let zoom = null; // the range somebody chose, as the axes say it; it outlives new columns
let log = false;
let skew = document.body.dataset.now - Date.now(); // of this machine's clock; each beat tells it anew
let asked = 0;

const every = () => [...document.querySelectorAll("[data-chart]")];

// --- drawing, and keeping the four together

function draw() {
  for (const plot of every()) {
    const { data, layout } = figure(plot.dataset.chart, { columns, colours, zoom, width: section.clientWidth, log });
    Plotly.react(plot, data, layout, CONFIG);
  }
}

function recolour() {
  colours = plots.readColours();
  draw();
}

function zoomTo(range) {
  zoom = range;
  draw();
}

function bind(plot) {
  const others = () => every().filter((one) => one !== plot);
  plot.on("plotly_relayout", (change) => {
    if (change["xaxis.range[0]"]) zoomTo([change["xaxis.range[0]"], change["xaxis.range[1]"]]);
  });
  plot.on("plotly_doubleclick", () => zoomTo(null));
  plot.on("plotly_hover", ({ points: [point], event }) => {
    if (!event?.isTrusted) return; // it was asked for below
    const at = { xval: plots.instant(point.data.x[point.pointIndex]), yval: 0 };
    others().forEach((one) => Plotly.Fx.hover(one, at, "xy"));
  });
  plot.on("plotly_unhover", ({ event }) => event?.isTrusted && others().forEach((one) => Plotly.Fx.unhover(one)));
}

// --- taking one away, exactly as it is shown

const named = (chart) => `${columns.service.replace(/[^\w.-]+/g, "-")}-${chart}-${new Date(columns.end).toISOString().slice(0, 16).replace(/[-:]/g, "")}Z`;

function shownRange() {
  const { local } = plots.clocks(columns.zone);
  return zoom ? zoom.map(plots.instant) : [local(columns.end - columns.span), local(columns.end)];
}

function savePicture(chart) {
  const words = ([from, to]) => `${new Date(from).toISOString().slice(0, 16).replace("T", " ")} to ${new Date(to).toISOString().slice(0, 16).replace("T", " ")}`;
  return plots.picture(document.querySelector(`#chart-${chart}`), {
    heading: `${columns.service}: ${chart}`,
    text: `${columns.captions[chart]} · ${words(shownRange())} ${columns.zone.name}`,
    name: named(chart),
    colours,
  });
}

function saveRows(chart) {
  const [from, to] = shownRange();
  const { local } = plots.clocks(columns.zone);
  const lines = columns[chart].flatMap(({ name, t0 = columns.t0, step = columns.step, values }) =>
    values.map((value, nth) => [t0 + nth * step, name, value]).filter(([at]) => local(at) >= from && local(at) <= to),
  );
  const unit = { latency: "seconds", traffic: "per_second", errors: "ratio", saturation: "ratio" }[chart];
  plots.rows([["time", "series", unit], ...lines.map(([at, ...rest]) => [new Date(at).toISOString(), ...rest.map((one) => (one === null ? null : String(one)))])], named(chart));
}

function act(event) {
  const button = event.target.closest("[data-save], [data-log], [data-table]");
  if (!button) return;
  const chart = button.closest("[data-figure]").dataset.figure;
  if ("log" in button.dataset) {
    log = !log;
    button.setAttribute("aria-pressed", String(log));
    draw();
  } else if ("table" in button.dataset) {
    document.querySelector("#table").open = true; // the link itself goes there
  } else if (chart in CHARTS) {
    event.preventDefault();
    if (button.dataset.save === "png") savePicture(chart);
    else saveRows(chart);
  }
}

// --- new columns

async function refetch() {
  asked = Date.now();
  const end = Math.floor((Date.now() + skew) / 1000);
  const query = new URLSearchParams({
    start: end - section.dataset.span / 1000, end, format: "columns", compare: "week", tz: section.dataset.zone,
  });
  const answer = await fetch(`${section.dataset.charts}?${query}`);
  if (!answer.ok) return;
  columns = await answer.json();
  requestAnimationFrame(draw);
  for (const [name, text] of Object.entries(columns.captions)) {
    document.querySelector(`[data-caption="${name}"]`).textContent = text;
  }
}

let due = 0;

function update() {
  if (!section.dataset.span || due || document.hidden || document.body.hasAttribute("data-paused")) return;
  due = setTimeout(() => {
    due = 0;
    refetch().catch(() => {}); // the chip says how old what is shown has become
  }, Math.max(0, asked + CALM - Date.now()));
}

function onPatch({ detail }) {
  const cells = detail.services?.[section.dataset.service];
  if (cells?.spark || cells?.latency || cells?.traffic || cells?.errors) update();
}

draw();
every().forEach(bind);
section.addEventListener("click", act);
document.addEventListener("burnline:patch", onPatch);
document.addEventListener("burnline:resync", update);
document.addEventListener("burnline:resume", update);
document.addEventListener("burnline:beat", ({ detail }) => {
  skew = detail.now - Date.now();
});
document.addEventListener("burnline:theme", () => requestAnimationFrame(recolour));
matchMedia("print").addEventListener("change", recolour); // paper is light, whatever the screen is
document.addEventListener("visibilitychange", () => document.hidden || Date.now() - asked < 60_000 || update());
