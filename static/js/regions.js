// Regions that are fetched again as a whole: not under somebody's hands, and what was opened stays open.

let open = []; // details somebody has opened, by id

const busy = (region) =>
  region.querySelector("details[open] form") !== null ||
  (region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

document.addEventListener("htmx:before:request", (event) => {
  const region = event.target;
  if (region.matches("[hx-trigger*=every]") && (document.hidden || busy(region))) event.preventDefault();
});
document.addEventListener("htmx:before:swap", () => {
  open = [...document.querySelectorAll("details[open][id]")].map(({ id }) => id);
});
document.addEventListener("htmx:after:swap", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
});
