/** The five failures: a button each, and what became of either side. */
import { h, say } from './dom.js';
import { FAILURES } from './scenarios.js';

const SIDES = { left: 'usual wiring', right: 'tabpin' };

export function createFailures(node, auth, { did, leewaySeconds }) {
  let busy = false;

  const rows = FAILURES.map(({ name, run }, index) => {
    const outcomes = Object.fromEntries(
      Object.entries(SIDES).map(([side, label]) => {
        const says = h('span', {}, 'not tried yet');
        return [side, { says, node: h('p', { 'data-side': side, 'data-outcome': 'none' }, h('b', {}, label), says) }];
      }),
    );
    const tell = (side, outcome, text) => {
      outcomes[side].node.dataset.outcome = outcome;
      say(outcomes[side].says, text);
    };
    const button = h('button', { type: 'button', onclick: press }, name);
    const href = `docs/failures.md#${index + 1}`;
    const row = h(
      'li',
      { 'data-failure': index + 1, 'data-state': 'new' },
      h('div', {}, button, h('a', { href, target: '_blank', rel: 'noopener' }, `failures.md, section ${index + 1}`)),
      Object.values(outcomes).map((outcome) => outcome.node),
    );

    async function press() {
      const { status, session } = auth.getSnapshot();
      if (busy) return;
      if (status !== 'signed_in') return Object.keys(SIDES).forEach((side) => tell(side, 'none', 'Sign in first.'));
      busy = true;
      row.dataset.state = 'asking';
      Object.keys(SIDES).forEach((side) => tell(side, 'none', 'trying …'));
      did(name);
      try {
        const results = await run({ auth, me: session, leewaySeconds });
        Object.keys(SIDES).forEach((side, i) => tell(side, results[i].broken ? 'broken' : 'well', results[i].says));
        row.dataset.state = 'done';
      } catch (error) {
        Object.keys(SIDES).forEach((side) => tell(side, 'none', `It could not be tried: ${error.code ?? error.name}.`));
        row.dataset.state = 'failed';
      } finally {
        busy = false;
      }
    }
    return row;
  });
  node.querySelector('[data-failures]').append(...rows);
}
