// What every page gains from scripts: choices that take effect at once, and the browser's own time zone.
// Without it each of them is a link or a form that does the same.

const root = document.documentElement;
const LOOKS = ["auto", "light", "dark"];
const YEAR = 365 * 24 * 3600;

root.classList.add("js");

function remember(name, value) {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax`;
}

function recall(name) {
  return document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

function without(parameter) {
  const address = new URL(location.href);
  address.searchParams.delete(parameter);
  history.replaceState(history.state, "", address);
}

// The server prints times in the zone this cookie names. Where it named none or another one (first visit, journey),
// the page is asked for once more; a browser that keeps no cookies goes on in the zone that is printed.
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const told = decodeURIComponent(recall("browser_zone") ?? "UTC");
  if (!zone || zone === told) return;
  remember("browser_zone", zone);
  const shown = document.querySelector("#tz")?.value === "browser";
  if (shown && recall("browser_zone") === encodeURIComponent(zone)) location.reload();
}

function changeTheme(event) {
  event.preventDefault();
  const button = event.currentTarget;
  const look = LOOKS[(LOOKS.indexOf(button.dataset.look) + 1) % LOOKS.length];
  root.dataset.theme = button.dataset.look = look;
  button.title = `Theme: ${look}`;
  button.querySelector("use").setAttribute("href", `#${look}`);
  button.querySelector(".hidden").textContent = `Theme: ${look}. Change`;
  remember("theme", look);
  without("theme");
  document.dispatchEvent(new CustomEvent("burnline:theme"));
}

function onKey(event) {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "f") document.querySelector("#freeze")?.click();
  if (event.key === "/") {
    const search = document.querySelector("#q");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
}

tellZone();
document.querySelector("#theme")?.addEventListener("click", changeTheme);
for (const select of document.querySelectorAll("[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
document.addEventListener("keydown", onKey);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("burnline:theme"));
});
