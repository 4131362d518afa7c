// What the charts of objectives have in common: the page's colours and clock, and the looks of axes.

export const THIN = "\u2009";
export const CONFIG = {
  displaylogo: false,
  responsive: true,
  showTips: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["sendDataToCloud", "lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
};
const NAMES = ["text", "muted", "grid", "raised", "panel", "border", "crit", "warn", "gap", "before", "p95", "series-1", "series-2", "series-3", "series-4"];

export const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
export const faded = (colour, share) => colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);

export function readColours() {
  const colours = {};
  const probe = document.body.appendChild(document.createElement("span"));
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  colours.font = getComputedStyle(document.body).fontFamily;
  probe.remove();
  return colours;
}

// The clock of a page's zone, as if it were UTC: Plotly takes numbers for times in the browser's zone.
export const clockOf = ({ offsets }) => (at) => {
  const offset = (offsets.findLast(([from]) => from <= at) ?? offsets[0])[1];
  return new Date(at + offset).toISOString().slice(0, 19);
};

export function look(colours) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colours.font, size: 12, color: colours.muted },
    showlegend: false,
    hovermode: "x unified",
    hoverlabel: { bgcolor: colours.raised, bordercolor: colours.border, font: { size: 12, color: colours.text } },
    dragmode: "zoom",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colours.muted, activecolor: colours.text },
  };
}

export function timeAxis(colours, range, width) {
  return {
    type: "date", range, hoverformat: "%a %-d %b %H:%M", nticks: width > 500 ? 9 : 4,
    tickangle: 0, showgrid: false, zeroline: false, ticks: "outside", tickcolor: colours.border, linecolor: colours.border, tickfont: { size: 11 },
  };
}

// Draws a chart of the page now, when its numbers or the theme change, and whenever its region comes in anew. A zoom is
// kept: the plot itself is never swapped, and Plotly keeps what belongs to one `uirevision`.
export function keepDrawn(plotId, numbersId, draw) {
  let drawn = "";
  const redraw = (anyway) => {
    const plot = document.getElementById(plotId);
    const numbers = document.getElementById(numbersId);
    if (!plot || !numbers || (numbers.textContent === drawn && !anyway)) return;
    drawn = numbers.textContent;
    draw(plot, JSON.parse(drawn), readColours());
  };
  redraw(true);
  document.addEventListener("htmx:after:swap", () => redraw(document.getElementById(plotId)?.childElementCount === 0));
  document.addEventListener("burnline:theme", () => requestAnimationFrame(() => redraw(true)));
  addEventListener("pagehide", (event) => {
    const plot = document.getElementById(plotId);
    if (plot && !event.persisted) Plotly.purge(plot);
  });
}
