/** The buttons that play tricks on the device: sleep, a clock that is wrong, a script that keeps every lock. */
import { device } from './device.js';
import { flag, h, say } from './dom.js';
import { createHog } from './hog.js';

const HOUR = 3_600_000;
const CLOCKS = [
  { name: 'ahead', label: 'Clock 1 h ahead', skewMs: HOUR },
  { name: 'behind', label: 'Clock 1 h behind', skewMs: -HOUR },
  { name: 'right', label: 'Clock right', skewMs: 0 },
];

/** Sleep outlasts every token by so much, ms. */
const BEYOND_MS = 3_000;

const off = (ms) => {
  const seconds = Math.round(ms / 1000);
  return seconds === 0 ? 'nothing' : `${Math.abs(seconds).toLocaleString('en')} s ${seconds > 0 ? 'ahead' : 'behind'}`;
};

export function createTroubles(node, auth, { did, tell, lifeMs }) {
  const [clock, reckoned, locks, outcome] = ['clock', 'reckoned', 'locks', 'trouble'].map((name) => node.querySelector(`[data-${name}]`));
  const hog = createHog();
  const sleepMs = lifeMs + BEYOND_MS;

  const report = (text) => {
    say(outcome, text);
    tell(text);
  };

  async function asking(button, label, first, then) {
    if (button.dataset.state === 'asking') return;
    flag(button, 'state', 'asking');
    did(label);
    report(first);
    try {
      await then();
      flag(button, 'state', 'recovered');
    } catch (error) {
      report(`No token: ${error.code}. ${error.suggestion}`);
      flag(button, 'state', 'failed');
    }
  }

  const sleep = ({ currentTarget }) =>
    asking(
      currentTarget,
      'asleep',
      'This tab sleeps: its timers, requests and messages stand still until its tokens have ended.',
      async () => {
        await device.sleep(sleepMs);
        const woke = performance.now();
        did('awake');
        await auth.getToken();
        report(`It slept ${sleepMs / 1000} s. tabpin had a live token ${Math.round(performance.now() - woke)} ms after waking.`);
      },
    );

  const set = (button, { label, skewMs }) =>
    asking(button, label, 'The clock of every tab is set.', async () => {
      device.setSkew(skewMs);
      await auth.getToken({ forceRefresh: true });
      report(skewMs === 0 ? 'The clock is right again.' : 'The clock is wrong in every tab. tabpin tells from the tokens by how much.');
    });

  function keep({ currentTarget }) {
    const on = currentTarget.getAttribute('aria-pressed') !== 'true';
    currentTarget.setAttribute('aria-pressed', String(on));
    did(on ? 'locks taken' : 'locks free');
    if (on) hog.start();
    else hog.stop();
    say(
      outcome,
      on
        ? 'A script keeps every lock that tabpin uses, as soon as it sees one. Tabs wait a moment, and go on.'
        : 'The locks are free again.',
    );
  }

  const clocks = CLOCKS.map((one) =>
    h('button', { type: 'button', 'data-clock-to': one.name, onclick: ({ currentTarget }) => set(currentTarget, one) }, one.label),
  );
  node
    .querySelector('[data-troubles]')
    .append(
      h('button', { type: 'button', 'data-trouble-is': 'sleep', onclick: sleep }, `Sleep ${sleepMs / 1000} s`),
      ...clocks,
      h('button', { type: 'button', 'data-trouble-is': 'hog', 'aria-pressed': 'false', onclick: keep }, 'Keep all locks'),
    );

  return function draw(now) {
    const { skewMs } = auth.stats();
    say(clock, off(device.skewMs));
    say(reckoned, off(skewMs));
    flag(reckoned, 'seconds', Math.round(skewMs / 1000));
    say(locks, String(hog.held()));
    clocks.forEach((button, i) => button.setAttribute('aria-pressed', String(device.skewMs === CLOCKS[i].skewMs)));
    const until = device.asleepUntil;
    flag(document.body, 'asleep', until !== null);
    if (until !== null)
      say(outcome, `This tab sleeps, and wakes in ${Math.max(0, Math.ceil((until - now) / 1000))} s, when its tokens have ended.`);
  };
}
