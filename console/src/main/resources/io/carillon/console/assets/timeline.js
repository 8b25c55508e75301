// Draws the table of firings as lanes: one per shard, planned time, waiting, running. The table stays: it is the same in words.

const NS = 'http://www.w3.org/2000/svg';
const LANE = 26;
const TOP = 22;
const LEFT = 64;

const make = (name, attributes, parent) => {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, String(value));
  }
  parent?.append(element);
  return element;
};

const steps = [60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 6 * 3600e3, 86400e3, 7 * 86400e3];

const draw = () => {
  const figure = document.getElementById('timeline');
  const table = document.getElementById('timeline-table');
  if (!figure || !table) {
    return;
  }
  figure.querySelector('svg')?.remove();
  const { from, to, now, zone, locale, shard, nowLabel } = figure.dataset;
  const start = Number(from);
  const end = Number(to);
  const present = Number(now);
  const rows = [...table.querySelectorAll('tbody tr')];
  const items = [...new Set(rows.map((row) => Number(row.dataset.item)))].sort((a, b) => a - b);
  const width = Math.max(320, figure.clientWidth);
  const height = TOP + items.length * LANE + 16;
  const x = (time) => LEFT + ((Math.min(Math.max(time, start), end) - start) / (end - start)) * (width - LEFT - 8);

  const svg = make('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true', focusable: 'false' }, null);
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
    make('text', { x: 0, y: y + 17, class: 'label' }, svg).textContent = `${shard} ${item}`;
  });
  for (const row of rows) {
    const y = TOP + items.indexOf(Number(row.dataset.item)) * LANE;
    const due = Number(row.dataset.due);
    const { state } = row.dataset;
    const begun = row.dataset.started ? Number(row.dataset.started) : null;
    const ended = row.dataset.ended ? Number(row.dataset.ended) : null;
    const group = make('g', { class: `firing state-${state}`, 'data-href': row.querySelector('a')?.getAttribute('href') ?? '' }, svg);
    make('title', {}, group).textContent = row.innerText.replace(/\s+/g, ' ').trim();
    // where it was planned
    make('path', { d: `M${x(due)} ${y + 3}v${LANE - 6}`, class: 'due' }, group);
    const waitsUntil = begun ?? (state === 'waiting' || state === 'running' ? present : null);
    if (waitsUntil !== null && waitsUntil > due) {
      make('rect', { x: x(due), y: y + 11, width: Math.max(1, x(waitsUntil) - x(due)), height: 4, class: 'wait' }, group);
    }
    if (begun !== null || state === 'running') {
      const left = x(begun ?? due);
      make('rect', {
        x: left, y: y + 6, width: Math.max(3, x(ended ?? present) - left), height: 14, rx: 3, class: 'bar',
      }, group);
      if (['failed', 'timed_out', 'interrupted'].includes(state)) {
        // not by colour alone
        make('path', { d: `M${left + 1} ${y + 9}l8 8m0 -8l-8 8`, class: 'cross' }, group);
      }
    } else if (state === 'passed' || state === 'unknown') {
      make('path', { d: `M${x(due) - 4} ${y + 9}l8 8m0 -8l-8 8`, class: 'cross' }, group);
    } else if (state === 'not_due') {
      make('circle', { cx: x(due), cy: y + 13, r: 3, class: 'later' }, group);
    }
  }
  if (present >= start && present <= end) {
    make('line', { x1: x(present), x2: x(present), y1: 0, y2: height, class: 'now' }, svg);
    make('text', { x: x(present) + 3, y: height - 3, class: 'label' }, svg).textContent = nowLabel;
  }
  svg.addEventListener('click', (event) => {
    const href = event.target.closest('[data-href]')?.dataset.href;
    if (href) {
      window.location.assign(href);
    }
  });
  figure.prepend(svg);
};

draw();
document.body.addEventListener('carillon-fresh', draw);
let resizing = 0;
window.addEventListener('resize', () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(draw);
});
