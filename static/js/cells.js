// Applies what live.js hears to the page: single cells at once, order and counts of the list when nobody is reading it.

const CALM = 5_000; // a list is put into a new order after the pointer has rested this long
const AGE = 15_000;

let stirred = 0; // when the pointer last moved over the list
let waiting = false; // for a calm moment
let missed = false; // while the tab was hidden, or paused
let marked = document.querySelector("[data-tab]")?.dataset.tab ?? ""; // what the title begins with
const moved = new Set(); // services that may stand in the wrong place
let skew = document.body.dataset.now - Date.now(); // of this machine's clock; each beat tells it anew

const visible = () => !document.hidden && !document.body.hasAttribute("data-paused");
const each = (selector, within, act) => within.querySelectorAll(selector).forEach(act);

function patch({ services = {}, counts, total }) {
  if (!visible()) {
    missed = true;
    return;
  }
  const list = document.querySelector("[data-every]");
  const before = moved.size;
  for (const [slug, cells] of Object.entries(services)) {
    each(`[data-service="${CSS.escape(slug)}"]`, document, (scope) => {
      if (applied(scope, cells)) moved.add(slug);
    });
    if (list && !list.querySelector(`[data-service="${CSS.escape(slug)}"]`)) moved.add(slug); // a new one
  }
  if (counts) tally(counts, total);
  if (moved.size > before) reorder();
}

// Gives whether the list may now be in the wrong order, or the page say too little.
function applied(scope, { spark = {}, states, notes = {}, ...texts }) {
  const untold = isUntold(scope, texts);
  each("[data-cell]", scope, (cell) => {
    const text = texts[cell.dataset.cell];
    if (text === undefined || text === cell.textContent) return;
    cell.textContent = text;
    flash(cell);
  });
  each("[data-note]", scope, (cell) => {
    if (notes[cell.dataset.note] !== undefined) cell.textContent = notes[cell.dataset.note];
  });
  each("[data-spark]", scope, (line) => {
    if (spark[line.dataset.spark] !== undefined) line.setAttribute("d", spark[line.dataset.spark]);
  });
  if (states) {
    each("[data-figure]", scope, (figure) => {
      const state = states[figure.dataset.figure];
      if (state) figure.dataset.breach = state;
      else delete figure.dataset.breach;
    });
  }
  if (texts.state !== undefined && texts.state !== scope.dataset.state) {
    scope.dataset.state = texts.state;
    each("[data-icon] use", scope, (icon) => icon.setAttribute("href", `#${texts.state}`));
  }
  return untold;
}

// Whether a patch says what no cell has room for: another state, a reason where none stood, another beginning.
function isUntold(scope, { state, reason, since_ms: since }) {
  if (!("shown" in scope.dataset)) return false;
  const began = scope.querySelector("[data-age]")?.dataset.age;
  const cell = scope.querySelector("[data-cell=reason]");
  return (
    (state !== undefined && state !== scope.dataset.state) ||
    (reason !== undefined && !cell && reason !== scope.dataset.shown) ||
    (since !== undefined && String(since ?? "") !== (began ?? ""))
  );
}

function flash(cell) {
  cell.classList.remove("changed");
  requestAnimationFrame(() => cell.classList.add("changed"));
}

// Counts are of all services: where a part of them is shown it is counted again by the server.
function tally(counts, total) {
  if (document.querySelector("[data-part]")) return reorder();
  for (const [state, number] of Object.entries({ ...counts, total })) {
    each(`[data-count="${state}"]`, document, (cell) => {
      cell.textContent = number;
    });
  }
  const list = document.querySelector("[data-bad]");
  if (!list) return;
  const bad = (counts.crit ?? 0) + (counts.warn ?? 0);
  list.dataset.tab = bad ? `(${bad})` : "";
  list.dataset.worst = ["crit", "warn", "no-data"].find((state) => counts[state]) ?? "ok";
  tab();
}

// The window's title and icon carry the state of the region that says it has one.
function tab() {
  const region = document.querySelector("[data-tab]");
  if (!region) return;
  const { tab: mark, worst } = region.dataset;
  document.title = (mark && `${mark} `) + document.title.slice(marked && marked.length + 1);
  marked = mark;
  const icon = document.querySelector("link[rel=icon]");
  const address = icon.dataset.icons.split(" ").find((one) => one.endsWith(`/${worst}.svg`));
  if (address) icon.href = address;
}

// --- regions that are fetched again as a whole

function reorder() {
  const button = document.querySelector("#apply");
  if (button && moved.size && Date.now() - stirred < CALM) {
    button.textContent = moved.size === 1 ? "1 change, apply" : `${moved.size} changes, apply`;
    button.hidden = false;
  }
  if (waiting) return;
  waiting = true;
  const look = () => {
    if (Date.now() - stirred < CALM) return void setTimeout(look, 1_000);
    waiting = false;
    refresh();
  };
  setTimeout(look, 500);
}

function refresh() {
  moved.clear();
  if (visible()) each("[hx-trigger~=refresh]", document, (region) => htmx.trigger(region, "refresh"));
  else missed = true;
}

function stir(event) {
  if (event.target.closest?.("tbody")) stirred = Date.now();
}

// Budgets are no cells: where they are shown the list is fetched again, when nobody is reading it.
setInterval(() => document.querySelector(".budgeted") && reorder(), 60_000);

// --- ages drift on a page that stands still

function duration(minutes) {
  for (const [size, name, smaller, rest] of [[1_440, "d", 60, "h"], [60, "h", 1, "min"]]) {
    if (minutes < size) continue;
    const tail = Math.floor((minutes % size) / smaller);
    return `${Math.floor(minutes / size)}\u2009${name}` + (tail ? ` ${tail}\u2009${rest}` : "");
  }
  return minutes < 1 ? "less than a minute" : `${minutes}\u2009min`;
}

function age() {
  each("[data-age]", document, (cell) => {
    cell.textContent = duration(Math.round((Date.now() + skew - cell.dataset.age) / 60_000));
  });
}

document.addEventListener("burnline:patch", (event) => patch(event.detail));
document.addEventListener("burnline:resync", refresh);
document.addEventListener("burnline:beat", ({ detail }) => {
  skew = detail.now - Date.now();
});
document.addEventListener("pointermove", stir, { passive: true });
function catchUp() {
  if (!visible() || !missed) return;
  missed = false;
  refresh();
}

document.addEventListener("visibilitychange", catchUp);
document.addEventListener("burnline:resume", catchUp);
document.addEventListener("htmx:after:swap", tab);
document.addEventListener("click", ({ target }) => target.id === "apply" && refresh());
if (document.body.dataset.liveSince) setInterval(() => visible() && age(), AGE);
