// Copies a text of the page; where the browser does not let it, selects the text, to be copied by hand.

const select = (source) => {
  for (let around = source.closest('details'); around; around = around.parentElement.closest('details')) {
    around.open = true;
  }
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  source.focus();
};

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // not allowed, or not over https
    return false;
  }
};

for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector('[role="status"]');
  button.hidden = false;
  button.addEventListener('click', async () => {
    const done = await copy(source.textContent);
    if (!done) {
      select(source);
    }
    said.textContent = done ? button.dataset.copied : button.dataset.byHand;
  });
}
