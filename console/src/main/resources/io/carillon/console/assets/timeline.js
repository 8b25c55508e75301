// Draws the rows of firings as lanes: one per shard, planned time, waiting, running. The table stays: it is the same in words.

const NS = 'http://www.w3.org/2000/svg';
const LANE = 34;
const TOP = 22;
const LEFT = 64;
const BAR = 14;

const make = (name, attributes, parent) => {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, String(value));
  }
  parent?.append(element);
  return element;
};

const steps = [60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 6 * 3600e3, 86400e3, 7 * 86400e3];

// one hatch per state: told apart on paper and without colours
const HATCHES = {
  failed: 'M-2 2L2 -2M0 6L6 0M4 8L8 4',
  timed_out: 'M3 0V6',
  interrupted: 'M-2 4L2 8M0 0L6 6M4 -2L8 2',
  retried: 'M1 1h2v2h-2zM4 4h2v2h-2z',
  running: 'M0 3H6',
  lost: 'M-2 2L2 -2M0 6L6 0M4 8L8 4M-2 4L2 8M0 0L6 6M4 -2L8 2',
};

const hatches = (svg, name) => {
  const defs = make('defs', {}, svg);
  for (const [state, path] of Object.entries(HATCHES)) {
    const pattern = make('pattern', { id: `${name}-${state}`, width: 6, height: 6, patternUnits: 'userSpaceOnUse' }, defs);
    make('path', { d: path, class: 'hatch' }, pattern);
  }
};

const cross = (x, y, parent) => make('path', { d: `M${x} ${y}l8 8m0 -8l-8 8`, class: 'cross' }, parent);
const ICONS = {
  moved: 'M0 3h9l-2.5 -2.5m2.5 2.5l-2.5 2.5',
  lost: 'M5 0l-3 4h4l-3 4',
  retried: 'M7 2a3.5 3.5 0 1 0 .8 3M8 0v3h-3',
};
const icon = (name, x, y, parent) => make('path', { d: ICONS[name], transform: `translate(${x} ${y})`, class: `icon ${name}` }, parent);

// a piece of a lane: colour, and hatch above it
const piece = (name, state, x, y, width, parent) => {
  const rects = [make('rect', { x, y, width, height: BAR, rx: 2, class: `bar of-${state}` }, parent)];
  if (HATCHES[state]) {
    rects.push(make('rect', { x, y, width, height: BAR, rx: 2, fill: `url(#${name}-${state})` }, parent));
  }
  return rects;
};

// what stands for a state, in the lanes and in the legend
const mark = (state, x, y, parent) => {
  if (state === 'passed') {
    cross(x - 4, y + 3, parent);
  } else if (state === 'unknown') {
    make('circle', { cx: x, cy: y + 7, r: 3.5, class: 'later', 'stroke-dasharray': '2 2' }, parent);
  } else if (state === 'not_due') {
    make('circle', { cx: x, cy: y + 7, r: 3, class: 'later' }, parent);
  } else if (state === 'waiting') {
    make('path', { d: `M${x - 3} ${y + 3}h6l-6 8h6z`, class: 'later' }, parent);
  }
};
const PIECES = ['succeeded', 'failed', 'timed_out', 'interrupted', 'retried', 'running', 'lost'];

const legend = (figure) => {
  for (const key of figure.querySelectorAll('[data-key]')) {
    const state = key.dataset.key;
    const svg = make('svg', { width: 22, height: 16, 'aria-hidden': 'true' }, null);
    hatches(svg, `key-${state}`);
    if (PIECES.includes(state)) {
      piece(`key-${state}`, state, 0, 1, 18, svg);
    } else if (state === 'wait') {
      make('rect', { x: 0, y: 6, width: 18, height: 4, class: 'wait' }, svg);
    } else if (state === 'moved') {
      icon('moved', 4, 5, svg);
    } else {
      mark(state, 9, 1, svg);
    }
    key.prepend(svg);
  }
};

const sentence = (row) => [...row.cells]
  .map((cell) => (cell.dataset.label ? `${cell.dataset.label}: ` : '') + cell.textContent.replace(/\s+/g, ' ').trim())
  .join('\n');

// what has the focus, by shard and time: a page that is refreshed keeps it
let focused = null;
let growing = 0;

