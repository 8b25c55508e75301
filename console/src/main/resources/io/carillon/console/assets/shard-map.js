// Draws the moves of shards as arrows over the map: from the old owner's cell to the new owner's, with the verb. What is drawn,
// and by which verb, the server says in the list below the map, which tells the same in words.

const SVG = 'http://www.w3.org/2000/svg';
const HEAD = 7;
const GAP = 4;
const BESIDE = 11;

let observer = null;
/** What is drawn already does not come in again. */
let known = new Set();

const element = (name, attributes) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  return made;
};

/** Where an arrow may end in a cell: the box of what stands in it, or a point where it is empty. */
const place = (cell, origin) => {
  const box = cell.getBoundingClientRect();
  const inner = cell.querySelector('.tile')?.getBoundingClientRect();
  if (inner) {
    return { left: inner.left - origin.left, right: inner.right - origin.left, y: inner.top + inner.height / 2 - origin.top, filled: true };
  }
  const style = getComputedStyle(cell);
  const y = box.top + parseFloat(style.paddingTop) + 12 - origin.top;
  const x = box.left + parseFloat(style.paddingLeft) + 18 - origin.left;
  return { left: x, right: x, y, filled: false };
};

/** Where an arrow comes from when nobody owned the shard: before the first instance. */
const nobody = (row, origin) => {
  const first = row.querySelector('td[data-instance]').getBoundingClientRect();
  const x = first.left - origin.left - 14;
  return { left: x, right: x, y: first.top + 20 - origin.top, filled: false };
};

const arrow = (move, row, origin, offset) => {
  const cellOf = (id) => (id ? row.querySelector(`td[data-instance="${CSS.escape(id)}"]`) : null);
  const target = cellOf(move.dataset.to);
  const source = cellOf(move.dataset.from);
  if (!target && !source) {
    return null;
  }
  const from = source ? place(source, origin) : nobody(row, origin);
  const to = target ? place(target, origin) : null;
  const y = (from.filled ? from.y : to?.filled ? to.y : from.y) + offset;
  let start;
  let end;
  if (!to) {
    // nobody is known to whom it goes: a short arrow out of its owner's cell
    start = from.right + GAP;
    end = start + 44;
  } else if (from.left <= to.left) {
    start = from.right + GAP;
    end = to.left - GAP;
  } else {
    start = from.left - GAP;
    end = to.right + GAP;
  }
  const back = end < start ? HEAD : -HEAD;
  const group = element('g', { class: `arrow ${move.dataset.move} verb-${move.dataset.verb}` });
  group.append(
    element('path', { class: 'shaft', d: `M${start} ${y}H${end + back / 2}` }),
    element('path', { class: 'head', d: `M${end} ${y}L${end + back} ${y - HEAD / 2 - 1}V${y + HEAD / 2 + 1}Z` }),
  );
  const word = element('text', { x: (start + end) / 2, y: y - 5, 'text-anchor': 'middle' });
  word.textContent = move.dataset.word;
  group.append(word);
  return group;
};

const draw = () => {
  document.getElementById('shard-arrows')?.remove();
  const table = document.querySelector('[data-shard-map].map');
  const box = table?.parentElement;
  // as cards, on a narrow screen, the cells do not stand side by side: the list says it all
  if (!box || getComputedStyle(table).display !== 'table') {
    return;
  }
  const moves = [...document.querySelectorAll('li[data-move="next"], li[data-move="seen"]')];
  if (moves.length === 0) {
    return;
  }
  const origin = box.getBoundingClientRect();
  const canvas = element('svg', { id: 'shard-arrows', 'aria-hidden': 'true', focusable: 'false' });
  const drawn = new Set();
  const present = new Set();
  for (const move of moves) {
    const row = table.querySelector(`tr[data-item="${CSS.escape(move.dataset.item)}"]`);
    const one = row && arrow(move, row, origin, drawn.has(move.dataset.item) ? BESIDE : 0);
    if (one) {
      const key = [move.dataset.move, move.dataset.item, move.dataset.from, move.dataset.to].join(' ');
      if (!known.has(key)) {
        one.classList.add('new');
      }
      present.add(key);
      drawn.add(move.dataset.item);
      canvas.append(one);
    }
  }
  known = present;
  box.append(canvas);
};

const watch = () => {
  observer?.disconnect();
  const table = document.querySelector('[data-shard-map]');
  if (table) {
    observer = new ResizeObserver(draw);
    observer.observe(table);
  }
  draw();
};

watch();
document.body.addEventListener('carillon-fresh', watch);
