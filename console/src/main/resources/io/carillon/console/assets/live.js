// Keeps the live part of a page fresh and says whether it is: live, asking every few seconds, paused, or not updated since.
// The server only hints that something may have changed; the part is then fetched again, with the reader's rights.

const region = document.getElementById('live');
const state = document.getElementById('live-state');
const button = document.getElementById('live-pause');

const GATHER = 250;
const SLOWLY = 30;

if (region && state && button) {
  const every = Number(region.dataset.refresh || '5');
  let paused = false;
  let stale = false;
  let source = null;
  let streaming = false;
  let opened = [];
  let focused = null;
  let selected = [];
  let gathering = null;
  let lastFetch = performance.now();

  const lastSeen = () => region.querySelector('[data-at]')?.dataset.at ?? '';

  const say = () => {
    const kind = paused ? 'paused' : stale ? 'stale' : streaming ? 'live' : 'polling';
    const text = kind === 'stale' ? `${state.dataset.stale} ${lastSeen()}` : state.dataset[kind];
    if (state.textContent !== text) {
      state.textContent = text;
    }
    state.dataset.state = kind;
    button.textContent = paused ? button.dataset.resume : button.dataset.pause;
    button.setAttribute('aria-pressed', String(paused));
  };

  const refresh = () => {
    lastFetch = performance.now();
    window.htmx?.trigger(region, 'refresh');
  };

  const soon = () => {
    if (gathering === null) {
      gathering = setTimeout(() => {
        gathering = null;
        refresh();
      }, GATHER);
    }
  };

  const listen = () => {
    if (source || paused || document.hidden || !region.dataset.stream) {
      return;
    }
    source = new EventSource(region.dataset.stream);
    source.addEventListener('open', () => {
      streaming = true;
      say();
    });
    source.addEventListener('hint', soon);
    source.addEventListener('error', () => {
      streaming = false;
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
      }
      say();
    });
  };

  const leave = () => {
    source?.close();
    source = null;
    streaming = false;
  };

  // without hints it asks as often as the server says; with them only now and then, for what time itself changes
  setInterval(() => {
    const wait = (streaming ? Math.max(SLOWLY, every) : every) * 1000;
    if (!paused && !document.hidden && performance.now() - lastFetch >= wait) {
      refresh();
    }
    if (!source) {
      listen();
    }
  }, 1000);

  button.addEventListener('click', () => {
    paused = !paused;
    if (paused) {
      leave();
    } else {
      listen();
      refresh();
    }
    say();
  });

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      leave();
    } else if (!paused) {
      listen();
      refresh();
    }
    say();
  });

  window.addEventListener('pagehide', leave);
  document.body.addEventListener('carillon-done', refresh);

  region.addEventListener('htmx:beforeRequest', (event) => {
    if (event.target === region && (paused || document.hidden)) {
      event.preventDefault();
    }
  });

  // what people opened, marked or chose stays so, and the focus stays where it was
  region.addEventListener('htmx:beforeSwap', (event) => {
    if (event.target !== region) {
      return;
    }
    opened = [...region.querySelectorAll('details[open][id]')].map((element) => element.id);
    selected = [...region.querySelectorAll('input[data-row]:checked')].map((box) => box.value);
    const active = document.activeElement;
    focused = active && region.contains(active)
      ? active.id ? `#${CSS.escape(active.id)}`
        : active.getAttribute('href') ? `a[href="${CSS.escape(active.getAttribute('href'))}"]` : null
      : null;
  });

  region.addEventListener('htmx:afterSwap', (event) => {
    if (event.target !== region) {
      return;
    }
    for (const id of opened) {
      document.getElementById(id)?.setAttribute('open', '');
    }
    for (const box of region.querySelectorAll('input[data-row]')) {
      box.checked = selected.includes(box.value);
    }
    if (focused) {
      region.querySelector(focused)?.focus({ preventScroll: true });
    }
    stale = false;
    say();
    region.dispatchEvent(new CustomEvent('carillon-fresh', { bubbles: true }));
  });

  for (const failure of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    region.addEventListener(failure, () => {
      stale = true;
      say();
    });
  }

  button.hidden = false;
  say();
  listen();
}
