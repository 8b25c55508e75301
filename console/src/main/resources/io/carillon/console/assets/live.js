// Keeps the live part of a page fresh and says whether it is: live, paused, or not updated since.
// htmx fetches every few seconds; this module holds it back while people pause it or the tab is hidden.

const region = document.getElementById('live');
const state = document.getElementById('live-state');
const button = document.getElementById('live-pause');

if (region && state && button) {
  let paused = false;
  let stale = false;
  let opened = [];
  let focused = null;

  const lastSeen = () => region.querySelector('[data-at]')?.dataset.at ?? '';

  const say = () => {
    const kind = paused ? 'paused' : stale ? 'stale' : 'live';
    const text = stale && !paused ? `${state.dataset.stale} ${lastSeen()}` : state.dataset[kind];
    if (state.textContent !== text) {
      state.textContent = text;
    }
    state.dataset.state = kind;
    button.textContent = paused ? button.dataset.resume : button.dataset.pause;
    button.setAttribute('aria-pressed', String(paused));
  };

  const refresh = () => window.htmx?.trigger(region, 'refresh');

  button.addEventListener('click', () => {
    paused = !paused;
    say();
    if (!paused) {
      refresh();
    }
  });

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && !paused) {
      refresh();
    }
  });

  region.addEventListener('htmx:beforeRequest', (event) => {
    if (event.target === region && (paused || document.hidden)) {
      event.preventDefault();
    }
  });

  // what people opened stays open, and the focus stays where it was
  region.addEventListener('htmx:beforeSwap', () => {
    opened = [...region.querySelectorAll('details[open][id]')].map((element) => element.id);
    const active = document.activeElement;
    focused = active && region.contains(active) ? active.getAttribute('href') : null;
  });

  region.addEventListener('htmx:afterSwap', () => {
    for (const id of opened) {
      document.getElementById(id)?.setAttribute('open', '');
    }
    if (focused) {
      region.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    stale = false;
    say();
  });

  for (const failure of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    region.addEventListener(failure, () => {
      stale = true;
      say();
    });
  }

  button.hidden = false;
  say();
}
