/**
 * What tabs do in any engine, whose locks, channels and storage are its own. An engine brings `launch()`, for a browser where
 * `open()` gives a window `{ visit(url), close() }` with storage of its own. `visit` gives a tab that has loaded,
 * `{ evaluate(text), click(), goto(url), back(), close() }`, where `evaluate` waits for the promise that the expression may be.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { obstacles } from './obstacles.mjs';
import { ADA, BOB, mints, serveTabs } from '../tabs/page.mjs';

const call = (what, given) => `(${what})(${JSON.stringify(given) ?? ''})`;
const run = (tab, what, given) => tab.evaluate(call(what, given));

/** Starts something in a tab and does not wait for it; `finish` does. */
const begin = (tab, what, given) => tab.evaluate(`void (globalThis.begun = ${call(what, given)})`);
const finish = (tab) => tab.evaluate('begun');

/** In all of these tabs at the same time. */
async function everywhere(tabs, what, given) {
  for (const tab of tabs) await begin(tab, what, given);
  for (const tab of tabs) await finish(tab);
}

const make = (who) => Object.assign(globalThis, { who, auth: lab.make(who) }) && null;
const ask = () => lab.ask(auth, who);
const use = (count) => lab.useUp(() => lab.ask(auth, who), count);
/** Waits until the tab knows of so many others. */
const meet = (count) => lab.until(() => auth.stats().tabs === count);

/** The tab was answered, never with a foreign token, and nobody was signed out. */
async function check(tab) {
  const { wrong, failed, answers, events } = await tab.evaluate('lab.record');
  const left = events.filter(({ type }) => type === 'signed_out' || type === 'lost');
  assert.deepEqual({ wrong, failed, left }, { wrong: 0, failed: [], left: [] });
  assert.ok(answers > 0, 'it was answered');
}

const checkAll = async (tabs) => {
  for (const tab of tabs) await check(tab);
};

/** `missing`: why this engine cannot be had, if so. */
export function describeTabs(engine, { launch, missing }) {
  describe(`tabs in ${engine}`, { skip: missing }, () => {
    let browser;

    before(async () => {
      browser = await launch();
    });

    after(() => browser?.close());

    /** A tab for each of these accounts. */
    async function visit(t, accounts, options) {
      const servers = await serveTabs({ lifetimeSeconds: 8, ...options });
      t.after(() => servers.close());
      const window = await browser.open();
      t.after(() => window.close());
      const tabs = [];
      for (const account of accounts) {
        const tab = await window.visit(servers.page);
        await run(tab, make, account);
        tabs.push(tab);
      }
      return { servers, tabs };
    }

    /** Two tabs, the first of which waits for a mint that hangs, and the second for the first. */
    async function stuck(t) {
      const { servers, tabs } = await visit(t, [ADA, ADA], { lifetimeSeconds: 60 });
      servers.provider.fault('hang');
      await begin(tabs[0], ask);
      await servers.provider.log.until(({ outcome }) => outcome === 'hang');
      await begin(tabs[1], ask);
      return tabs;
    }

    test('six of them mint once per lifetime', async (t) => {
      const { servers, tabs } = await visit(t, Array(6).fill(ADA));
      await run(tabs[0], ask);
      await everywhere(tabs, use, 2);
      t.diagnostic(`6 tabs, ${mints(servers)} mints for the first token and two lifetimes more`);
      assert.ok(mints(servers) <= 3 + 1, `${mints(servers)} mints`);
      await checkAll(tabs);
    });

    test('the tab that mints is closed mid-mint: another one mints', async (t) => {
      const [minting, other] = await stuck(t);
      await minting.close();
      await finish(other);
      await check(other);
    });

    test('the token request of the tab that mints hangs: another one mints, and so does it', async (t) => {
      const tabs = await stuck(t);
      for (const tab of tabs.toReversed()) await finish(tab);
      await checkAll(tabs);
    });

    test('tabs of different accounts never meet, but know that there are several', async (t) => {
      const { servers, tabs } = await visit(t, [ADA, BOB, ADA, BOB], { lifetimeSeconds: 6 });
      await everywhere(tabs, use, 1);
      await checkAll(tabs);
      for (const tab of tabs) assert.equal(await tab.evaluate('auth.getSnapshot().multiSession'), true);
      assert.ok(mints(servers) <= 2 * (2 + 1), `${mints(servers)} mints`);
    });

    test('a duplicated tab keeps the pin, and borrows the token', async (t) => {
      const prepare = () => addEventListener('load', () => globalThis.opener?.arrived());
      const { servers, tabs } = await visit(t, [ADA], { lifetimeSeconds: 60, prepare });
      await run(tabs[0], ask);
      await begin(tabs[0], async () => {
        const arrived = new Promise((resolve) => (globalThis.arrived = resolve));
        // A window opened by script gets a copy of the opener's session storage, as a duplicated tab does.
        const copy = await new Promise((resolve) => (onclick = () => resolve(open(location.href))));
        await arrived;
        const made = copy.lab.make(who);
        await copy.lab.ask(made, who);
        const { wrong, failed, events } = copy.lab.record;
        const { cause } = events.find(({ type }) => type === 'pinned');
        const kept = copy.sessionStorage.length;
        return { kept, cause, adopted: made.stats().adopted, wrong, failed };
      });
      await tabs[0].click();
      const seen = await finish(tabs[0]);
      assert.deepEqual(seen, { kept: 1, cause: 'restored', adopted: 1, wrong: 0, failed: [] });
      assert.equal(mints(servers), 1);
    });

    test('back from the back/forward cache a tab meets the others again', async (t) => {
      const { servers, tabs } = await visit(t, [ADA, ADA], { lifetimeSeconds: 60 });
      const [gone, stays] = tabs;
      await everywhere(tabs, ask);
      await run(stays, meet, 1);
      await gone.evaluate(`void addEventListener('pageshow', ({ persisted }) => (globalThis.persisted = persisted))`);
      await gone.goto(`${servers.page}?elsewhere`);
      await run(stays, meet, 0);
      await gone.back();
      assert.equal(await gone.evaluate('globalThis.persisted === true'), true, `${engine} has kept the page`);
      await run(stays, meet, 1);
      await run(gone, ask);
      await check(gone);
    });

    test('no provider for two lifetimes: nobody is signed out, and all are served again', async (t) => {
      const { servers, tabs } = await visit(t, [ADA, ADA, ADA], { lifetimeSeconds: 4 });
      await everywhere(tabs, ask);
      servers.provider.fault('offline', Infinity);
      await everywhere(tabs, () => {
        const until = auth.stats().expiresAt + 4_000;
        return lab.until(() => Date.now() > until);
      });
      for (const tab of tabs) assert.equal(await tab.evaluate('auth.getSnapshot().status'), 'signed_in');
      servers.provider.clearFaults();
      await everywhere(tabs, ask);
      await checkAll(tabs);
    });

    for (const [what, prepare] of Object.entries(obstacles)) {
      test(`${what}: every tab goes on`, async (t) => {
        const { tabs } = await visit(t, [ADA, ADA, ADA], { prepare, lifetimeSeconds: 6 });
        await everywhere(tabs, use, 1);
        await checkAll(tabs);
      });
    }
  });
}
