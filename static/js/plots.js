// What every page with charts needs of Plotly: colours of the theme, times in the page's zone, and taking a chart away as
// a picture or as rows of numbers. Draws nothing by itself.

export const THIN = "\u2009";
export const CONFIG = {
  displaylogo: false,
  responsive: true,
  showTips: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["sendDataToCloud", "lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
};
const NAMES = ["text", "muted", "grid", "raised", "panel", "page", "border", "crit", "warn", "maint", "gap", "before"];
const LINES = ["p50", "p95", "p99", "series-1", "series-2", "series-3", "series-4"];
const PICTURE = { format: "png", width: 1200, height: 480, scale: 2 };

export const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);
export const faded = (colour, share) => colour.replace("rgb(", "rgba(").replace(")", `, ${share})`);
export const known = (values) => values.filter((value) => value !== null);
export const short = (value) => String(Number(value.toPrecision(3)));

export function readColours() {
  const colours = {};
  const probe = document.body.appendChild(document.createElement("span"));
  for (const name of [...NAMES, ...LINES]) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  colours.font = getComputedStyle(document.body).fontFamily;
  probe.remove();
  return colours;
}

// The clock of a zone {name, offsets} as if it were UTC: Plotly takes numbers for times in the browser's zone, and texts
// for what they say.
export function clocks({ name, offsets }) {
  const local = (at) => at + (offsets.findLast(([from]) => from <= at) ?? offsets[0])[1];
  return {
    local,
    clock: (at) => new Date(local(at)).toISOString().slice(0, 19),
    zone: name.match(/\((.+)\)/)?.[1] ?? name,
  };
}

export const instant = (clock) => Date.parse(`${clock.replace(" ", "T")}Z`);

export function download(body, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([body], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// The chart as it is shown, with a heading that says of what and when it is: a picture travels without its page.
export async function picture(plot, { heading, text, name, colours }) {
  const { data, layout } = plot;
  const title = {
    text: escape(heading), // marks such as <b> would be styled in place, which the page's rules forbid
    font: { size: 16, weight: 600, color: colours.text },
    x: 0.012, xanchor: "left", y: 0.96, yanchor: "top",
    subtitle: { text: escape(text), font: { size: 12, color: colours.muted } },
  };
  const ground = { paper_bgcolor: colours.page, plot_bgcolor: colours.page };
  const margin = { ...layout.margin, t: layout.margin.t + 62, b: 36, l: 64 };
  const drawn = await Plotly.toImage(
    { data, layout: { ...layout, ...ground, ...{ width: PICTURE.width, height: PICTURE.height }, title, margin }, config: CONFIG },
    PICTURE,
  );
  const bytes = Uint8Array.from(atob(drawn.split(",")[1]), (sign) => sign.charCodeAt(0));
  download(bytes, "image/png", `${name}.png`);
}

// Rows of texts and numbers as CSV; null is an empty field.
export function rows(lines, name) {
  const field = (value) => (/[",\r\n]/.test(value ?? "") ? `"${value.replaceAll('"', '""')}"` : (value ?? ""));
  download(lines.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n", "text/csv", `${name}.csv`);
}
