// The status page renews itself, and says so when it is too old to be believed. Without this file its age stands there.
(() => {
  'use strict';

  const RENEW_MS = 30_000;
  const LOOK_MS = 5_000;
  const main = () => document.getElementById('main');

  function look() {
    const headline = document.querySelector('[data-headline]');
    if (!headline || Date.now() <= Number(main().dataset.validUntil) || headline.dataset.old) return;
    headline.dataset.old = 'yes';
    headline.dataset.state = 'no-data';
    headline.querySelector('use').setAttribute('href', '#no-data');
    headline.querySelector('[data-text]').textContent = main().dataset.staleText;
    headline.querySelector('[data-more]').textContent = 'What is below is what was known then.';
    document.documentElement.dataset.old = 'yes';
    document.title = main().dataset.staleText;
  }

  async function renew() {
    if (document.hidden || document.querySelector('details[open]')) return;
    try {
      const answer = await fetch(location.href.split('#')[0], { signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = page.getElementById('main');
      if (!fresh || !fresh.dataset.validUntil) return;
      if (Number(fresh.dataset.validUntil) < Number(main().dataset.validUntil)) return;
      document.title = page.title;
      delete document.documentElement.dataset.old;
      main().replaceWith(fresh);
    } catch {
      // It is told by age.
    } finally {
      look();
    }
  }

  const zone = document.querySelector('[data-zone]');
  if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || '';
  look();
  setInterval(look, LOOK_MS);
  setInterval(renew, RENEW_MS);
  document.addEventListener('visibilitychange', () => document.hidden || renew());
})();
