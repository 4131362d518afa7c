// Budgets and burns of objectives wherever a list shows them, and the sentence that alerts are held: cell by cell, as
// live.js hears of them. A hidden or paused page catches up as a whole (cells.js).

const each = (selector, within, act) => within.querySelectorAll(selector).forEach(act);
const reading = () => document.hidden || document.body.hasAttribute("data-paused");

function apply(scope, { bar, state, ...texts }) {
  each("[data-budget]", scope, (cell) => {
    const text = texts[cell.dataset.budget];
    if (text === undefined || text === cell.textContent) return;
    cell.textContent = text;
    cell.classList.remove("changed");
    requestAnimationFrame(() => cell.classList.add("changed"));
  });
  each("svg.budget .left", scope, (left) => left.setAttribute("width", bar));
  if (!("state" in scope.dataset) || state === scope.dataset.state) return;
  scope.dataset.state = state;
  each("[data-icon] use", scope, (icon) => icon.setAttribute("href", `#${state}`));
}

document.addEventListener("burnline:patch", ({ detail: { services = {}, held } }) => {
  if (reading()) return;
  for (const [service, { slos = {}, worst }] of Object.entries(services)) {
    for (const [slug, cells] of Object.entries(slos)) {
      each(`[data-slo="${CSS.escape(slug)}"]`, document, (scope) => apply(scope, cells));
    }
    const row = worst && document.querySelector(`[data-service="${CSS.escape(service)}"] [data-worst]`);
    if (row && row.dataset.slo !== worst) htmx.trigger("#services", "refresh"); // another one is the worst now
  }
  if (held === undefined) return;
  each("[data-held]", document, (sentence) => {
    sentence.hidden = !held;
    sentence.querySelector("span").textContent = held;
  });
});
