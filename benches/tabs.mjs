/** How many mints the tabs of one account need: each with a callback of its own, and sharing tokens. In Chromium. */
import { chromium } from 'playwright-core';
import { ADA, close, meets, mints, openTab, serveTabs } from '../tests/tabs/page.mjs';
import { launchOptions } from '../tools/browser.mjs';

const TABS = 20;
const LIFETIME_SECONDS = 8;
export const LIFETIMES = 3;

/** Makes a tab's way to a token, and asks once. */
const begin = {
  tabpin: async (ada) => void (await (globalThis.auth = lab.make(ada)).getToken()),
  usual: async (ada) => void (await (globalThis.getToken = lab.usual(ada))()),
};

/** What each tab does then, in the page: for how many lifetimes, and of how many seconds. */
const demands = {
  asked: {
    tabpin: ([count]) => lab.useUp(async () => lab.decodeClaims(await auth.getToken()), count),
    usual: ([count]) => lab.useUp(async () => lab.decodeClaims(await getToken()), count),
  },
  convex: {
    tabpin: ([count, seconds]) =>
      lab.convexFor(count * seconds * 1000, seconds / 4, (client, options) => lab.connectConvex(client, auth, options)),
    usual: ([count, seconds]) => lab.convexFor(count * seconds * 1000, seconds / 4, (client) => client.setAuth(getToken)),
  },
};

/** The mints of tabs that are all there, with a token each. */
async function count(browser, kind, wiring) {
  const servers = await serveTabs({ lifetimeSeconds: LIFETIME_SECONDS });
  const context = await browser.newContext();
  try {
    const tabs = await Promise.all(Array.from({ length: TABS }, () => openTab(context, servers)));
    const all = (run, given) => Promise.all(tabs.map((page) => page.evaluate(run, given)));
    await all(begin[wiring], ADA);
    if (wiring === 'tabpin') await Promise.all(tabs.map((page) => meets(page, TABS - 1)));
    const before = mints(servers);
    await all(demands[kind][wiring], [LIFETIMES, LIFETIME_SECONDS]);
    return mints(servers) - before;
  } finally {
    await close(context, servers);
  }
}

/**
 * `{ asked, convex }`, each `{ tabpin, usual }`: the mints of twenty tabs in three lifetimes. Only the usual wiring is
 * measured twice at a time: its tabs do not wait for each other, so that a busy machine changes nothing.
 */
export async function countMints() {
  const browser = await chromium.launch(launchOptions());
  try {
    const asked = await count(browser, 'asked', 'tabpin');
    const convex = await count(browser, 'convex', 'tabpin');
    const usual = await Promise.all(['asked', 'convex'].map((kind) => count(browser, kind, 'usual')));
    return { asked: { tabpin: asked, usual: usual[0] }, convex: { tabpin: convex, usual: usual[1] } };
  } finally {
    await browser.close();
  }
}

/** One line for each. */
export const inWords = (counts) =>
  Object.entries({ asked: `${TABS} tabs`, convex: `${TABS} tabs with a Convex client each` }).map(([name, what]) => {
    const { tabpin, usual } = counts[name];
    return `${what}: ${tabpin} mints against ${usual} (${(usual / tabpin).toFixed(1)} times fewer)`;
  });
