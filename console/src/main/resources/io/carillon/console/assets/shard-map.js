// Says and marks which shards have moved since the page was opened: from whom to whom, and when it was seen.

const MOST = 20;
let owners = null;
const moves = [];

const read = (table) => new Map([...table.querySelectorAll('tr[data-item]')]
  .map((row) => [row.dataset.item, row.dataset.owner ?? '']));

const look = () => {
  const table = document.querySelector('[data-shard-map]');
  if (!table) {
    return;
  }
  const present = read(table);
  if (owners) {
    for (const [item, owner] of present) {
      const before = owners.get(item);
      if (before !== undefined && before !== owner) {
        moves.unshift({ item, before, owner, at: document.querySelector('#live [data-at]')?.dataset.at ?? '' });
      }
    }
  }
  owners = present;
  moves.splice(MOST);
  if (moves.length === 0) {
    return;
  }
  const nobody = table.dataset.nobody;
  for (const move of moves) {
    table.querySelector(`tr[data-item="${CSS.escape(move.item)}"]`)?.classList.add('moved');
  }
  const list = document.createElement('ul');
  list.className = 'moves';
  list.setAttribute('aria-label', table.dataset.moved);
  for (const move of moves) {
    const line = document.createElement('li');
    line.textContent = `${move.at}  ${move.item}: ${move.before || nobody} → ${move.owner || nobody}`;
    list.append(line);
  }
  const title = document.createElement('h3');
  title.textContent = table.dataset.moved;
  const box = document.createElement('div');
  box.id = 'shard-moves';
  box.append(title, list);
  document.getElementById('shard-moves')?.remove();
  table.after(box);
};

look();
document.body.addEventListener('carillon-fresh', look);
