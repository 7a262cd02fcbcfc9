/** Real tabs of the built package on one provider: how many mints they need, and what they survive. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch } from './harness-page.mjs';
import { obstacles } from './obstacles.mjs';
import { ADA, BOB, close, meets, mints, openTab, serveTabs } from '../tabs/page.mjs';

/** Nobody waits longer than without other tabs, ms, but for this; and then some, for a machine that is busy. */
const BUDGET = 1_000 + 2_000;

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

/** Servers of their own, and a browser with this many tabs, each prepared by a script before any other runs. */
async function visit(t, count, { prepare, by = browser, ...options } = {}) {
  const servers = await serveTabs({ lifetimeSeconds: 8, ...options });
  const context = await by.newContext();
  t.after(() => close(context, servers));
  const open = () => openTab(context, servers, prepare);
  const tabs = await Promise.all(Array.from({ length: count }, open));
  return { servers, context, open, tabs };
}

/** What a tab has seen: nothing wrong, nothing failed, nobody signed out, nobody kept waiting. */
async function check(page, { slow = BUDGET, failed = [] } = {}) {
  const seen = await page.evaluate(() => lab.record);
  const left = seen.events.filter(({ type }) => ['signed_out', 'lost'].includes(type));
  assert.deepEqual({ wrong: seen.wrong, failed: seen.failed, left }, { wrong: 0, failed, left: [] });
  assert.ok(seen.answers > 0, 'it was answered');
  assert.ok(seen.slowest <= slow, `somebody waited ${seen.slowest} ms`);
}

const start = (page, session = ADA, options = {}) =>
  page.evaluate(([who, more]) => void (globalThis.auth = lab.make(who, more)), [session, options]);
const ask = (page, session = ADA, options = {}) => page.evaluate(([who, more]) => lab.ask(auth, who, more), [session, options]);
/** Asks at the end of each token, until `count` have followed the first. */
const use = (page, count, session = ADA) => page.evaluate(([who, times]) => lab.useUp(() => lab.ask(auth, who), times), [session, count]);
const stats = (page) => page.evaluate(() => auth.stats());

