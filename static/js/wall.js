// A wall that nobody looks after: it shows what the server drew, says when it cannot, and comes back by itself.
//
// Patches only say that there is something new; what is shown is asked for as a whole, drawn by the server, so that
// after any trouble the next answer is the truth. What is not this wall (a sign-in page, a proxy's excuse) is not shown.

import { hang } from "./wall_hanging.js";
import { reload, upgraded } from "./wall_reload.js";

const REFRESH = 15_000; // asked for at least this often, changes or not
const SOON = 250; // after the first of several changes
const DEAD = 60; // seconds without a sign of life
const SLOW = 60_000; // between tries where we are not wanted
const LARGE = 60_000; // a new critical service has the screen for itself
const FRESH = 60_000; // its row is outlined

const body = document.body;
const pages = body.dataset.pages.split(" ");
const dwell = body.dataset.dwell * 1000;
const find = (selector) => document.querySelector(selector);
const part = (name, within = document) => within.querySelector(`[data-part="${name}"]`);
const names = { services: "Services", slos: "Objectives" };

let shown = 0; // which of the pages
let next = Date.now() + dwell;
let critical = null; // services known to be so; null before the first look
const since = new Map(); // when a service became critical, by this machine's clock
let large = null; // {key, until}
let pinned = new Set();
let drawn = Date.now(); // when the server last answered with this wall
let data = { link: 0, data: null, state: "connecting" };
let trouble = ""; // why it did not
let gone = false; // the server wants no screen here any more
let timer, asking = false, again = false;
let skew = body.dataset.now - Date.now();
let told = Date.now();

// --- what is shown

