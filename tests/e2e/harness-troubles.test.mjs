/** What the harness shows of several tabs, and of a device that sleeps, has a wrong clock, or keeps every lock. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { bundleHarness } from '../../www/bundle.mjs';
import { startServers } from '../../www/servers/all.mjs';
import { assertWell, becomes, launch, open, side } from './harness-page.mjs';

const ACCOUNTS = [
  { userId: 'user_ada', sessionId: 'sess_ada' },
  { userId: 'user_bob', sessionId: 'sess_bob', signedIn: false },
];

let browser;

before(async () => {
  await bundleHarness();
  browser = await launch();
});

after(() => browser?.close());

/** So many tabs of the page, each alive on the right, on a provider of their own. */
async function visit(t, count, lifetimeSeconds) {
  const server = await startServers({ port: 0, accounts: ACCOUNTS, lifetimeSeconds });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  t.after(async () => {
    await context.close();
    await server.close();
  });
  const tabs = [];
  for (let index = 0; index < count; index += 1) {
    tabs.push(await open(context, server.url));
    await becomes(tabs[index].page, 'right', 'alive');
  }
  return { server, tabs, pages: tabs.map(({ page }) => page) };
}

/** A side goes on: this much more of what is counted. */
const goesOn = async (page, id, name) => {
  const from = (await side(page, id))[name];
  await page.waitForFunction(([which, key, past]) => Number(document.getElementById(which).dataset[key]) > past, [id, name, from]);
};

const wellAll = (tabs) => Promise.all(tabs.map(({ page, complaints }) => assertWell(page, complaints)));

describe('the harness', { concurrency: 2 }, () => {
  test('two tabs share tokens: one mints, the other adopts, and the page counts what that saved', async (t) => {
    const { server, tabs, pages } = await visit(t, 2, 12);
    const [first, second] = pages;
    await Promise.all(pages.map((page) => page.waitForSelector('#tabs[data-seen="1"]')));
    await Promise.all(pages.map((page) => page.waitForFunction(() => Number(document.getElementById('tabs').dataset.saved) >= 3)));
    await second.close();
    await first.waitForSelector('#tabs[data-seen="0"]');
    await first.waitForFunction(() => document.querySelectorAll('#tabs tbody tr').length === 1);
    const read = () => ['tabs', 'right'].map((id) => ({ ...document.getElementById(id).dataset }));
    const [{ minted, adopted, saved }, { tokens }] = await first.evaluate(read);
    assert.deepEqual([Number(minted) + Number(adopted), saved], [Number(tokens), adopted]);
    // Each page's left side had one rendered.
    const asked = server.provider.log.filter(({ outcome }) => ['minted', 'cached'].includes(outcome)).length - 2;
    assert.ok(Number(minted) <= asked, `${minted} minted here, the provider was asked ${asked} times`);
    await assertWell(first, tabs[0].complaints);
  });

  test('a script that keeps every lock changes nothing for either side of either tab', async (t) => {
    const { tabs, pages } = await visit(t, 2, 30);
    const [first] = pages;
    await Promise.all(pages.map((page) => page.waitForSelector('#tabs[data-seen="1"]')));
    await first.click('button[data-trouble-is=hog]');
    await first.click('button[data-fault=same]');
    await first.waitForFunction(() => Number(document.querySelector('[data-locks]').textContent) > 0);
    await first.waitForSelector('button[data-fault=same][data-state=recovered]');
    const lefts = await Promise.all(pages.map((page) => side(page, 'left')));
    await Promise.all(pages.map((page) => goesOn(page, 'right', 'served')));
    await Promise.all(pages.map((page) => goesOn(page, 'right', 'tokens')));
    await wellAll(tabs);
    for (const [index, page] of pages.entries()) {
      await becomes(page, 'left', 'dead');
      assert.ok((await side(page, 'left')).served >= lefts[index].served);
    }
    await first.click('button[data-trouble-is=hog]');
    await first.waitForFunction(() => document.querySelector('[data-locks]').textContent === '0');
    await wellAll(tabs);
  });

  test('a tab that sleeps past its token is served again when it wakes, and its clocks, requests and messages stood still', async (t) => {
    const { tabs, pages } = await visit(t, 1, 8);
    const [page] = pages;
    await page.click('button[data-trouble-is=sleep]');
    await page.waitForSelector('body[data-asleep=true]');
    const { tokens, served } = await side(page, 'right');
    const state = await page.waitForFunction(
      (before) => {
        const { dataset } = document.getElementById('right');
        const moved = Number(dataset.tokens) > before.tokens || Number(dataset.served) > before.served;
        const asleep = document.body.dataset.asleep === 'true';
        return (moved || !asleep) && { asleep };
      },
      { tokens, served },
    );
    assert.deepEqual(await state.jsonValue(), { asleep: false });
    await page.waitForSelector('button[data-trouble-is=sleep][data-state=recovered]');
    await page.waitForFunction((before) => Number(document.getElementById('right').dataset.tokens) > before, tokens);
    await goesOn(page, 'right', 'served');
    await wellAll(tabs);
    await becomes(page, 'left', 'dead');
  });

  test('a clock set an hour ahead, an hour behind and right again costs nobody anything, and tabpin reckons with it', async (t) => {
    const { tabs, pages } = await visit(t, 2, 12);
    const [first] = pages;
    for (const [name, seconds] of [
      ['ahead', 3600],
      ['behind', -3600],
      ['right', 0],
    ]) {
      await first.click(`button[data-clock-to=${name}]`);
      await first.waitForSelector(`button[data-clock-to=${name}][data-state=recovered]`);
      await first.waitForFunction((about) => Math.abs(document.querySelector('[data-reckoned]').dataset.seconds - about) <= 3, seconds);
      for (const page of pages) {
        await page.waitForSelector(`button[data-clock-to=${name}][aria-pressed=true]`);
        await goesOn(page, 'right', 'served');
      }
      await wellAll(tabs);
    }
  });
});
