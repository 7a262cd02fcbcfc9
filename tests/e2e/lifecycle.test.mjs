/** What a real browser does to a page: takes its network, freezes it, keeps it for later. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { launchOptions } from '../../tools/browser.mjs';
import { ADA, BOB, load, servePackage } from './package-page.mjs';

let browser;
let server;

before(async () => {
  server = await servePackage();
  browser = await chromium.launch({ ...launchOptions(), ignoreDefaultArgs: ['--disable-back-forward-cache'] });
});

after(async () => {
  await browser?.close();
  server?.close();
});

async function visit(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(server.page());
  await load(page);
  return { context, page };
}

describe('a page in Chromium', { concurrency: 2 }, () => {
  test('back online, the mint has started when the event is over', async (t) => {
    const { context, page } = await visit(t);
    await page.evaluate(async () => {
      const { getToken } = tabpin.fakeSource();
      const mints = [];
      const fetched = async (request) => {
        mints.push(navigator.onLine);
        await (await fetch(location.href, { cache: 'no-store', signal: request.signal })).text();
        return getToken(request);
      };
      const { auth, events } = tabpin.make(undefined, { getToken: fetched }, { shareTokens: false });
      await auth.getToken();
      globalThis.kept = { auth, events, mints };
    });
    const gone = page.evaluate(() => new Promise((resolve) => addEventListener('offline', resolve, { once: true })));
    await context.setOffline(true);
    await gone;
    const offline = await page.evaluate(async () => {
      const { auth } = kept;
      const failed = new Promise((resolve) => auth.on('retry', ({ error }) => resolve(error.code)));
      kept.forced = auth.getToken({ forceRefresh: true, timeoutMs: 60_000 });
      kept.back = new Promise((resolve) => addEventListener('online', () => resolve(kept.mints.length), { once: true }));
      const served = typeof (await auth.getToken());
      return { code: await failed, served, online: auth.getSnapshot().online, status: auth.getSnapshot().status, tried: kept.mints.length };
    });
    assert.deepEqual(offline, { code: 'offline', served: 'string', online: false, status: 'signed_in', tried: 2 });
    await context.setOffline(false);
    const online = await page.evaluate(async () => ({
      started: await kept.back,
      token: typeof (await kept.forced),
      online: kept.auth.getSnapshot().online,
      signedOut: kept.events.some(({ type }) => type === 'signed_out' || type === 'lost'),
    }));
    assert.equal(online.token, 'string');
    assert.deepEqual([online.online, online.signedOut], [true, false]);
    const tried = await page.evaluate(() => kept.mints);
    assert.equal(tried[online.started - 1], true, 'a mint of the time after was under way in the listener that came last');
  });

  test('in the back/forward cache for longer than its budget, a call goes on when the page is back', async (t) => {
    const { page } = await visit(t);
    await page.evaluate(() => {
      const { auth, source } = tabpin.make(undefined, {}, { shareTokens: false, timeoutMs: 2_000 });
      auth.getSnapshot();
      source.fault('hang');
      const token = auth.getToken().then(
        () => 'a token',
        (error) => error.code,
      );
      const frozen = new Promise((resolve) => addEventListener('pagehide', () => resolve((sessionStorage.frozen = Date.now()))));
      const shown = new Promise((resolve) => addEventListener('pageshow', ({ persisted }) => resolve({ persisted, at: Date.now() })));
      globalThis.kept = { auth, token, frozen, shown };
    });
    await page.goto(`${server.page()}?another`);
    // Only the clock tells that the budget of a frozen page is over.
    await page.waitForFunction(() => Date.now() - sessionStorage.frozen > 2_000);
    await page.goBack({ waitUntil: 'commit' });
    const seen = await page.evaluate(async () => {
      const { persisted, at } = await kept.shown;
      const away = at - (await kept.frozen) > 2_000;
      return { persisted, away, outcome: await kept.token, status: kept.auth.getSnapshot().status };
    });
    assert.deepEqual(seen, { persisted: true, away: true, outcome: 'a token', status: 'signed_in' });
  });

  test('back from the back/forward cache, the pin that the tab has by now wins', async (t) => {
    const { page } = await visit(t);
    await page.evaluate(
      async ([ada, bob]) => {
        const { auth } = tabpin.make([ada, bob], { perTab: false, select: undefined });
        await auth.getToken();
        const shown = new Promise((resolve) => addEventListener('pageshow', ({ persisted }) => resolve(persisted)));
        globalThis.kept = { auth, shown };
      },
      [ADA, BOB],
    );
    await page.goto(`${server.page()}?another`);
    await load(page);
    await page.evaluate(([ada, bob]) => tabpin.make([ada, bob], { perTab: false, select: undefined }).auth.pin(bob), [ADA, BOB]);
    await page.goBack({ waitUntil: 'commit' });
    const seen = await page.evaluate(async () => ({
      persisted: await kept.shown,
      user: kept.auth.getSnapshot().session.userId,
      token: tabpin.decodeClaims(await kept.auth.getToken()).sub,
    }));
    assert.deepEqual(seen, { persisted: true, user: 'user_bob', token: 'user_bob' });
  });
});
