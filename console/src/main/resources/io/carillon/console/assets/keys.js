// Keys and dialogs. Keys are never the only way: each leads to a link or a button of the page.

const dialog = document.getElementById('dialog');
const help = document.getElementById('keys-help');
let opener = null;
let prefix = false;
let row = -1;

const open = (which) => {
  if (!which.open) {
    opener = document.activeElement;
    which.showModal();
  }
};

const close = (which) => {
  which.close();
};

for (const which of [dialog, help]) {
  which?.addEventListener('close', () => {
    if (which === dialog) {
      document.getElementById('dialog-body').replaceChildren();
    }
    // the live part may have been replaced meanwhile: then the link to the same place gets the focus
    const again = opener?.isConnected ? opener : opener?.getAttribute?.('href')
      && document.querySelector(`a[href="${CSS.escape(opener.getAttribute('href'))}"]`);
    (again || document.getElementById('content'))?.focus({ preventScroll: true });
    opener = null;
  });
}

// a link whose part is wanted in the dialog opens it when the part has come
document.body.addEventListener('htmx:afterSwap', (event) => {
  if (event.detail.target?.id === 'dialog-body') {
    open(dialog);
    dialog.querySelector('[autofocus]')?.focus();
  }
});

document.body.addEventListener('htmx:responseError', (event) => {
  // a page that answers with a status of its own still says something
  if (event.detail.target?.id === 'dialog-body' && event.detail.xhr.responseText) {
    event.detail.target.textContent = event.detail.xhr.statusText || String(event.detail.xhr.status);
    open(dialog);
  }
});

document.addEventListener('click', (event) => {
  const closer = event.target.closest?.('[data-close]');
  const inside = closer?.closest('dialog');
  if (inside) {
    // a link to a part of this page goes there
    if (!closer.hash) {
      event.preventDefault();
    }
    close(inside);
  }
});

// everything of the list at once
document.addEventListener('change', (event) => {
  if (event.target.matches?.('[data-select-all]')) {
    for (const box of document.querySelectorAll('input[data-row]')) {
      box.checked = event.target.checked;
    }
  }
  if (event.target.matches?.('[data-select-all], input[data-row]')) {
    count();
  }
});

const count = () => {
  const chosen = document.querySelectorAll('input[data-row]:checked').length;
  const bar = document.getElementById('bulk');
  if (bar) {
    bar.hidden = chosen === 0;
    bar.querySelector('[data-count]').textContent = String(chosen);
  }
};

const rows = () => [...document.querySelectorAll('main tbody tr')];

const mark = (step) => {
  const all = rows();
  if (all.length > 0) {
    row = Math.min(Math.max(row + step, 0), all.length - 1);
    const link = all[row].querySelector('a[href]') ?? all[row];
    link.focus();
    all[row].scrollIntoView({ block: 'nearest' });
  }
};

const typing = (element) => element?.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]');

const key = (event) => {
  if (prefix) {
    prefix = false;
    document.querySelector(`[aria-keyshortcuts="g ${CSS.escape(event.key)}"]`)?.click();
    return true;
  }
  switch (event.key) {
    case '?':
      open(help);
      return true;
    case '/': {
      const search = document.querySelector('input[type=search]');
      search?.focus();
      return Boolean(search);
    }
    case 'g':
      prefix = true;
      setTimeout(() => { prefix = false; }, 1500);
      return true;
    case 'j':
      mark(1);
      return true;
    case 'k':
      mark(-1);
      return true;
    case 'x': {
      const box = document.activeElement?.closest('tr')?.querySelector('input[data-row]');
      box?.click();
      return Boolean(box);
    }
    case 'r':
      window.htmx?.trigger('#live', 'refresh');
      return true;
    case '.': {
      const menu = document.querySelector('[data-actions]');
      menu?.focus();
      return Boolean(menu);
    }
    default: {
      const action = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
      action?.click();
      return Boolean(action);
    }
  }
};

if (document.body.dataset.keys === 'on') {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing
      || typing(event.target) || document.querySelector('dialog[open]')) {
      return;
    }
    if (event.key.length === 1 && key(event)) {
      event.preventDefault();
    }
  });
}
