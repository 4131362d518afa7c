// Regions that are fetched again as a whole: not under somebody's hands, and what was opened stays open.

const busy = (region) =>
  region.querySelector("details[open] form") !== null ||
  (region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

document.addEventListener("htmx:before:request", (event) => {
  const region = event.target;
  if (region.matches("[hx-trigger*=every]") && (document.hidden || busy(region))) event.preventDefault();
});
document.addEventListener("htmx:before:morph:attr", (event) => {
  if (event.detail.attrName === "open" && event.target.matches("details")) event.preventDefault();
});
