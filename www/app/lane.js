/**
 * One side's lane: what happened to its tokens, the tokens themselves, and each way's requests.
 *
 * A token is a bar for as long as it is the newest; a thin line shows how long it would have lived on.
 * While the side has no live token, the bar's place is hatched.
 */
import { s, say } from './dom.js';
import { place } from './marks.js';
import { slug, who } from './names.js';

const LABELS = 13;
const EVENTS = 27;
const TOP = 38;
const BAR = 24;
const REST = [TOP + BAR + 4, TOP + BAR + 9];
const WAYS = 88;
const WAY = 17;

/** `rows` are the ways whose requests get a line of their own, with the label in the gutter. */
export const LANES = [
  { name: 'usual wiring', short: 'usual', rows: { convex: 'Convex', trpc: 'tRPC', cookie: 'cookie only' }, height: WAYS + 3 * WAY + 4 },
  { name: 'tabpin', short: 'tabpin', rows: { convex: 'Convex', trpc: 'tRPC' }, height: WAYS + 2 * WAY + 22 },
];

const ORIGINS = { minted: 'minted', adopted: 'adopted', initial: 'from the server' };
const STATES = { dead: 'no live token', out: 'signed out', lost: 'choose an account' };

/** About how wide a text of the timeline is, in px; only to keep texts apart. */
export const widthOf = (text) => text.length * 7 + 12;

/** As much of a bar's label as there is room for. */
const fitting = (userId, origin, room) =>
  [`${who(userId)} · ${ORIGINS[origin]}`, who(userId), ''].find((text) => widthOf(text) + 8 < room || text === '');

/** Draws into `moving` (scrolls), `fixed` (labels) and `present` (goes with "now"); `geometry` is the timeline's, with this lane's `y` and `spec`. */
export function drawLane(side, geometry, { moving, fixed, present }) {
  const { x, y, spec, width, narrow, lifeMs } = geometry;
  const under = s('g', {});
  const bars = s('g', {});
  const over = s('g', {});
  moving.append(under, bars, over);
  let newest;
  let drawn = 0;
  let hatch;
  let labelled = -Infinity;
  let happened = -Infinity;

  fixed.append(
    s('line', { class: 'rule', x1: 0, x2: width, y1: y, y2: y }),
    s('text', { class: 'lane-name', x: 0, y: y + TOP + 16 }, narrow ? spec.short : spec.name),
    ...Object.values(spec.rows).map((label, i) =>
      s('text', { class: 'lane-way', x: 0, y: y + WAYS + i * WAY + 4 }, narrow ? label.split(' ')[0] : label),
    ),
  );
  const state = s('text', { class: 'lane-state', x: -10, y: y + TOP + 16, 'text-anchor': 'end' });
  present.append(state);

  function token({ at, userId, until, origin }) {
    const [from, to] = [x(at), Math.max(x(until), x(at) + 2)];
    const tail = Math.min(to - from, x(lifeMs / 4) - x(0));
    const row = { y: y + TOP, height: BAR, rx: 5 };
    const node = s(
      'g',
      { class: 'token', 'data-user': slug(userId), 'data-x': to },
      s('title', {}, `${who(userId)}, ${ORIGINS[origin]}`),
      s('rect', { class: 'bar', x: from, width: to - from, ...row }),
      s('rect', { class: 'tail', x: to - tail, width: tail, ...row }),
      s('text', { x: from + 13, y: y + TOP + 16 }, fitting(userId, origin, to - from)),
    );
    end(newest, from, true);
    newest = { node, from, to, userId, origin, rest: REST[drawn % 2] };
    drawn += 1;
    bars.append(node);
    over.append(s('g', { 'data-user': slug(userId), 'data-x': from }, place(origin, from, y + TOP + BAR / 2)));
  }

  /** A bar ends early: another token replaced it, and what it had left becomes the thin line, or its account ended. */
  function end(old, to, replaced) {
    if (!old || old.to <= to) return;
    const { node, from, userId, origin, rest } = old;
    const length = Math.max(2, to - from - 2);
    node.querySelector('.bar').setAttribute('width', length);
    node.querySelector('.tail').remove();
    say(node.querySelector('text'), fitting(userId, origin, length));
    if (replaced) node.append(s('rect', { class: 'rest', x: to, y: y + rest, width: old.to - to, height: 2, rx: 1 }));
  }

  const draw = {
    token,
    left({ at }) {
      end(newest, x(at), false);
      newest = undefined;
    },
    request({ at, via, outcome, answer }) {
      const i = Object.keys(spec.rows).indexOf(via);
      if (i >= 0 && outcome !== 'failed') over.append(place(outcome, x(at), y + WAYS + i * WAY, answer));
    },
    refused: ({ at, code }) => event('refused', at, code),
    expiring: ({ at }) => event('expiring', at),
    retry: ({ at, code }) => event('retry', at, code),
    status({ at, status }) {
      hatch?.setAttribute('width', Math.max(0, x(at) - Number(hatch.getAttribute('x'))));
      hatch = undefined;
      if (!(status in STATES)) return;
      hatch = s('rect', {
        class: 'hatch',
        x: x(at),
        y: y + TOP,
        width: 0,
        height: BAR,
        rx: 5,
        fill: `url(#${status === 'dead' ? 'hatch' : 'hatch-quiet'})`,
      });
      under.append(hatch);
    },
  };

  function event(id, at, text) {
    if (id === 'retry' && x(at) - happened < 12) return;
    happened = x(at);
    over.append(place(id, x(at), y + EVENTS, text));
    if (!text || narrow || x(at) < labelled) return;
    const plain = text.replaceAll('_', ' ');
    labelled = x(at) + widthOf(plain);
    over.append(s('text', { class: 'event', x: x(at) - 5, y: y + LABELS, 'data-x': labelled }, plain));
  }

  side.marks.forEach((one) => draw[one.kind]?.(one));
  if (!hatch) draw.status({ at: side.since, status: side.status });

  return {
    add: (one) => draw[one.kind]?.(one),
    tick(now) {
      const length = hatch ? Math.max(0, x(now) - Number(hatch.getAttribute('x'))) : 0;
      hatch?.setAttribute('width', length);
      say(state, length > 130 ? STATES[side.status] : '');
      state.classList.toggle('dead', side.status === 'dead');
    },
  };
}
