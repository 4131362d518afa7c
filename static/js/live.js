// The live link of this browser: one stream for all its tabs, and the truth about how old what is shown is.
//
// EventSource alone dies for ever on one 502 or login page, and sees no half-open connection; a seventh tab of it hangs
// on HTTP/1.1. So one tab leads (a Web Lock; without a secure context a lease in localStorage) and tells the others over
// a BroadcastChannel. Only a beat counts as a sign of life: an open connection proves nothing.
//
// Tells the page by events on `document`:
//   burnline:patch {services: {slug: {cell: text}}, counts, total}     burnline:resync     burnline:build
//   burnline:beat {now, data_ts, build, v}     burnline:screens (somebody tells the walls something)
//   burnline:link {state, link, data}: once a second, ages in seconds
"use strict";
(() => {
  const BEAT = 10e3, LATE = 20, STALE = 60, SILENT = 60, POLL = 15e3, SLOWEST = 30e3, TRIES = 5;
  const root = document.body;
  const HERE = root.dataset.live || "/live", NAME = "burnline-" + HERE; // a wall has a stream of its own
  const random = (least, most) => least + Math.random() * (most - least);

  let since = root.dataset.liveSince || "";
  let lastBeat = Date.now(), beat = null, polled = false;
  let bus, stream, opened, retry, polling, ticking, stopLeading, tries = 0, leading = false;
  let missed = null; // what came while catching up; null when we are up to date

  // --- what is told

  function tell(name, data, id) {
    if (bus) bus.postMessage([name, data, id, polled]);
    hear(name, data, id);
  }

  function hear(name, data, id) {
    if (missed && name === "patch") return void missed.push([name, data, id]);
    if (id) since = id;
    if (name === "beat") {
      beat = data;
      lastBeat = Date.now();
      tick();
    }
    if (name !== "bye") fire(name, data);
    if (data.build && data.build !== root.dataset.build) fire("build", data);
  }

  function fire(name, detail) {
    document.dispatchEvent(new CustomEvent("burnline:" + name, { detail }));
  }

  // --- the stream, held by the leading tab

  function open() {
    hangUp();
    opened = Date.now();
    stream = new EventSource(HERE + "?since=" + encodeURIComponent(since));
    for (const name of ["beat", "patch", "resync", "screens", "bye"]) stream.addEventListener(name, told);
    stream.onerror = () => again(backoff());
  }

  function told(event) {
    if (event.type === "bye") return again(random(500, 5e3));
    if (event.type === "beat") {
      tries = 0;
      polled = false;
      clearInterval(polling);
    }
    tell(event.type, JSON.parse(event.data), event.lastEventId);
  }

  function backoff() {
    if (++tries === TRIES) polling = setInterval(poll, POLL), poll();
    return Math.min(SLOWEST, 1e3 * 2 ** (tries - 1)) * random(0.7, 1.3);
  }

  function again(milliseconds) {
    hangUp();
    retry = setTimeout(open, milliseconds);
  }

  function hangUp() {
    clearTimeout(retry);
    if (stream) stream.close();
    stream = null;
  }

  // --- without a stream

  async function ask() {
    const answer = await fetch(HERE + "/poll?since=" + encodeURIComponent(since), { signal: AbortSignal.timeout(10e3) });
    const { id, resync, now, data_ts, build, v, ...patch } = await answer.json();
    if (!answer.ok || !now) throw new TypeError("no live answer");
    return [["beat", { now, data_ts, build, v }, ""], resync ? ["resync", {}, id] : ["patch", patch, id]];
  }

  function poll() {
    polled = true;
    ask().then((news) => polled && news.forEach((one) => tell(...one)), () => {}); // the age of the last beat says it
  }

  // A tab that does not lead may have been rendered before the leader's last change, or after.
  async function catchUp() {
    missed = [];
    const news = await ask().catch(() => []);
    const later = missed;
    missed = null;
    [...news, ...later].forEach((one) => hear(...one));
  }

  // --- who leads

  function lead() {
    if (leading) return;
    leading = true;
    tries = 0;
    open();
  }

  function follow() {
    leading = false;
    hangUp();
    clearInterval(polling);
  }

  function elect() {
    if (!navigator.locks) return elsewhere();
    const over = new AbortController();
    const held = new Promise((done) => (stopLeading = () => (over.abort(), done())));
    navigator.locks.request(NAME, { signal: over.signal }, () => (lead(), held)).catch(() => {});
  }

  function elsewhere() {
    const me = random(1, 2).toString(36), key = NAME, storage = allowedStorage();
    const renew = () => {
      if (!storage) return lead();
      const [who, until] = (storage.getItem(key) || "").split(" ");
      if (who !== me && Date.now() < +until) return leading && follow();
      storage.setItem(key, me + " " + (Date.now() + 8e3));
      lead();
    };
    const timer = setInterval(renew, 3e3);
    stopLeading = () => (clearInterval(timer), leading && storage && storage.removeItem(key));
    setTimeout(renew, random(0, 300));
  }

  function allowedStorage() {
    try {
      return localStorage;
    } catch {
      return null; // cookies are blocked: every tab leads itself
    }
  }

  // --- how old it is

  function tick() {
    const link = Math.max(0, Date.now() - lastBeat) / 1e3;
    if (stream && Date.now() - Math.max(lastBeat, opened) > 3 * BEAT) again(backoff());
    const data = beat && beat.data_ts ? link + Math.max(0, beat.now - beat.data_ts) / 1e3 : null;
    const state = link > STALE ? "stale" : link > LATE ? "late" : beat ? (polled ? "polling" : "live") : "connecting";
    root.dataset.link = state;
    root.toggleAttribute("data-silent", data !== null && data - link > SILENT);
    for (const chip of document.querySelectorAll("[data-live-chip]")) {
      chip.dataset.state = state;
      const text = chip.querySelector("[data-live-text]") || chip;
      const words = say(state, link, data);
      if (text.textContent !== words) text.textContent = words;
    }
    fire("link", { state, link, data });
  }

  function say(state, link, data) {
    if (state === "stale") return `NOT LIVE, last sign ${age(link)} ago`;
    if (state === "late") return `late ${age(link)}`;
    if (state === "connecting") return "connecting";
    if (data === null) return "Link ok, no data yet";
    if (data - link > SILENT) return `Link ok, no samples for ${age(data)}`;
    return `${state === "polling" ? "Polling" : "Live"}, data ${age(data)}`;
  }

  function age(seconds) {
    const whole = Math.floor(seconds);
    if (whole < 120) return `${whole} s`;
    return whole < 7200 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 3600)} h`;
  }

  // --- coming and going

  function start() {
    bus = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
    if (bus) bus.onmessage = ({ data: [name, data, id, how] }) => leading || ((polled = how), hear(name, data, id));
    ticking = setInterval(tick, 1e3);
    elect();
    setTimeout(() => leading || catchUp(), 1e3);
    tick();
  }

  function stop() {
    clearInterval(ticking);
    follow();
    stopLeading();
    if (bus) bus.close();
    bus = null;
  }

  addEventListener("online", () => leading && open());
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && start());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tick();
  });
  start();
})();
