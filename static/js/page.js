// What every page gains from scripts: choices that take effect at once, keys, and the browser's own time zone. Without it
// each of them is a link or a form that does the same. What few people need at once is in habits.js, fetched when needed.

const body = document.body;
const YEAR = 365 * 24 * 3600;
const CHORD = 1_500; // milliseconds between g and the letter of a page

let went = 0; // when g was pressed

document.documentElement.classList.add("js");

const find = (selector) => document.querySelector(selector);
const habit = (name, ...details) => import("./habits.js").then((habits) => habits[name](...details));
const recall = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);

// The server prints times in the zone this cookie names. Where it named none or another one (first visit, journey),
// the page is asked for once more; a browser that keeps no cookies goes on in the zone that is printed.
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const told = decodeURIComponent(recall("browser_zone") ?? "UTC");
  if (!zone || zone === told) return;
  document.cookie = `browser_zone=${encodeURIComponent(zone)}; path=/; max-age=${YEAR}; samesite=lax`;
  const shown = find("#tz")?.value === "browser";
  if (shown && recall("browser_zone") === encodeURIComponent(zone)) location.reload();
}

function onKey(event) {
  const { key } = event;
  const isSearch = key === "k" && (event.ctrlKey || event.metaKey);
  if (!isSearch && (event.target.closest("input, select, textarea, dialog") || event.ctrlKey || event.metaKey || event.altKey)) return;
  const there = Date.now() - went < CHORD && find(`nav a[data-key="${CSS.escape(key)}"]`);
  went = key === "g" ? Date.now() : 0;
  if (there) return there.click();
  if (key === "Escape") return find("details.menu[open]")?.removeAttribute("open");
  if (key === "f") return find("#freeze")?.click();
  if (!isSearch && key !== "/" && key !== "?") return;
  event.preventDefault();
  if (key === "?") habit("help");
  else if (!isSearch && find("#q")) find("#q").focus();
  else habit("palette");
}

function onClick(event) {
  for (const open of document.querySelectorAll("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
  const name = { search: "palette", freeze: "freeze", copy: "copy", theme: "theme", hold: "pause" }[event.target.closest("a, button")?.id];
  if (!name || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  habit(name);
}

tellZone();
document.addEventListener("change", ({ target }) => target.matches("[data-submit]") && target.form.requestSubmit());
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("burnline:beat", ({ detail }) => (body.dataset.now = detail.now));
document.addEventListener("htmx:before:request", (event) => {
  if (body.hasAttribute("data-paused") && event.target.matches("[hx-trigger^=every]")) event.preventDefault();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("burnline:theme"));
});
