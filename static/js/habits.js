// What page.js fetches when somebody first asks for it: finding things, the list of keys, links that keep what they show,
// another theme, a pause.

const KEYS = [
  ["/", "Find in the list, or anything"],
  ["Ctrl K", "Find a service, an objective or a page"],
  ["f", "Freeze the range: it stays what it is now"],
  ["g o", "Go to the overview"],
  ["g s", "Go to the objectives"],
  ["Esc", "Close what is open"],
  ["?", "This list"],
];
const PAUSE = 120; // milliseconds after a key before the server is asked

function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function icon(state) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${state}`);
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

function shown(id, build) {
  const dialog = document.getElementById(id) ?? document.body.appendChild(build());
  if (!dialog.open) dialog.showModal();
  return dialog;
}

// A click beside a dialog closes it.
function closes(dialog) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return dialog;
}

// --- the keys

export function help() {
  shown("help", () => {
    const list = make("dl", {}, ...KEYS.flatMap(([keys, what]) => [
      make("dt", {}, ...keys.split(" ").map((key) => make("kbd", {}, key))), make("dd", {}, what),
    ]));
    const close = make("form", { method: "dialog" }, make("button", {}, "Close"));
    return closes(make("dialog", { id: "help", "aria-labelledby": "help-title" }, make("h2", { id: "help-title" }, "Keys"), list, close));
  });
}

// --- finding: a combobox (ARIA's pattern) over what the server finds

export function palette() {
  const input = shown("palette", buildPalette).querySelector("input");
  input.select();
  input.dispatchEvent(new Event("input"));
}

function buildPalette() {
  const input = make("input", {
    type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "hits", "aria-autocomplete": "list",
    "aria-label": "Find a service, an objective or a page", placeholder: "A service, an objective or a page",
    autocomplete: "off", spellcheck: "false", maxlength: "100",
  });
  const list = make("ul", { id: "hits", class: "hits", role: "listbox", "aria-label": "Found" });
  const none = make("p", { class: "nothing", role: "status" });
  const dialog = closes(make("dialog", { id: "palette", "aria-label": "Search" }, input, list, none));
  let timer = 0;
  let newest = 0;
  const options = () => [...list.children];
  const chosen = () => list.querySelector("[aria-selected=true]");
  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option?.id ?? "");
  };
  const ask = async () => {
    const mine = ++newest;
    const answer = await fetch(`/api/search?q=${encodeURIComponent(input.value)}`).catch(() => null);
    if (mine !== newest) return;
    const hits = answer?.ok ? await answer.json() : [];
    list.replaceChildren(...hits.map(option));
    none.textContent = answer?.ok ? (hits.length ? "" : `Nothing is called like “${input.value}”.`) : "The server does not answer.";
    choose(list.firstElementChild);
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, input.value ? PAUSE : 0);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(chosen());
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      choose(all[(to + all.length) % all.length]);
    } else if (event.key === "Enter") chosen()?.click();
  });
  list.addEventListener("click", (event) => {
    const { href } = event.target.closest("li")?.dataset ?? {};
    if (href) location.assign(href + kept(href));
  });
  return dialog;
}

function option({ kind, name, detail, href, state, word }, at) {
  const made = make("li", { id: `hit-${at}`, role: "option", "aria-selected": "false", ...(state && { "data-state": state }) });
  made.dataset.href = href;
  if (state) made.append(icon(state));
  made.append(make("b", {}, name), make("span", { class: "kind" }, word ? `${kind}, ${word}` : kind), make("small", {}, detail));
  return made;
}

// What the address says of the view goes along, what it says of this page alone does not.
function kept(href) {
  const here = new URLSearchParams(location.search);
  const along = new URLSearchParams(["range", "from", "to", "tz", "theme", "team"].flatMap((name) => (here.has(name) ? [[name, here.get(name)]] : [])));
  return along.size && !href.includes("?") ? `?${along}` : "";
}

// --- links that keep what they show

function frozen() {
  const address = new URL(location.href);
  const span = document.querySelector("#copy")?.dataset.span;
  if (!span) return address;
  const now = Math.floor(Number(document.body.dataset.now) / 1000) * 1000;
  const iso = (at) => new Date(at).toISOString().replace(".000Z", "Z");
  address.searchParams.delete("range");
  address.searchParams.set("from", iso(now - span));
  address.searchParams.set("to", iso(now));
  return address;
}

const readable = (address) => address.href.replaceAll("%3A", ":");

export function freeze() {
  location.assign(readable(frozen()));
}

export async function copy() {
  const isLive = document.querySelector("#keep-live")?.checked;
  const address = isLive ? new URL(location.href) : frozen();
  const team = document.querySelector("select[name=team]")?.value;
  if (team) address.searchParams.set("team", team);
  const text = readable(address);
  const done = await write(text);
  const said = document.querySelector("#copied");
  said.textContent = done ? (isLive || !address.searchParams.has("from") ? "Copied." : "Copied, frozen.") : text;
}

// The clipboard is there in secure contexts alone; a plain http address of the network is none.
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.querySelector("#share .pop").appendChild(make("textarea", { readonly: "", class: "hidden", "aria-hidden": "true" }));
    field.value = text;
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

// --- how it looks, and whether it moves

const LOOKS = ["auto", "light", "dark"];
const YEAR = 365 * 24 * 3600;

export function theme() {
  const button = document.querySelector("#theme");
  const look = LOOKS[(LOOKS.indexOf(button.dataset.look) + 1) % LOOKS.length];
  document.documentElement.dataset.theme = button.dataset.look = look;
  button.title = `Theme: ${look}`;
  button.querySelector("use").setAttribute("href", `#${look}`);
  button.querySelector(".hidden").textContent = `Theme: ${look}. Change`;
  document.cookie = `theme=${look}; path=/; max-age=${YEAR}; samesite=lax`;
  const address = new URL(location.href);
  address.searchParams.delete("theme");
  history.replaceState(history.state, "", address);
  document.dispatchEvent(new CustomEvent("burnline:theme"));
}

// Paused: nothing on the page changes by itself (cells.js and charts.js look at data-paused); the chip says since when.
export function pause() {
  const button = document.querySelector("#hold");
  const paused = document.body.toggleAttribute("data-paused");
  const chip = document.querySelector(".chip");
  button.setAttribute("aria-pressed", String(paused));
  button.querySelector("use").setAttribute("href", paused ? "#play" : "#pause");
  chip.toggleAttribute("data-live-chip", !paused);
  if (paused) {
    chip.dataset.state = "paused";
    chip.firstElementChild.textContent = `Paused ${new Date().toTimeString().slice(0, 5)}`;
  } else document.dispatchEvent(new CustomEvent("burnline:resume"));
}