describe('tabs of one account', () => {
  test('twenty of them mint once per lifetime', async (t) => {
    const { servers, tabs } = await visit(t, 20, { lifetimeSeconds: 15 });
    await start(tabs[0]);
    await ask(tabs[0]);
    await Promise.all(tabs.slice(1).map((page) => start(page)));
    await Promise.all(tabs.map((page) => use(page, 3)));
    const all = await Promise.all(tabs.map(stats));
    t.diagnostic(`20 tabs, ${mints(servers)} mints for the first token and three lifetimes more`);
    assert.ok(mints(servers) <= 4 + 1, `${mints(servers)} mints`);
    assert.ok(all.reduce((sum, { adopted }) => sum + adopted, 0) >= 19 * 4 - 1);
    await Promise.all(tabs.map((page) => check(page)));
  });

  test('twenty with a Convex client each share mints, though each of them forces its own', async (t) => {
    const { servers, tabs } = await visit(t, 20, { lifetimeSeconds: 10 });
    await Promise.all(tabs.map((page) => start(page)));
    await Promise.all(tabs.map((page) => page.evaluate(() => lab.convex(auth, 2, 2))));
    const rejected = servers.convex.log.filter(({ outcome }) => outcome === 'rejected').length;
    t.diagnostic(`20 Convex clients, 3 tokens each, ${mints(servers)} mints, ${rejected} rejected`);
    assert.equal(rejected, 0);
    assert.ok(mints(servers) <= 20, `${mints(servers)} mints, where each client alone would have had 60 or more`);
  });

  test('one that opens later borrows the token at hand', async (t) => {
    const { servers, open, tabs } = await visit(t, 1, { lifetimeSeconds: 60 });
    await start(tabs[0]);
    await ask(tabs[0]);
    const second = await open();
    await start(second);
    await ask(second);
    assert.deepEqual([mints(servers), (await stats(second)).adopted], [1, 1]);
    await check(second);
  });

  test('the tab that mints is killed mid-mint: another one mints', async (t) => {
    const { servers, tabs } = await visit(t, 3, { lifetimeSeconds: 60 });
    await Promise.all(tabs.map((page) => start(page)));
    await Promise.all(tabs.map((page) => page.evaluate(() => void auth.getSnapshot())));
    await Promise.all(tabs.map((page) => meets(page, 2)));
    servers.provider.fault('hang');
    const asked = tabs[0].waitForRequest('**/provider/token');
    void ask(tabs[0]).catch(() => {});
    await asked;
    const others = tabs.slice(1).map((page) => ask(page));
    await tabs[0].close();
    await Promise.all(others);
    await Promise.all(tabs.slice(1).map((page) => check(page)));
    await Promise.all(tabs.slice(1).map((page) => meets(page, 1)));
  });

  test('the token request of the tab that mints hangs: the others do not', async (t) => {
    const { servers, tabs } = await visit(t, 3, { lifetimeSeconds: 60 });
    await Promise.all(tabs.map((page) => start(page)));
    servers.provider.fault('hang');
    const asked = tabs[0].waitForRequest('**/provider/token');
    const first = ask(tabs[0]);
    await asked;
    await Promise.all(tabs.slice(1).map((page) => ask(page)));
    await first;
    await Promise.all(tabs.slice(1).map((page) => check(page)));
    await check(tabs[0], { slow: BUDGET + 4_000 });
  });

  for (const [what, prepare] of Object.entries(obstacles)) {
    test(`${what}: every tab goes on through two lifetimes`, async (t) => {
      const { servers, tabs } = await visit(t, 4, { prepare, lifetimeSeconds: 6 });
      await Promise.all(tabs.map((page) => start(page)));
      await Promise.all(tabs.map((page) => use(page, 2)));
      await Promise.all(tabs.map((page) => check(page)));
      t.diagnostic(`${mints(servers)} mints by 4 tabs`);
      assert.ok(mints(servers) <= 4 * 4, `${mints(servers)} mints`);
    });
  }

  test('a duplicated tab keeps the pin under a name of its own, and borrows', async (t) => {
    const { servers, context, tabs } = await visit(t, 1, { lifetimeSeconds: 60 });
    await start(tabs[0]);
    await ask(tabs[0]);
    const opened = context.waitForEvent('page');
    // A window opened by script gets a copy of the opener's session storage, as a duplicated tab does.
    await tabs[0].evaluate(() => void window.open(location.href));
    const copy = await opened;
    await copy.waitForSelector('body[data-ready=true]', { state: 'attached' });
    assert.equal(await copy.evaluate(() => Object.keys(sessionStorage).length), 1, 'storage was copied');
    await start(copy);
    await ask(copy);
    const pinned = await copy.evaluate(() => lab.record.events.find(({ type }) => type === 'pinned').cause);
    assert.deepEqual([pinned, (await stats(copy)).adopted, (await stats(copy)).tabs, mints(servers)], ['restored', 1, 1, 1]);
    await check(copy);
  });

  test('back from the back/forward cache a tab meets the others again', async (t) => {
    const keeping = await launch({ ignoreDefaultArgs: ['--disable-back-forward-cache'] });
    t.after(() => keeping.close());
    const { servers, tabs } = await visit(t, 2, { lifetimeSeconds: 60, by: keeping });
    const [gone, stays] = tabs;
    await Promise.all(tabs.map((page) => start(page)));
    await Promise.all(tabs.map((page) => ask(page)));
    await meets(stays, 1);
    await gone.evaluate(() => addEventListener('pageshow', ({ persisted }) => (globalThis.persisted = persisted)));
    await gone.goto(`${servers.url}/tabs/index.html?elsewhere`);
    await meets(stays, 0);
    await gone.goBack({ waitUntil: 'commit' });
    await gone.waitForFunction(() => globalThis.persisted === true);
    await meets(stays, 1);
    await ask(gone);
    await check(gone);
  });

  test('offline for two lifetimes: nobody is signed out, and all are served again at once', async (t) => {
    const { servers, context, tabs } = await visit(t, 3, { lifetimeSeconds: 4 });
    await Promise.all(tabs.map((page) => start(page)));
    await Promise.all(tabs.map((page) => ask(page)));
    const before = mints(servers);
    const { expiresAt } = await stats(tabs[0]);
    await context.setOffline(true);
    await tabs[0].waitForFunction((until) => Date.now() > until, expiresAt + 4_000);
    const statuses = await Promise.all(tabs.map((page) => page.evaluate(() => auth.getSnapshot().status)));
    assert.deepEqual(statuses, ['signed_in', 'signed_in', 'signed_in']);
    await context.setOffline(false);
    await Promise.all(tabs.map((page) => ask(page)));
    await Promise.all(tabs.map((page) => check(page)));
    assert.ok(mints(servers) - before <= 3);
  });
});

