// Puts the text of a chosen file where a text can be pasted, so that it is sent as one. Without this script one pastes.

/** @type {HTMLInputElement | null} */
const file = document.querySelector('#file');
if (file) {
  file.closest('[hidden]')?.removeAttribute('hidden');
  const problem = document.getElementById(file.dataset.problem ?? '');
  file.addEventListener('change', async () => {
    const chosen = file.files?.[0];
    const into = /** @type {HTMLTextAreaElement | null} */ (document.getElementById(file.dataset.into ?? ''));
    if (!chosen || !into || !problem) {
      return;
    }
    // no character takes less than a byte, none of those that are allowed more than four
    const most = Number(file.dataset.most);
    const text = chosen.size > 4 * most ? null : await chosen.text();
    const tooLong = text === null || text.length > most;
    problem.hidden = !tooLong;
    if (!tooLong) {
      into.value = text;
    }
  });
}
