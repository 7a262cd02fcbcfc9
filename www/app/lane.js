/**
 * One side's lane: its tokens as bars from the moment they came to their end, what happened to them above,
 * and each way's requests below. While the side is dead, its token rows are hatched.
 */
import { s, say } from './dom.js';
import { place } from './marks.js';
import { slug, who } from './names.js';

const BAR = 18;
const EVENTS = 14;
const ROWS = [26, 49];
const WAYS = 84;
const WAY = 17;

/** `rows` are the ways whose requests get a line of their own, with the label in the gutter. */
export const LANES = [
  { name: 'usual wiring', short: 'usual', rows: { convex: 'Convex', trpc: 'tRPC', cookie: 'cookie only' }, height: WAYS + 3 * WAY + 8 },
  { name: 'tabpin', short: 'tabpin', rows: { convex: 'Convex', trpc: 'tRPC' }, height: WAYS + 2 * WAY + 26 },
];

const ORIGINS = { minted: 'minted', adopted: 'adopted', initial: 'from the server' };

/** Draws into `moving` (scrolls), `fixed` (labels) and `present` (goes with "now"); `geometry` is the timeline's, with this lane's `y` and `spec`. */
export function drawLane(side, geometry, { moving, fixed, present }) {
  const { x, y, spec, width, narrow, lifeMs } = geometry;
  const under = s('g', {});
  const bars = s('g', {});
  const over = s('g', {});
  moving.append(under, bars, over);
  let row = 0;
  let newest;
  let hatch;
  let labelled = -Infinity;

  fixed.append(
    s('line', { class: 'rule', x1: 0, x2: width, y1: y, y2: y }),
    s('text', { class: 'lane-name', x: 0, y: y + 40 }, narrow ? spec.short : spec.name),
    ...Object.values(spec.rows).map((label, i) =>
      s('text', { class: 'lane-way', x: 0, y: y + WAYS + i * WAY + 4 }, narrow ? label.split(' ')[0] : label),
    ),
  );
  const state = s('text', { class: 'lane-state', x: -10, y: y + 51, 'text-anchor': 'end' });
  present.append(state);

  const draw = {
    token({ at, userId, until, origin }) {
      const [from, to] = [x(at), Math.max(x(until), x(at) + 2)];
      const top = y + ROWS[row];
      const tail = Math.min(to - from, x(lifeMs / 4) - x(0));
      newest?.classList.add('old');
      newest = s(
        'g',
        { class: 'token', 'data-user': slug(userId), 'data-x': to },
        s('title', {}, `${who(userId)}, ${ORIGINS[origin]}`),
        s('rect', { class: 'bar', x: from, y: top, width: to - from, height: BAR, rx: 5 }),
        s('rect', { class: 'tail', x: to - tail, y: top, width: tail, height: BAR, rx: 5 }),
        to - from > 90 ? s('text', { x: from + 14, y: top + 13 }, `${who(userId)} · ${ORIGINS[origin]}`) : null,
        place(origin, from, top + BAR / 2),
      );
      bars.append(newest);
      row = 1 - row;
    },
    request({ at, via, outcome, answer }) {
      const i = Object.keys(spec.rows).indexOf(via);
      if (i >= 0 && outcome !== 'failed') over.append(place(outcome, x(at), y + WAYS + i * WAY, answer));
    },
    refused: ({ at, code }) => event('refused', at, code),
    expiring: ({ at }) => event('expiring', at),
    retry: ({ at }) => event('retry', at),
    recovered: ({ at }) => label(at, 'recovered'),
    status({ at, status }) {
      hatch?.setAttribute('width', Math.max(0, x(at) - Number(hatch.getAttribute('x'))));
      hatch = undefined;
      if (status === 'alive' || status === 'starting') return;
      hatch = s('rect', {
        class: `hatch ${status}`,
        x: x(at),
        y: y + ROWS[0] - 3,
        width: 0,
        height: ROWS[1] + BAR - ROWS[0] + 6,
        fill: 'url(#hatch)',
      });
      under.append(hatch);
    },
  };

  function event(id, at, text) {
    over.append(place(id, x(at), y + EVENTS, text));
    if (text) label(at, text);
  }

  function label(at, text) {
    if (narrow || x(at) - labelled < 96) return;
    labelled = x(at);
    over.append(s('text', { class: 'event', x: x(at) + 9, y: y + EVENTS + 4, 'data-x': x(at) }, text.replaceAll('_', ' ')));
  }

  side.marks.forEach((mark) => draw[mark.kind]?.(mark));
  if (!hatch) draw.status({ at: side.since, status: side.status });

  return {
    add: (mark) => draw[mark.kind]?.(mark),
    tick(now) {
      const length = hatch ? x(now) - Number(hatch.getAttribute('x')) : 0;
      hatch?.setAttribute('width', Math.max(0, length));
      const text = length > 130 ? { dead: 'no live token', out: 'signed out', lost: 'choose an account' }[side.status] : '';
      say(state, text ?? '');
    },
  };
}