describe('tabs of different accounts', () => {
  test('never meet, but know that there are several', async (t) => {
    const { servers, tabs } = await visit(t, 4, { lifetimeSeconds: 6 });
    const whose = [ADA, BOB, ADA, BOB];
    await Promise.all(tabs.map((page, index) => start(page, whose[index])));
    await Promise.all(tabs.map((page, index) => use(page, 2, whose[index])));
    for (const page of tabs) {
      await check(page);
      assert.equal(await page.evaluate(() => auth.getSnapshot().multiSession), true);
    }
    assert.ok(mints(servers) <= 2 * (3 + 1), `${mints(servers)} mints`);
    await tabs[1].close();
    await tabs[3].close();
    await tabs[0].waitForFunction(() => auth.getSnapshot().multiSession === null);
  });

  test('a message that is no message, or carries somebody else’s token, is refused and changes nothing', async (t) => {
    const { servers, tabs } = await visit(t, 2, { lifetimeSeconds: 60 });
    const [victim, liar] = tabs;
    await start(victim);
    await ask(victim);
    const before = await stats(victim);
    await liar.evaluate(
      async ([ada, bob]) => {
        const body = JSON.stringify({ sessionId: bob.sessionId, template: 'app' });
        const { token } = await (await fetch('/provider/token', { method: 'POST', body })).json();
        const key = (parts) => parts.map((part) => `${part.length}:${part}`).join('');
        const channel = new BroadcastChannel('tabpin/1:default');
        const account = key([ada.userId, ada.sessionId, '', '']);
        const message = { kind: 4, from: 7, key: key([account, 'app']), moment: Date.now() + 60_000, session: null };
        for (const odd of [null, 1, 'text', [], {}, { kind: 4 }, { kind: -1, from: 1 }, { kind: 'token' }, { ...message, token: 7 }])
          channel.postMessage(odd);
        for (const text of [token, '', 'x.y.z', 'x'.repeat(1e6)]) channel.postMessage({ ...message, token: text });
        // Answered once everything before it has been heard.
        const answered = new Promise((resolve) => (channel.onmessage = ({ data }) => data.kind === 1 && resolve()));
        channel.postMessage({ kind: 0, from: 9, key: '', moment: Date.now() + 60_000, session: null });
        await answered;
      },
      [ADA, BOB],
    );
    const after = await stats(victim);
    assert.ok(after.refused > before.refused, 'refusals are counted');
    assert.deepEqual([after.adopted, after.expiresAt, mints(servers)], [0, before.expiresAt, 2]);
    const refused = await victim.evaluate(() => lab.record.events.filter(({ type }) => type === 'refused').map(({ origin }) => origin));
    assert.ok(refused.length >= 1 && refused.every((origin) => origin === 'adopted'));
    await ask(victim);
    await check(victim);
  });
});

describe('instances in one document', () => {
  const moves = async ([ada, bob, copies]) => {
    const { createTabAuth } = copies ? await import('/dist/index.js') : lab;
    const make = (create, options) => create({ source: { current: () => ada, getToken: lab.mint }, ...options });
    const mine = [make(lab.createTabAuth), make(createTabAuth), make(createTabAuth, { namespace: 'other' })];
    const all = () => mine.map((auth) => `${auth.getSnapshot().status} ${auth.getSnapshot().session?.userId}`);
    const [one, two] = mine;
    const steps = [all()];
    await one.pin(bob);
    steps.push(all());
    await two.signOut();
    steps.push(all());
    await two.pin(ada);
    one.unpin();
    steps.push(all());
    mine.forEach((auth) => auth.dispose());
    return { steps, copies: createTabAuth !== lab.createTabAuth };
  };

  for (const [what, copies] of [
    ['', false],
    [', two copies of the package too', true],
  ]) {
    test(`share one pin: where one goes, the others go${what}`, async (t) => {
      const { tabs } = await visit(t, 1);
      assert.deepEqual(await tabs[0].evaluate(moves, [ADA, BOB, copies]), {
        steps: [
          ['signed_in user_ada', 'signed_in user_ada', 'signed_in user_ada'],
          ['signed_in user_bob', 'signed_in user_bob', 'signed_in user_ada'],
          ['signed_out undefined', 'signed_out undefined', 'signed_in user_ada'],
          ['lost user_ada', 'lost user_ada', 'signed_in user_ada'],
        ],
        copies,
      });
    });
  }

  test('hot reload, and a double mount, leave one live instance', async (t) => {
    const { tabs } = await visit(t, 2, { lifetimeSeconds: 60 });
    const [page, other] = tabs;
    await start(other);
    await ask(other);
    const seen = await page.evaluate(async (ada) => {
      let listeners = 0;
      for (const target of [window, document]) {
        const { addEventListener, removeEventListener } = target;
        target.addEventListener = (...rest) => ((listeners += 1), addEventListener.apply(target, rest));
        target.removeEventListener = (...rest) => ((listeners -= 1), removeEventListener.apply(target, rest));
      }
      const counts = [];
      const render = async () => {
        // The first of a double mount's instances is made, and never used.
        lab.make(ada);
        const auth = lab.make(ada);
        await lab.ask(auth, ada);
        counts.push(listeners);
        return auth;
      };
      for (let times = 0; times < 3; times += 1) (await render()).dispose();
      await render();
      return { counts, listeners };
    }, ADA);
    assert.equal(new Set(seen.counts).size, 1, `listeners: ${seen.counts}`);
    assert.equal(seen.listeners, seen.counts[0]);
    await meets(other, 1);
  });
});