function address() {
  const url = new URL(body.dataset.screen, location.href);
  url.search = location.search;
  url.searchParams.delete("pages");
  url.searchParams.delete("dwell");
  url.searchParams.delete("dim");
  url.searchParams.delete("awake");
  url.searchParams.set("page", large ? "services" : pages[shown]);
  if (large) url.searchParams.set("focus", large.key);
  if (!url.searchParams.has("tz")) url.searchParams.set("tz", Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  return url;
}

async function draw() {
  if (asking) return void (again = true);
  asking = true;
  again = false;
  clearTimeout(timer);
  try {
    await ask();
  } catch {
    trouble = "the server cannot be reached";
  }
  asking = false;
  timer = setTimeout(draw, again ? SOON : gone ? SLOW : REFRESH);
  watch();
}

async function ask() {
  const answer = await fetch(address(), {
    headers: { "Burnline-Viewport": `${innerWidth}x${innerHeight}`, "Burnline-Shown": body.dataset.build },
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!answer.ok) return refused(answer.status, text);
  const made = new DOMParser().parseFromString(text, "text/html").querySelector("[data-parts]");
  if (!made) throw new TypeError("not this wall");
  drawn = Date.now();
  trouble = "";
  gone = false;
  skew = made.dataset.now - drawn;
  show(made);
  attend(made.dataset.critical.split(" ").filter(Boolean));
  if (made.dataset.built !== body.dataset.build) upgraded(made.dataset.built);
  if (made.dataset.reload && made.dataset.reload !== body.dataset.reload) reload(`pushed ${made.dataset.reload}`);
}

function refused(status, text) {
  let message = `the server answers ${status}`;
  try {
    const { error } = JSON.parse(text);
    message = [error.message, error.hint].filter(Boolean).join(" ");
  } catch {
    // a proxy's own words help nobody
  }
  trouble = message;
  gone = [401, 403, 404, 410].includes(status);
}

function show(made) {
  for (const name of ["counts", "clock", "body", "foot", "message"]) {
    const from = part(name, made), to = part(name);
    if (from && to && from.innerHTML !== to.innerHTML) to.replaceChildren(...from.childNodes);
  }
  body.toggleAttribute("data-calm", Boolean(find(".sentence")));
  const icon = find("link[rel=icon]");
  if (icon.getAttribute("href") !== made.dataset.icon) icon.href = made.dataset.icon;
  outline();
}

function outline() {
  for (const row of document.querySelectorAll(".row")) {
    row.toggleAttribute("data-fresh", Date.now() - (since.get(row.dataset.key) ?? 0) < FRESH);
  }
}

// --- what is new and critical has the screen, then keeps it

function attend(now) {
  const before = critical ?? new Set(now);
  const fresh = now.filter((key) => !before.has(key));
  critical = new Set(now);
  for (const key of since.keys()) if (!critical.has(key)) since.delete(key);
  pinned = new Set([...pinned, ...fresh].filter((key) => critical.has(key)));
  if (large && !critical.has(large.key)) large = null;
  if (!fresh.length) return;
  for (const key of fresh) since.set(key, Date.now());
  large = { key: fresh[0], until: Date.now() + LARGE };
  shown = Math.max(0, pages.indexOf("services"));
  again = true;
}

function turn() {
  const now = Date.now();
  if (large && now >= large.until) {
    large = null;
    draw();
  }
  if (pinned.size) next = now + dwell;
  if (pages.length > 1 && now >= next) {
    shown = (shown + 1) % pages.length;
    next = now + dwell;
    draw();
  }
  find("[data-next]").textContent = coming(now);
}

function coming(now) {
  if (large) return `the others in ${Math.ceil((large.until - now) / 1000)} s`;
  if (pages.length < 2) return "";
  if (pinned.size) return `held by ${[...pinned].join(", ")}`;
  return `next: ${names[pages[(shown + 1) % pages.length]]} in ${Math.max(0, Math.ceil((next - now) / 1000))} s`;
}

// --- is it true

function watch() {
  const age = (Date.now() - drawn) / 1000;
  const dead = gone || data.link > DEAD || age > DEAD;
  body.toggleAttribute("data-dead", dead);
  say(find("[data-banner]"), dead ? verdict(Math.max(age, data.link)) : null);
  say(find("[data-line]"), dead ? null : remark(age));
}

function verdict(age) {
  if (gone) return [trouble, "This screen asks again by itself."];
  const newest = data.data === null ? null : Date.now() + skew - data.data * 1000;
  const last = newest === null ? "" : ` - last data ${clock(newest, true)}`;
  return [`NOT LIVE${last} (${span(age)})`, trouble || (data.link > DEAD ? "no sign of the server" : "")];
}

function remark(age) {
  if (body.hasAttribute("data-silent") && data.data !== null) {
    return [`Link ok, collector silent ${span(data.data)}: last data ${clock(Date.now() + skew - data.data * 1000, true)}`];
  }
  return age > 2 * REFRESH / 1000 && trouble ? [`Shown since ${span(age)} without news: ${trouble}`] : null;
}

function say(where, words) {
  where.hidden = !words;
  const wanted = words ? words.filter(Boolean).join("\n") : "";
  if (where.dataset.said === wanted) return;
  where.dataset.said = wanted;
  const [first = "", second] = wanted.split("\n");
  where.textContent = first;
  if (second) where.append(Object.assign(document.createElement("small"), { textContent: second }));
}

function span(seconds) {
  const whole = Math.floor(seconds);
  if (whole < 120) return `${whole} s`;
  return whole < 7200 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 3600)} h`;
}

function clock(at, exact = false) {
  const zone = new URLSearchParams(location.search).get("tz") || undefined;
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(exact && { second: "2-digit" }) };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...form, timeZone: zone === "browser" ? undefined : zone }).format(at);
  } catch {
    return new Intl.DateTimeFormat("en-GB", form).format(at);
  }
}

// --- time goes by

function tick() {
  const now = Date.now();
  if (Math.abs(now - told) > 30_000) draw(); // it was asleep, or its clock was set
  told = now;
  const time = find("[data-time]");
  const text = clock(now + skew);
  if (drawn && time.textContent !== text) time.textContent = text;
  turn();
  outline();
  watch();
}

function soon() {
  if (asking) return void (again = true);
  clearTimeout(timer);
  timer = setTimeout(draw, SOON);
}

// A patch that only says that samples came in changes nothing that is shown.
function heard({ services = {}, counts }) {
  if (counts || Object.values(services).some((cells) => Object.keys(cells).some((name) => name !== "newest_ms"))) soon();
}

document.addEventListener("burnline:patch", ({ detail }) => heard(detail));
document.addEventListener("burnline:resync", soon);
document.addEventListener("burnline:screens", soon);
document.addEventListener("burnline:build", ({ detail }) => upgraded(detail.build));
document.addEventListener("burnline:link", ({ detail }) => (data = detail));
document.addEventListener("visibilitychange", () => document.hidden || draw());
addEventListener("online", draw);
addEventListener("pageshow", (event) => event.persisted && draw());
setInterval(tick, 1_000);
attend((body.dataset.critical ?? "").split(" ").filter(Boolean));
body.toggleAttribute("data-calm", Boolean(find(".sentence")));
hang(body);
draw();
