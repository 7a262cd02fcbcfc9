/** One side's card: badge, sentence, what is left of the token, each way's last answer, counters. */
import { flag, h, s, say } from './dom.js';
import { slug, who } from './names.js';
import { BADGES } from './verdict.js';

const COUNTS = {
  tokens: 'tokens',
  adopted: 'adopted',
  refused: 'refused',
  served: 'served',
  rejected: 'rejected',
  astray: 'astray',
};

/** `ways` maps a way to its label; `verdict(now)` gives the sentence. */
export function createCard(node, side, { ways, verdict, lifeMs }) {
  const badge = node.querySelector('[data-badge]');
  const sentence = node.querySelector('[data-verdict]');
  const left = h('strong', {});
  const caption = h('span', {});
  const fill = s('rect', { class: 'fill', height: 6, rx: 3 });
  const rows = Object.fromEntries(Object.entries(ways).map(([via, label]) => [via, way(label)]));
  const counts = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, h('dd', {}, '0')]));

  node.querySelector('[data-facts]').append(
    h('p', { class: 'left' }, left, caption),
    s('svg', { class: 'gauge', 'aria-hidden': 'true' }, s('rect', { class: 'track', width: '100%', height: 6, rx: 3 }), fill),
    h(
      'ul',
      { class: 'ways' },
      Object.values(rows).map(({ item }) => item),
    ),
    h(
      'dl',
      { class: 'counts' },
      Object.entries(COUNTS).map(([name, label]) => h('div', {}, h('dt', {}, label), counts[name])),
    ),
  );

  return function draw(now) {
    const remaining = Math.max(0, (side.token?.until ?? now) - now);
    flag(node, 'status', side.status);
    say(badge, BADGES[side.status]);
    say(sentence, verdict(now));
    say(left, `${Math.ceil(remaining / 1000)} s`);
    say(caption, side.token ? `left on token ${side.counts.tokens}` : 'no token');
    fill.setAttribute('width', `${Math.min(100, (remaining / lifeMs) * 100).toFixed(1)}%`);
    for (const [via, { item, answer }] of Object.entries(rows)) {
      const last = side.last[via];
      flag(item, 'outcome', last?.outcome ?? 'none');
      flag(item, 'user', slug(last?.as));
      say(answer, last ? (last.as ? `as ${who(last.as)}` : last.answer.replace(/^(ran|answered) /, '')) : 'waiting');
    }
    for (const [name, value] of Object.entries(side.counts)) {
      flag(node, name, value);
      if (counts[name]) say(counts[name], String(value));
    }
  };
}

function way(label) {
  const answer = h('span', { class: 'answer' }, 'waiting');
  return { answer, item: h('li', {}, h('span', {}, label), answer) };
}
