/**
 * Puts the page together. The order matters twice: the device comes before whatever has timers,
 * and the token that "the server renders" comes before the rest, as it would.
 */
import { device } from './device.js';
import { createAccounts, arrive } from './accounts.js';
import { createCard } from './card.js';
import { flag, say } from './dom.js';
import { createFailures } from './failures.js';
import { createFaults } from './faults.js';
import { render, startLeft } from './left.js';
import { lifeOf } from './life.js';
import { createLog } from './log.js';
import { who } from './names.js';
import { provider } from './provider.js';
import { createReceived } from './received.js';
import { startRight } from './right.js';
import { followServers } from './serverlog.js';
import { createSide } from './state.js';
import { createTabs } from './tabs.js';
import { createTimeline } from './timeline.js';
import { createTroubles } from './troubles.js';
import { BADGES, leftVerdict, rightVerdict } from './verdict.js';

const DEFAULT_LIFE_MS = 30_000;
const REDRAW_MS = 250;

const byId = (id) => document.getElementById(id);

await arrive();
const rendered = await render();
const lifeMs = rendered ? lifeOf(rendered.token).ms : DEFAULT_LIFE_MS;
const beatMs = Math.max(1000, lifeMs / 10);
say(document.querySelector('[data-life]'), `${lifeMs / 1000} seconds`);

const left = createSide('left');
const right = createSide('right');

const receivers = [
  createReceived(document.querySelector('[data-received=left]'), left, 'From the usual wiring'),
  createReceived(document.querySelector('[data-received=right]'), right, 'From tabpin'),
];
followServers((server, entry) => receivers.forEach((receive) => receive(server, entry)));

const opened = device.now();
const timeline = createTimeline(document.querySelector('[data-plot]'), [left, right], { lifeMs, opened });
createLog(document.querySelector('[data-log]'), right, opened);
startLeft(left, rendered, { beatMs });
const auth = startRight(right, { beatMs, lifeMs });

const live = document.querySelector('[data-live]');
const did = { did: (text) => timeline.note(text) };
const draws = [
  createCard(byId('left'), left, {
    ways: { convex: 'Convex', trpc: 'tRPC', cookie: 'tRPC by cookie' },
    verdict: (now) => leftVerdict(left, now),
    lifeMs,
  }),
  createCard(byId('right'), right, {
    ways: { convex: 'Convex', trpc: 'tRPC' },
    verdict: (now) => rightVerdict(right, now, auth.getSnapshot()),
    lifeMs,
  }),
  createAccounts(byId('accounts'), auth, did),
  createTabs(byId('tabs'), auth, opened),
  createTroubles(byId('device'), auth, { ...did, tell: (text) => say(live, text), lifeMs }),
];
createFaults(byId('faults'), auth, did);
createFailures(byId('failures'), auth, { ...did, leewaySeconds: lifeMs / 3000 });

function draw() {
  const now = device.now();
  draws.forEach((one) => one(now));
  flag(document.body, 'elapsed', Math.floor((now - opened) / 1000));
}

device.setInterval(draw, REDRAW_MS);
provider.subscribe(draw);
auth.subscribe(draw);
draw();

const names = { left: 'The usual wiring', right: 'tabpin' };
for (const side of [left, right]) {
  side.subscribe(({ kind, status }) => {
    if (kind === 'token' || kind === 'status') draw();
    if (kind !== 'status') return;
    timeline.describe(
      `Tokens over time. The usual wiring: ${BADGES[left.status]}. tabpin: ${BADGES[right.status]}, ${right.counts.refreshed} refreshes.`,
    );
    if (status !== 'starting') say(live, `${names[side.id]}: ${BADGES[status]}.`);
  });
}
auth.on('drift', ({ pinned }) => say(live, `The cookie moved. This tab stays with ${who(pinned.userId)}.`));
document.body.dataset.ready = 'true';
