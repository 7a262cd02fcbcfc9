/** Tabs for the failures' tests, on servers of their own. */
import { close, openTab, serveTabs } from '../tabs/page.mjs';

export const ISSUER = 'https://provider.test';
/** Where the provider was before. */
export const OLD = 'https://old.provider.test';

/** The servers, a browser window, and a tab in it, whose cookie says Ada; `open()` opens another. */
export async function visit(t, browser, options = {}) {
  const servers = await serveTabs({ app: new URL('failures-app.mjs', import.meta.url), sweepMs: 250, ...options });
  const context = await browser.newContext();
  t.after(() => close(context, servers));
  const open = () => openTab(context, servers);
  const page = await open();
  await page.evaluate(() => lab.become('user_ada'));
  return { servers, context, page, open };
}

/** Waits until the page shows exactly this. */
export const shows = (page, text) => page.waitForFunction((wanted) => document.body.textContent === wanted, text);
