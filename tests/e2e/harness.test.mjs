/**
 * The page that `npm start` opens, with the built package, real clients and 30-second tokens.
 * The minute-long page runs beside the other tests, so that the file takes little more than that minute.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { bundleHarness } from '../../www/bundle.mjs';
import { startServers } from '../../www/servers/all.mjs';
import { assertWell, becomes, faint, launch, open, side } from './harness-page.mjs';

const RESULTS = 'test-results';
const TOKEN_TEXT = /eyJ[\w-]{10,}\.[\w-]+/;
const FAULTS = ['offline', 'slow', '500', 'hang', 'same', 'foreign', 'stale'];
const ACCOUNTS = [
  { userId: 'user_ada', sessionId: 'sess_ada' },
  { userId: 'user_bob', sessionId: 'sess_bob', signedIn: false },
];

let browser;
const minutes = [];
const servers = [];

/** Each test has its own provider, because faults and sign-ins are the whole provider's. */
async function visit({ lifetimeSeconds, ...options } = {}) {
  const server = await startServers({ port: 0, accounts: ACCOUNTS, lifetimeSeconds });
  servers.push(server);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  return { server, context, ...(await open(context, server.url)) };
}

const click = (page, act, user) => page.click(`button[data-act=${act}][data-user=${user}]`);

before(async () => {
  await mkdir(RESULTS, { recursive: true });
  await bundleHarness();
  browser = await launch();
  const [alone, first] = await Promise.all([visit(), visit()]);
  minutes.push(alone, first, await open(first.context, first.server.url));
});

after(async () => {
  await browser?.close();
  await Promise.all(servers.map((server) => server.close()));
});

describe('the harness', { concurrency: 2 }, () => {
  test('after a minute the usual wiring is dead and tabpin has refreshed at least twice, alone and in two tabs', async () => {
    for (const { page, complaints } of minutes) {
      await page.waitForFunction(() => Number(document.body.dataset.elapsed) >= 60, undefined, { timeout: 120_000 });
      const left = await side(page, 'left');
      assert.equal(left.status, 'dead');
      assert.ok(left.rejected > 0);
      assert.equal(left.refreshed, 0);
      assert.ok((await side(page, 'right')).refreshed >= 2);
      await assertWell(page, complaints);
      for (const lane of ['alive', 'dead']) assert.equal(await page.getByText(lane, { exact: true }).count(), 1);
      assert.ok((await page.locator('.timeline .token').count()) >= 3);
    }
    const [, { page }] = minutes;
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${RESULTS}/harness-${colorScheme}.png`, fullPage: true, animations: 'disabled' });
    }
  });

  test('every fault leaves tabpin alive and ends with a good token', async () => {
    const { page, complaints } = await visit();
    await becomes(page, 'right', 'alive');
    for (const fault of FAULTS) {
      const { tokens } = await side(page, 'right');
      await page.click(`button[data-fault="${fault}"]`);
      await page.waitForSelector(`button[data-fault="${fault}"]:is([data-state=recovered], [data-state=failed])`);
      assert.equal(await page.getAttribute(`button[data-fault="${fault}"]`, 'data-state'), 'recovered', fault);
      await page.waitForFunction((before) => Number(document.getElementById('right').dataset.tokens) > before, tokens);
      await assertWell(page, complaints);
    }
  });

  test('a tab keeps to its account when the shared cookie moves to another', async () => {
    const { server, context, page, complaints } = await visit();
    await becomes(page, 'right', 'alive');
    await click(page, 'session', 'bob');
    await page.waitForSelector('[data-cookie][data-user=bob]');
    await page.waitForSelector('[data-drift][data-drifted=true]');
    await page.waitForSelector('#left li[data-outcome=astray]');
    const other = await open(context, server.url);
    await other.page.waitForSelector('[data-pin][data-user=bob]');
    await becomes(other.page, 'right', 'alive');
    const { served } = await side(page, 'right');
    await page.waitForFunction((past) => Number(document.getElementById('right').dataset.served) > past + 1, served);
    assert.equal(await page.textContent('[data-pin]'), 'Ada');
    assert.equal(await other.page.textContent('[data-pin]'), 'Bob');
    await assertWell(page, complaints);
    await assertWell(other.page, other.complaints);
  });

  test('pinning, signing out and starting over do what they say', async () => {
    const { page, complaints } = await visit();
    await becomes(page, 'right', 'alive');
    await click(page, 'session', 'bob');
    await click(page, 'pin', 'bob');
    await page.waitForSelector('[data-pin][data-user=bob]');
    await becomes(page, 'right', 'alive');
    await click(page, 'session', 'bob');
    await becomes(page, 'right', 'out');
    assert.equal((await side(page, 'right')).astray, 0);
    await Promise.all([page.waitForEvent('load'), page.click('button[data-act=restart]')]);
    await page.waitForSelector('body[data-ready=true]');
    await becomes(page, 'right', 'alive');
    assert.equal(await page.textContent('[data-pin]'), 'Ada');
    assert.deepEqual(complaints, []);
  });

  test('everything can be reached and worked by keyboard, with a visible focus', async () => {
    const { page, complaints } = await visit();
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Skip/);
    const wanted = await page.locator('button, a[href], summary').count();
    const reached = new Set([0]);
    for (let i = 1; i < wanted + 5; i += 1) {
      await page.keyboard.press('Tab');
      const { index, outline } = await page.evaluate(() => ({
        index: [...document.querySelectorAll('button, a[href], summary')].indexOf(document.activeElement),
        outline: Number.parseFloat(getComputedStyle(document.activeElement).outlineWidth),
      }));
      if (index >= 0) assert.ok(outline >= 2);
      reached.add(index);
    }
    reached.delete(-1);
    assert.equal(reached.size, wanted);
    await page.focus('button[data-fault="500"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('button[data-fault="500"][data-state=recovered]');
    await assertWell(page, complaints);
  });

  test('text stands out in light and dark, a phone needs no sideways scrolling, and nothing moves for those who ask for calm', async () => {
    const { page } = await visit({ reducedMotion: 'reduce' });
    await page.click('button[data-fault=stale]');
    await page.waitForSelector('button[data-fault=stale][data-state=recovered]');
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await faint(page), [], colorScheme);
    }
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.badge')).transitionDuration), '0s');
    await page.setViewportSize({ width: 360, height: 780 });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
    await page.screenshot({ path: `${RESULTS}/harness-phone.png`, fullPage: true, animations: 'disabled' });
  });

  test('landmarks, names and one polite live region serve a screen reader, and no token is anywhere on the page', async () => {
    const { page } = await visit();
    await becomes(page, 'right', 'alive');
    for (const role of ['banner', 'main', 'contentinfo']) assert.equal(await page.getByRole(role).count(), 1, role);
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
    assert.equal(await page.locator('[role=status], [aria-live]').count(), 1);
    const nameless = await page.evaluate(
      () =>
        [...document.querySelectorAll('button, a, section, table')].filter(
          (node) =>
            !(
              node.getAttribute('aria-label') ??
              document.getElementById(node.getAttribute('aria-labelledby'))?.textContent ??
              node.textContent
            ).trim(),
        ).length,
    );
    assert.equal(nameless, 0);
    const kept = await page.evaluate(
      () => document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }),
    );
    assert.equal(TOKEN_TEXT.test(kept), false);
  });
});
