/**
 * The drawn timeline: two lanes that scroll with the time, one per side.
 *
 * Whatever has a time is drawn once, in seconds since the page opened, and a single transform per frame moves it all.
 * What is right of "now" is the future, so a token's end can be seen coming.
 */
import { device } from './device.js';
import { s } from './dom.js';
import { drawLane, LANES, widthOf } from './lane.js';
import { marks } from './marks.js';

/** Two lines for what a person did, then the lanes. */
const TOP = 36;
const LINES = [12, 26];
const SECOND = 1000;

/** Where the page's first second stands; from there "now" moves right until it reaches its place, and then the past scrolls. */
const MARGIN = 16;

/** How far an axis step may be, in seconds, shortest first. */
const STEPS = [1, 2, 5, 10, 15, 30, 60];

export function createTimeline(host, sides, { lifeMs, opened }) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const height = TOP + LANES.reduce((sum, { height }) => sum + height, 0);
  const svg = s('svg', { class: 'timeline', height, role: 'img', 'aria-label': 'Both sides’ tokens over time' }, marks());
  host.append(svg);

  let geometry;
  let lanes = [];
  let moving;
  let present;
  let axis;
  let ticked;
  let notes = [];
  let taken = [];

  const x = (at) => ((at - opened) / SECOND) * geometry.perSecond;

  function layOut() {
    const width = Math.max(host.clientWidth, 280);
    const gutter = width < 620 ? 58 : 112;
    const nowX = gutter + (width - gutter) * (width < 620 ? 0.66 : 0.74);
    const perSecond = Math.max((nowX - gutter) / ((lifeMs / SECOND) * 2.9), 110 / (lifeMs / SECOND));
    geometry = { width, gutter, nowX, perSecond, x, narrow: width < 620, lifeMs };
    draw();
  }

  function draw() {
    svg.setAttribute('width', geometry.width);
    svg.setAttribute('viewBox', `0 0 ${geometry.width} ${height}`);
    svg.querySelectorAll(':scope > :not(defs)').forEach((node) => node.remove());
    const { width, gutter } = geometry;
    axis = s('g', { class: 'axis' });
    moving = s('g', {}, axis);
    const plot = s('g', { 'clip-path': 'url(#plot-clip)' }, moving);
    svg.querySelector('#plot-clip rect').setAttribute('x', gutter);
    svg.querySelector('#plot-clip rect').setAttribute('width', width - gutter);
    const fixed = s('g', {});
    present = s(
      'g',
      {},
      s('rect', { class: 'veil', y: TOP, width, height: height - TOP }),
      s('line', { class: 'now', y1: TOP - 6, y2: height }),
      s('text', { class: 'now-label', x: 5, y: TOP - 3 }, 'now'),
    );
    let y = TOP;
    lanes = sides.map((side, i) => {
      const lane = drawLane(side, { ...geometry, y, spec: LANES[i] }, { moving, fixed, present });
      y += LANES[i].height;
      return lane;
    });
    svg.append(plot, fixed, present);
    ticked = Math.floor((device.now() - opened) / SECOND - width / geometry.perSecond);
    taken = [-Infinity, -Infinity];
    notes.forEach(drawNote);
    tick();
  }

  function drawNote({ at, text }) {
    const line = taken[0] <= x(at) ? 0 : 1;
    taken[line] = x(at) + widthOf(text);
    moving.append(
      s(
        'g',
        { class: 'note', transform: `translate(${x(at)} 0)`, 'data-x': taken[line] },
        s('line', { y1: LINES[line] - 8, y2: height }),
        s('text', { x: 4, y: LINES[line] }, text),
      ),
    );
  }

  function extendAxis(until) {
    const step = STEPS.find((seconds) => seconds * geometry.perSecond >= 70) ?? 60;
    for (let t = Math.ceil(Math.max(ticked + 0.001, 0) / step) * step; t <= until; t += step) {
      const at = t * geometry.perSecond;
      const label = `${Math.floor(t / 60)}:${String(t % 60).padStart(2, '0')}`;
      axis.append(
        s(
          'g',
          { transform: `translate(${at} 0)`, 'data-x': at },
          s('line', { y1: TOP, y2: height }),
          s('text', { x: 0, y: height - 4, 'text-anchor': 'middle' }, label),
        ),
      );
      ticked = t;
    }
  }

  function tick() {
    const now = device.now();
    const nowX = Math.min(geometry.nowX, geometry.gutter + MARGIN + x(now));
    moving.setAttribute('transform', `translate(${(nowX - x(now)).toFixed(2)} 0)`);
    present.setAttribute('transform', `translate(${nowX.toFixed(2)} 0)`);
    extendAxis((now - opened) / SECOND + geometry.width / geometry.perSecond);
    lanes.forEach((lane) => lane.tick(now));
  }

  function prune() {
    const edge = x(device.now()) - geometry.nowX - 200;
    for (const node of moving.querySelectorAll('[data-x]')) if (Number(node.dataset.x) < edge) node.remove();
    notes = notes.filter(({ at }) => x(at) >= edge);
  }

  function loop(stamp) {
    requestAnimationFrame(loop);
    if (stamp - (loop.last ?? 0) < (calm.matches ? 1000 : 33)) return;
    loop.last = stamp;
    tick();
  }

  layOut();
  new ResizeObserver(layOut).observe(host);
  sides.forEach((side, i) => side.subscribe((mark) => lanes[i].add(mark)));
  device.setInterval(prune, 5000);
  requestAnimationFrame(loop);

  return {
    /** A line through both lanes, for what a person did. */
    note(text) {
      notes.push({ at: device.now(), text });
      drawNote(notes.at(-1));
    },
    describe: (text) => svg.setAttribute('aria-label', text),
  };
}
