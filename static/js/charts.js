// The four charts of a service, drawn from plain columns. One zoom and one crosshair for all of them; a zoom is kept
// while new columns come in. Numbers come from the server, their looks from figures.js.

import { figure } from "./figures.js";

const CALM = 5_000; // between two updates
const section = document.querySelector("[data-charts]");
const CONFIG = {
  displaylogo: false,
  responsive: true,
  showTips: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  doubleClick: false,
  modeBarButtonsToRemove: ["sendDataToCloud", "lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"],
  modeBarButtonsToAdd: [{ name: "Reset zoom", icon: Plotly.Icons.home, click: () => zoomTo(null) }],
};
let columns = JSON.parse(document.querySelector("#columns").textContent);
let colours = {};
let zoom = null; // the range somebody chose, as the axes say it; it outlives new columns
let skew = document.body.dataset.now - Date.now(); // of this machine's clock; each beat tells it anew
let asked = 0;

const plots = () => [...document.querySelectorAll("[data-chart]")];

// --- drawing, and keeping the four together

function readColours() {
  const probe = document.body.appendChild(document.createElement("span"));
  const names = ["text", "muted", "grid", "raised", "border", "crit", "warn", "gap", "before", "p50", "p95", "p99"];
  for (const name of [...names, ...[1, 2, 3, 4].map((at) => `series-${at}`)]) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  colours.font = getComputedStyle(document.body).fontFamily;
  probe.remove();
}

function draw() {
  for (const plot of plots()) {
    const { data, layout } = figure(plot.dataset.chart, { columns, colours, zoom, width: section.clientWidth });
    Plotly.react(plot, data, layout, CONFIG);
  }
}

function zoomTo(range) {
  zoom = range;
  draw();
}

function bind(plot) {
  const others = () => plots().filter((one) => one !== plot);
  plot.on("plotly_relayout", (change) => {
    if (change["xaxis.range[0]"]) zoomTo([change["xaxis.range[0]"], change["xaxis.range[1]"]]);
  });
  plot.on("plotly_doubleclick", () => zoomTo(null));
  plot.on("plotly_hover", ({ points: [point], event }) => {
    if (!event?.isTrusted) return; // it was asked for below
    const at = { xval: Date.parse(`${point.data.x[point.pointIndex]}Z`), yval: 0 };
    others().forEach((one) => Plotly.Fx.hover(one, at, "xy"));
  });
  plot.on("plotly_unhover", ({ event }) => event?.isTrusted && others().forEach((one) => Plotly.Fx.unhover(one)));
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
  if (!section.dataset.span || due || document.hidden) return;
  due = setTimeout(() => {
    due = 0;
    refetch().catch(() => {}); // the chip says how old what is shown has become
  }, Math.max(0, asked + CALM - Date.now()));
}

function onPatch({ detail }) {
  const cells = detail.services?.[section.dataset.service];
  if (cells?.spark || cells?.latency || cells?.traffic || cells?.errors) update();
}

readColours();
draw();
plots().forEach(bind);
document.addEventListener("burnline:patch", onPatch);
document.addEventListener("burnline:resync", update);
document.addEventListener("burnline:beat", ({ detail }) => {
  skew = detail.now - Date.now();
});
document.addEventListener("burnline:theme", () => requestAnimationFrame(() => (readColours(), draw())));
document.addEventListener("visibilitychange", () => document.hidden || Date.now() - asked < 60_000 || update());
