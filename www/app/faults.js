/** The buttons that break the provider. Each spoils its next answers, then has tabpin replace its token at once. */
import { h, say } from './dom.js';
import { provider } from './provider.js';

const FAULTS = [
  { kind: 'offline', label: 'Offline', times: 2, what: 'drops the connection twice' },
  { kind: 'slow', label: 'Slow', times: 1, what: 'takes three seconds' },
  { kind: '500', label: '500', times: 2, what: 'answers 500 twice' },
  { kind: 'hang', label: 'Hang', times: 1, what: 'never answers' },
  { kind: 'same', label: 'Same token', times: 1, what: 'repeats its last token' },
  { kind: 'foreign', label: 'Wrong account', times: 1, what: 'answers with another account’s token' },
  { kind: 'stale', label: 'Stale', times: 1, what: 'answers with a token that has ended' },
];

/** A forced refresh is given this long, longer than any one fault needs. */
const PATIENCE_MS = 20_000;

export function createFaults(node, auth, { did }) {
  const outcome = node.querySelector('[data-outcome]');

  async function press({ kind, label, times, what }, button) {
    if (button.dataset.state === 'asking') return;
    button.dataset.state = 'asking';
    const started = performance.now();
    try {
      await provider.act('fault', { kind, times });
      did(label);
      say(outcome, `The provider ${what}. tabpin asks for a new token now …`);
      await auth.getToken({ forceRefresh: true, timeoutMs: PATIENCE_MS });
      say(
        outcome,
        `The provider ${what}. A good token came after ${((performance.now() - started) / 1000).toFixed(1)} s; the old one lived on meanwhile.`,
      );
      button.dataset.state = 'recovered';
    } catch (error) {
      say(outcome, `No new token: ${error.code ?? 'the provider cannot be reached'}. ${error.suggestion ?? ''}`);
      button.dataset.state = 'failed';
    }
  }

  node
    .querySelector('[data-faults]')
    .append(
      ...FAULTS.map((fault) =>
        h('button', { type: 'button', 'data-fault': fault.kind, onclick: ({ currentTarget }) => press(fault, currentTarget) }, fault.label),
      ),
    );
}
