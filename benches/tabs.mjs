/** How many mints the tabs of one account need: each with a callback of its own, and sharing tokens. In Chromium. */
import { chromium } from 'playwright-core';
import { ADA, close, mints, openTab, serveTabs } from '../tests/tabs/page.mjs';
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
    tabpin: ([count]) => lab.useUp(auth.getToken, count),
    usual: ([count]) => lab.useUp(getToken, count),
  },
  convex: {
    tabpin: ([count, seconds]) =>
      lab.convexFor(count * seconds * 1000, seconds / 4, (client, options) => lab.connectConvex(client, auth, options)),
    usual: ([count, seconds]) => lab.convexFor(count * seconds * 1000, seconds / 4, (client) => client.setAuth(getToken)),
  },
};

/** The mints of twenty tabs of which one is there first. */
async function count(browser, wiring, demand) {
  const servers = await serveTabs({ lifetimeSeconds: LIFETIME_SECONDS });
  const context = await browser.newContext();
  try {
    const tabs = await Promise.all(Array.from({ length: TABS }, () => openTab(context, servers)));
    await tabs[0].evaluate(begin[wiring], ADA);
    await Promise.all(tabs.slice(1).map((page) => page.evaluate(begin[wiring], ADA)));
    await Promise.all(tabs.map((page) => page.evaluate(demand[wiring], [LIFETIMES, LIFETIME_SECONDS])));
    return mints(servers);
  } finally {
    await close(context, servers);
  }
}

/** `{ asked, convex }`, each `{ tabpin, usual }`: the mints of twenty tabs in three lifetimes; the two wirings side by side. */
export async function countMints() {
  const browser = await chromium.launch(launchOptions());
  const result = {};
  try {
    for (const [name, demand] of Object.entries(demands)) {
      const [tabpin, usual] = await Promise.all(['tabpin', 'usual'].map((wiring) => count(browser, wiring, demand)));
      result[name] = { tabpin, usual };
    }
  } finally {
    await browser.close();
  }
  return result;
}

/** One line for each. */
export const inWords = (counts) =>
  Object.entries({ asked: `${TABS} tabs`, convex: `${TABS} tabs with a Convex client each` }).map(([name, what]) => {
    const { tabpin, usual } = counts[name];
    return `${what}: ${tabpin} mints against ${usual} (${(usual / tabpin).toFixed(1)} times fewer)`;
  });
