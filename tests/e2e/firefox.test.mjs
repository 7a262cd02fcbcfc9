/** The same in Firefox, whose locks, channels and storage are its own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { firefoxPath } from '../../tools/browser.mjs';
import { obstacles } from './obstacles.mjs';
import { ADA, mints, serveTabs } from '../tabs/page.mjs';

const executablePath = firefoxPath();

describe('tabs in Firefox', { skip: executablePath ? false : 'there is no Firefox on this machine' }, () => {
  let browser;

  before(async () => {
    browser = await puppeteer.launch({ browser: 'firefox', executablePath });
  });

  after(() => browser?.close());

  async function visit(t, count, { prepare, ...options } = {}) {
    const servers = await serveTabs({ lifetimeSeconds: 8, ...options });
    const context = await browser.createBrowserContext();
    t.after(async () => {
      await context.close();
      await servers.close();
    });
    const tabs = [];
    for (let index = 0; index < count; index += 1) {
      const page = await context.newPage();
      if (prepare) await page.evaluateOnNewDocument(prepare);
      await page.goto(servers.page);
      await page.waitForSelector('body[data-ready=true]');
      await page.evaluate((ada) => void (globalThis.auth = lab.make(ada)), ADA);
      tabs.push(page);
    }
    return { servers, tabs };
  }

  const use = (page, count) => page.evaluate((ada, times) => lab.useUp(() => lab.ask(auth, ada), times), ADA, count);
  const ask = (page) => page.evaluate((ada) => lab.ask(auth, ada), ADA);

  async function check(page) {
    const { wrong, failed, answers, events } = await page.evaluate(() => lab.record);
    const left = events.filter(({ type }) => type === 'signed_out' || type === 'lost');
    assert.deepEqual({ wrong, failed, left }, { wrong: 0, failed: [], left: [] });
    assert.ok(answers > 0, 'it was answered');
  }

  test('six of them mint once per lifetime', async (t) => {
    const { servers, tabs } = await visit(t, 6);
    await ask(tabs[0]);
    await Promise.all(tabs.map((page) => use(page, 2)));
    t.diagnostic(`6 tabs, ${mints(servers)} mints for the first token and two lifetimes more`);
    assert.ok(mints(servers) <= 3 + 1, `${mints(servers)} mints`);
    await Promise.all(tabs.map(check));
  });

  test('the tab that mints is closed mid-mint: another one mints', async (t) => {
    const { servers, tabs } = await visit(t, 2, { lifetimeSeconds: 60 });
    await tabs[0].evaluate(() => void auth.getSnapshot());
    servers.provider.fault('hang');
    const asked = new Promise((resolve) => tabs[0].on('request', (request) => request.url().endsWith('/provider/token') && resolve()));
    void ask(tabs[0]).catch(() => {});
    await asked;
    const other = ask(tabs[1]);
    await tabs[0].close();
    await other;
    await check(tabs[1]);
  });

  for (const [what, prepare] of Object.entries(obstacles)) {
    test(`${what}: every tab goes on`, async (t) => {
      const { tabs } = await visit(t, 3, { prepare, lifetimeSeconds: 6 });
      await Promise.all(tabs.map((page) => use(page, 1)));
      await Promise.all(tabs.map(check));
    });
  }
});
