/** Pages that nobody sees, in Chromium by Puppeteer: with Playwright attached, it neither prerenders nor freezes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { chromeArgs, chromePath } from '../../tools/browser.mjs';
import { ADA, mints, serveTabs } from '../tabs/page.mjs';

let browser;

before(async () => {
  browser = await puppeteer.launch({ executablePath: chromePath(), args: chromeArgs });
});

after(() => browser?.close());

/** Runs in every page: `?next` has an instance as soon as it has loaded, asks, and tells the server of it. */
const prepare = () => {
  const ada = { sessionId: 'sess_ada', userId: 'user_ada' };
  const look = () => ({
    stored: sessionStorage.length,
    status: auth.getSnapshot().status,
    events: lab.record.events.length,
  });
  addEventListener('load', async () => {
    if (location.search !== '?next') return;
    globalThis.born = document.prerendering;
    // Each is heard in its turn: before the instance's own listener, and after it.
    document.addEventListener('prerenderingchange', () => (globalThis.unseen = look()));
    globalThis.auth = lab.make(ada);
    globalThis.token = lab.ask(auth, ada, { timeoutMs: 400 });
    await fetch('/app/me');
    document.addEventListener('prerenderingchange', () => (globalThis.shown = look()));
  });
};

describe('a page that is prerendered', () => {
  test('neither pins, mints nor writes until it is shown; then who has asked is answered, however long that took', async (t) => {
    const servers = await serveTabs({ prepare });
    t.after(() => servers.close());
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.goto(servers.page);
    await page.evaluate(() => {
      const rules = document.createElement('script');
      rules.type = 'speculationrules';
      rules.textContent = JSON.stringify({ prerender: [{ urls: ['index.html?next'], eagerness: 'immediate' }] });
      document.head.append(rules);
    });
    await servers.app.log.until(({ path }) => path === '/app/me');
    // For longer than the call may take, as the page that is seen tells: in the other one nothing happens.
    await page.waitForFunction((until) => Date.now() > until, {}, Date.now() + 500);
    assert.equal(mints(servers), 0);

    await Promise.all([page.waitForNavigation(), page.evaluate(() => void (location.href = 'index.html?next'))]);
    const seen = await page.evaluate(async () => {
      await token;
      const { answers, wrong, failed, events } = lab.record;
      const kinds = events.map(({ type }) => type).filter((type) => ['pinned', 'token', 'signed_out', 'lost'].includes(type));
      const activated = performance.getEntriesByType('navigation')[0].activationStart > 0;
      return { activated, born, unseen, shown, answers, wrong, failed, kinds, stored: sessionStorage.length };
    });
    assert.deepEqual(seen, {
      activated: true,
      born: true,
      unseen: { stored: 0, status: 'unknown', events: 0 },
      shown: { stored: 1, status: 'signed_in', events: 1 },
      answers: 1,
      wrong: 0,
      failed: [],
      kinds: ['pinned', 'token'],
      stored: 1,
    });
    assert.equal(mints(servers), 1);
  });
});

describe('a page that is frozen', () => {
  /** So many tabs of Ada's, and one in front of them all, as only hidden ones are frozen. `freeze` and `resume` are of the first. */
  async function visit(t, count, lifetimeSeconds) {
    const servers = await serveTabs({ lifetimeSeconds });
    t.after(() => servers.close());
    const context = await browser.createBrowserContext();
    t.after(() => context.close());
    const tabs = [];
    for (let index = 0; index < count; index += 1) {
      const page = await context.newPage();
      await page.goto(servers.page);
      await page.evaluate((ada) => void Object.assign(globalThis, { ada, auth: lab.make(ada) }), ADA);
      tabs.push(page);
    }
    const front = await context.newPage();
    await tabs[0].evaluate(() => {
      globalThis.heard = [];
      for (const type of ['freeze', 'resume']) document.addEventListener(type, () => heard.push(type));
    });
    const cdp = await tabs[0].createCDPSession();
    const become = (state) => cdp.send('Page.setWebLifecycleState', { state });
    /** Until this moment has passed, as the tab in front sees it: in a frozen one nothing happens. */
    const passed = (moment) => front.waitForFunction((until) => Date.now() > until, { timeout: 30_000 }, moment);
    return { servers, tabs, passed, freeze: () => become('frozen'), resume: () => become('active') };
  }

  const ask = (page, options) => page.evaluate((more) => lab.ask(auth, ada, more), options);
  async function check(page) {
    const { wrong, failed, answers, events } = await page.evaluate(() => lab.record);
    const left = events.filter(({ type }) => type === 'signed_out' || type === 'lost');
    assert.deepEqual({ wrong, failed, left }, { wrong: 0, failed: [], left: [] });
    assert.ok(answers > 0, 'it was answered');
  }

  const wasFrozen = async (page) => assert.deepEqual(await page.evaluate(() => heard), ['freeze', 'resume']);

  test('for longer than its token lives serves a live one when it goes on', async (t) => {
    const { servers, tabs, passed, freeze, resume } = await visit(t, 1, 4);
    const [page] = tabs;
    await ask(page);
    const { expiresAt } = await page.evaluate(() => auth.stats());
    await freeze();
    const before = mints(servers);
    await passed(expiresAt + 2_000);
    assert.equal(mints(servers), before, 'nothing is minted in a frozen page');
    await resume();
    await ask(page);
    await wasFrozen(page);
    await check(page);
  });

  test('for longer than its budget goes on with a call that was under way', async (t) => {
    const { servers, tabs, passed, freeze, resume } = await visit(t, 1, 60);
    const [page] = tabs;
    servers.provider.fault('hang');
    const asked = ask(page, { timeoutMs: 2_000 });
    await servers.provider.log.until(({ outcome }) => outcome === 'hang');
    await freeze();
    await passed(Date.now() + 3_000);
    await resume();
    await asked;
    await wasFrozen(page);
    await check(page);
  });

  test('while it mints holds no other tab up', async (t) => {
    const { servers, tabs, freeze, resume } = await visit(t, 2, 60);
    const [frozen, other] = tabs;
    await Promise.all(tabs.map((page) => page.evaluate(() => lab.until(() => auth.stats().tabs === 1 && auth.getSnapshot()))));
    servers.provider.fault('hang');
    const asked = ask(frozen);
    await servers.provider.log.until(({ outcome }) => outcome === 'hang');
    await freeze();
    await ask(other);
    assert.equal(mints(servers), 2);
    await resume();
    await asked;
    await wasFrozen(frozen);
    await Promise.all(tabs.map(check));
  });
});
