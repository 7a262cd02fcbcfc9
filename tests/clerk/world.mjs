/** The real clerk-js in Chromium, its Frontend API's stand-in, and an application's server that knows Clerk. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { launchOptions } from '../../tools/browser.mjs';
import { createClerkApp } from '../../www/servers/clerk-app.mjs';
import { createClerkApi } from '../../www/servers/clerk.mjs';
import { closeServer, listen } from '../../www/servers/http.mjs';
import { createKeys } from '../../www/servers/keys.mjs';
import { createStatic } from '../../www/servers/static.mjs';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const keys = createKeys();

/** As a user starts it: clerk-js takes an automated browser for an offline one sooner. */
export function launch() {
  const { args, ...options } = launchOptions();
  return chromium.launch({
    ...options,
    args: [...args, '--disable-blink-features=AutomationControlled'],
    ignoreDefaultArgs: ['--enable-automation'],
  });
}

/**
 * Servers of its own, and a browser window of its own: `{ api, app, url, context, open, close }`.
 * Options are those of `createClerkApi`; users `ada` and `bob` are signed in, `bob` last, unless `users` says otherwise.
 */
export async function makeWorld(
  t,
  browser,
  { users = ['ada', 'bob'], templates = { convex: () => ({ aud: 'convex' }) }, ...options } = {},
) {
  const api = createClerkApi({ keys, templates, ...options });
  const app = createClerkApp({ api });
  const files = createStatic({
    '/dist/': folder('../../dist'),
    '/clerk-js/': folder('../../node_modules/@clerk/clerk-js/dist'),
    '/': folder('page'),
  });
  const server = createServer((req, res) => {
    if (!api.handler(req, res) && !app.handler(req, res)) void files(req, res);
  });
  const url = (await listen(server)).replace('127.0.0.1', 'localhost');
  const context = await browser.newContext();
  t.after(async () => {
    api.clear();
    await context.close();
    await closeServer(server);
  });
  const sessions = Object.fromEntries(users.map((user) => [user, api.signIn(user).sessionId]));

  const pages = [];

  /** Gives a tab the focus, as a user does who clicks on it; the others lose it. */
  const front = async (page) => {
    await page.bringToFront();
    await Promise.all(
      pages.filter((each) => !each.isClosed()).map((each) => each.waitForFunction((mine) => document.hasFocus() === mine, each === page)),
    );
  };

  /** Playwright makes every tab believe that it has the focus, and says so again to each new document. */
  const settle = async (page, { behind } = {}) => {
    const cdp = await context.newCDPSession(page);
    await cdp.send('Emulation.setFocusEmulationEnabled', { enabled: false });
    await front(behind ?? page);
    if (page.how.load !== 'no') await page.evaluate(() => kit.load());
  };

  /** A tab that is wired as `how` says, see `page/page.js`; it loads Clerk with the focus, or `behind` another tab. */
  const open = async (tab, { behind, ...how } = {}) => {
    const page = Object.assign(await context.newPage(), { how, complaints: [] });
    pages.push(page);
    page.on('pageerror', (error) => page.complaints.push(error.message));
    if (how.cookies === 'no') {
      const cdp = await context.newCDPSession(page);
      await cdp.send('Emulation.setDocumentCookieDisabled', { disabled: true });
    }
    await page.goto(`${url}/?${new URLSearchParams({ tab, key: api.publishableKey, ...how })}`);
    await page.waitForFunction(() => globalThis.kit);
    await settle(page, { behind });
    return page;
  };
  const reload = async (page, options) => {
    await page.reload();
    await page.waitForFunction(() => globalThis.kit);
    await settle(page, options);
  };

  return { api, app, url, context, sessions, open, reload, front };
}
