// Loading a wall anew, without ever ending on an error page: only when the new one has just been fetched whole, once for
// each reason, and not more often than every ten minutes.

const LEAST = 600_000;
const JITTER = 60_000; // so that a hundred screens do not come at once
const MOST_ERRORS = 5;
const body = document.body;

let waiting = false;
let errors = 0;

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem("wall-reload")) ?? {};
  } catch {
    return {};
  }
}

function remember(why) {
  try {
    sessionStorage.setItem("wall-reload", JSON.stringify({ why, at: Date.now() }));
    return true;
  } catch {
    return false; // without a memory it might reload for ever
  }
}

export function reload(why, { jitter = 5_000 } = {}) {
  const last = remembered();
  if (waiting || last.why === why) return;
  waiting = true;
  const wait = Math.max(Math.random() * jitter, why.startsWith("pushed") ? 0 : (last.at ?? 0) + LEAST - Date.now());
  setTimeout(() => go(why), wait);
}

async function go(why) {
  waiting = false;
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    const made = new DOMParser().parseFromString(text, "text/html");
    if (answer.ok && made.body.matches("[data-screen]") && remember(why)) location.reload();
  } catch {
    // asked for again by whatever gave the reason
  }
}

// Once after an upgrade: the style and scripts of the new release belong to what it draws.
export function upgraded(build) {
  if (build !== body.dataset.build) reload(`build ${build}`, { jitter: JITTER });
}

function failed() {
  if (++errors > MOST_ERRORS) reload(`errors at ${Math.floor(Date.now() / LEAST)}`);
}

// Whatever leaks in a browser over weeks is gone once a day, at four in the morning and a bit.
function nightly() {
  const four = new Date();
  four.setHours(4, -10 + Math.random() * 20, 0, 0);
  if (four <= Date.now()) four.setDate(four.getDate() + 1);
  const day = `${four.getFullYear()}-${four.getMonth()}-${four.getDate()}`;
  const look = setInterval(() => {
    if (Date.now() < four) return;
    clearInterval(look);
    reload(`night of ${day}`);
  }, 60_000);
}

addEventListener("error", failed);
addEventListener("unhandledrejection", failed);
nightly();
