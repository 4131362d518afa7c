// What hanging on a wall for years asks of a page: no burnt-in pixels, dark nights, no cursor, and, if wished, no sleep.

const ORBIT = 60_000;
const PLACES = 9;
const REST = 5_000;
const DAY = 86_400_000;

const still = matchMedia("(prefers-reduced-motion: reduce)");

function orbit(body) {
  const move = () => {
    if (still.matches) delete body.dataset.orbit;
    else body.dataset.orbit = Math.floor(Date.now() / ORBIT) % PLACES;
    // Every other day what stands above stands below.
    const local = Date.now() - new Date().getTimezoneOffset() * 60_000;
    body.toggleAttribute("data-swapped", Math.floor(local / DAY) % 2 === 1);
  };
  setInterval(move, ORBIT);
}

// "1320-390": minutes of the day from and until which it is dimmed; the night may cross midnight.
function dim(body) {
  const [from, until] = body.dataset.dim.split("-").map(Number);
  const look = () => {
    const now = new Date();
    const minute = now.getHours() * 60 + now.getMinutes();
    const dark = from <= until ? from <= minute && minute < until : minute >= from || minute < until;
    body.toggleAttribute("data-dimmed", dark);
  };
  setInterval(look, 10_000);
  look();
}

// Browsers drop the lock when the page is hidden, and never take it again by themselves.
function awake() {
  const ask = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  ask();
}

function rest(body) {
  let timer;
  const stir = () => {
    body.removeAttribute("data-resting");
    clearTimeout(timer);
    timer = setTimeout(() => body.setAttribute("data-resting", ""), REST);
  };
  addEventListener("pointermove", stir, { passive: true });
  stir();
}

export function hang(body) {
  orbit(body);
  rest(body);
  if (body.dataset.dim) dim(body);
  if ("awake" in body.dataset) awake();
}