const draw = () => {
  clearInterval(growing);
  const figure = document.getElementById('timeline');
  if (!figure) {
    return;
  }
  const first = !figure.querySelector('.lanes');
  figure.querySelector('.lanes')?.remove();
  const { from, to, now, zone, locale, shard, nowLabel } = figure.dataset;
  const start = Number(from);
  const end = Number(to);
  const present = Number(now);
  const rows = [...document.querySelectorAll('#live tr[data-due]')]
    .sort((a, b) => a.dataset.item - b.dataset.item || a.dataset.due - b.dataset.due);
  const items = [...new Set(rows.map((row) => Number(row.dataset.item)))];
  const width = Math.max(280, figure.clientWidth);
  const height = TOP + items.length * LANE + 16;
  const x = (time) => LEFT + ((Math.min(Math.max(time, start), end) - start) / (end - start)) * (width - LEFT - 8);

  const svg = make('svg', { viewBox: `0 0 ${width} ${height}`, width, height, class: 'lanes', role: 'group' }, null);
  hatches(svg, 'of');
  const step = steps.find((one) => (end - start) / one <= Math.max(3, width / 110)) ?? steps.at(-1);
  const clock = new Intl.DateTimeFormat(locale, step >= 86400e3
    ? { timeZone: zone, month: '2-digit', day: '2-digit' }
    : { timeZone: zone, hour: '2-digit', minute: '2-digit', hour12: false });
  for (let tick = Math.ceil(start / step) * step; tick < end; tick += step) {
    make('line', { x1: x(tick), x2: x(tick), y1: TOP - 4, y2: height, class: 'tick' }, svg);
    make('text', { x: x(tick) + 3, y: 12, class: 'label' }, svg).textContent = clock.format(tick);
  }
  items.forEach((item, index) => {
    const y = TOP + index * LANE;
    make('line', { x1: 0, x2: width, y1: y + LANE, y2: y + LANE, class: 'lane' }, svg);
    make('text', { x: 0, y: y + 22, class: 'label' }, svg).textContent = `${shard} ${item}`;
  });

  // a bar that runs grows with the time that passes
  const grows = [];
  for (const row of rows) {
    const { item, state } = row.dataset;
    const y = TOP + items.indexOf(Number(item)) * LANE;
    const top = y + 13;
    const due = Number(row.dataset.due);
    const begun = row.dataset.started ? Number(row.dataset.started) : null;
    const ended = row.dataset.ended ? Number(row.dataset.ended) : null;
    const href = row.querySelector('th a')?.getAttribute('href');
    const text = sentence(row);
    const group = make(href ? 'a' : 'g', {
      class: `firing state-${state}`, tabindex: -1, 'aria-label': text, 'data-item': item, 'data-due': due,
      ...(href ? { href } : { role: 'img' }),
    }, svg);
    make('title', {}, group).textContent = text;
    // where it was planned
    make('path', { d: `M${x(due)} ${y + 4}v${LANE - 7}`, class: 'due' }, group);
    const attempts = [...row.querySelectorAll('[data-attempt]')];
    const tried = attempts.length > 0 ? Number(attempts[0].dataset.started) : begun;
    const open = state === 'waiting' || state === 'running';
    const waitsUntil = tried ?? (open ? present : null);
    if (state !== 'lost' && waitsUntil !== null && waitsUntil > due) {
      const wait = make('rect', { x: x(due), y: top + 5, width: Math.max(1, x(waitsUntil) - x(due)), height: 4, class: 'wait' }, group);
      if (state === 'waiting') {
        grows.push([wait, due]);
      }
    }
    for (const attempt of attempts) {
      const left = x(Number(attempt.dataset.started));
      piece('of', attempt.dataset.attempt, left, top, Math.max(3, x(Number(attempt.dataset.ended)) - left), group);
    }
    if (state === 'lost') {
      piece('of', state, x(due), top, Math.max(6, x(begun) - x(due)), group);
      icon('lost', x(due) + 2, y + 3, group);
    } else if (begun !== null || state === 'running') {
      const left = x(begun ?? due);
      const rects = piece('of', state, left, top, Math.max(3, x(ended ?? present) - left), group);
      if (state === 'running') {
        rects.forEach((rect) => grows.push([rect, begun ?? due]));
      }
      if (['failed', 'timed_out', 'interrupted'].includes(state)) {
        cross(left + 14, y + 3, group);
      }
    } else {
      mark(state, x(due), top, group);
    }
    if (attempts.length > 0) {
      icon('retried', x(begun) + 3, y + 3, group);
    }
    if (row.dataset.moved || row.dataset.takeover) {
      icon('moved', x(begun ?? due) + 3, y + 4, group);
    }
  }

  const line = make('line', { x1: x(present), x2: x(present), y1: 0, y2: height, class: 'now' }, svg);
  const label = make('text', { x: x(present) + 3, y: height - 3, class: 'label' }, svg);
  label.textContent = nowLabel;
  const drawn = performance.now();
  const grow = () => {
    const at = present + performance.now() - drawn;
    for (const [rect, since] of grows) {
      rect.setAttribute('width', String(Math.max(3, x(at) - x(since))));
    }
    for (const part of [line, label]) {
      part.toggleAttribute('hidden', at < start || at > end);
    }
    line.setAttribute('x1', String(x(at)));
    line.setAttribute('x2', String(x(at)));
    label.setAttribute('x', String(x(at) + 3));
  };
  grow();
  growing = setInterval(grow, 1000);

  const bars = [...svg.querySelectorAll('.firing')];
  const told = document.getElementById('timeline-told');
  const tell = (bar) => {
    told.textContent = bar?.querySelector('title').textContent.replaceAll('\n', ' · ') ?? '';
  };
  // the one that Tab leads to is large enough to be met, and has the ring of the focus
  const ring = make('rect', { rx: 3, class: 'ring' }, null);
  const stop = (bar) => {
    ring.remove();
    bars.forEach((other) => other.setAttribute('tabindex', other === bar ? '0' : '-1'));
    const box = bar.getBBox();
    const [wide, high] = [Math.max(24, box.width + 4), Math.max(26, box.height + 2)];
    ring.setAttribute('x', String(box.x + box.width / 2 - wide / 2));
    ring.setAttribute('y', String(box.y + box.height / 2 - high / 2));
    ring.setAttribute('width', String(wide));
    ring.setAttribute('height', String(high));
    bar.prepend(ring);
  };
  const same = (bar, key) => key && bar.dataset.item === key.item && bar.dataset.due === key.due;
  svg.addEventListener('focusin', (event) => {
    const bar = event.target.closest('.firing');
    focused = { item: bar.dataset.item, due: bar.dataset.due };
    stop(bar);
    tell(bar);
  });
  svg.addEventListener('focusout', (event) => {
    if (event.relatedTarget) {
      focused = null;
    }
  });
  svg.addEventListener('mouseover', (event) => tell(event.target.closest('.firing')));
  svg.addEventListener('keydown', (event) => {
    const bar = event.target.closest('.firing');
    const at = bars.indexOf(bar);
    const lane = Number(bar.dataset.item);
    const nearest = (item) => bars.filter((other) => Number(other.dataset.item) === item)
      .sort((a, b) => Math.abs(a.dataset.due - bar.dataset.due) - Math.abs(b.dataset.due - bar.dataset.due))[0];
    const next = {
      ArrowRight: () => bars[at + 1], ArrowLeft: () => bars[at - 1],
      ArrowDown: () => nearest(items[items.indexOf(lane) + 1]), ArrowUp: () => nearest(items[items.indexOf(lane) - 1]),
      Home: () => bars[0], End: () => bars.at(-1),
    }[event.key];
    if (next) {
      event.preventDefault();
      event.stopPropagation();
      next()?.focus();
    }
  });
  // the way in leads to the last that has come
  const before = bars.find((bar) => same(bar, focused));
  const way = before ?? bars.filter((bar) => bar.dataset.due <= present).at(-1) ?? bars[0];
  figure.prepend(svg);
  stop(way);
  if (first) {
    legend(figure);
  }
  if (before && document.activeElement === document.body) {
    before.focus();
  }
};

draw();
document.body.addEventListener('carillon-fresh', draw);
let resizing = 0;
window.addEventListener('resize', () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(draw);
});
