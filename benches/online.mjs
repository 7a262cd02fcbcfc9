/** How long after the network is back a tab has a live token again, in Chromium; the provider takes `ROUND_TRIP_MS` to answer. */
import { chromium } from 'playwright-core';
import { ADA, close, openTab, serveTabs } from '../tests/tabs/page.mjs';
import { launchOptions } from '../tools/browser.mjs';

export const ROUND_TRIP_MS = 100;
/** The token at hand expires in each of these, and somebody waits for the next one. */
const OUTAGES_MS = [2_500, 2_800, 3_100, 3_400, 3_700];
const LIFETIME_SECONDS = 2;

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** What a page asks for a token: an instance, or the provider's own callback, tried again with backoff. */
const wirings = {
  tabpin: (ada) => {
    const auth = lab.make(ada);
    globalThis.getToken = () => auth.getToken({ timeoutMs: 60_000 });
  },
  usual: (ada) => {
    globalThis.getToken = async () => {
      for (let delay = 500; ; delay *= 2) {
        try {
          return await lab.mint({ session: ada, template: 'app', skipCache: true });
        } catch {
          await new Promise((resolve) => setTimeout(resolve, delay));
        }
      }
    };
  },
};

/** Asks once the token at hand has expired, `ms` from now. `waited` is how long after the event it was answered. */
const wait = (ms) => {
  const online = new Promise((resolve) => addEventListener('online', () => resolve(performance.now()), { once: true, capture: true }));
  const expired = new Promise((resolve) => setTimeout(resolve, ms));
  const had = expired.then(() => getToken()).then(() => performance.now());
  globalThis.waited = Promise.all([online, had]).then(([from, until]) => until - from);
};

/** Milliseconds from the `online` event to a live token, for each outage, in each of `tabs` tabs. */
async function outages(browser, wiring, tabs) {
  const servers = await serveTabs({ lifetimeSeconds: LIFETIME_SECONDS });
  servers.provider.latency(ROUND_TRIP_MS);
  const context = await browser.newContext();
  try {
    const pages = await Promise.all(Array.from({ length: tabs }, () => openTab(context, servers)));
    const all = (run, given) => Promise.all(pages.map((page) => page.evaluate(run, given)));
    await all(wirings[wiring], ADA);
    const took = [];
    for (const ms of OUTAGES_MS) {
      await all(async () => void (await getToken()));
      await context.setOffline(true);
      await all(wait, LIFETIME_SECONDS * 1000);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await context.setOffline(false);
      took.push(...(await all(() => waited)));
    }
    return took;
  } finally {
    await close(context, servers);
  }
}

/** The median of a mint that nothing is in the way of, as the page sees it. */
async function roundTrip(browser) {
  const servers = await serveTabs();
  servers.provider.latency(ROUND_TRIP_MS);
  const context = await browser.newContext();
  try {
    const page = await openTab(context, servers);
    const took = await page.evaluate(
      async ([session, count]) => {
        const all = [];
        for (let times = 0; times < count; times += 1) {
          const from = performance.now();
          await lab.mint({ session, template: 'app', skipCache: true });
          all.push(performance.now() - from);
        }
        return all;
      },
      [ADA, OUTAGES_MS.length * 2],
    );
    return median(took);
  } finally {
    await close(context, servers);
  }
}

/** `{ roundTrip, alone, company, usual }`: medians, ms; `company` is of two tabs that both wait. */
export async function backOnline() {
  const browser = await chromium.launch(launchOptions());
  try {
    return {
      roundTrip: await roundTrip(browser),
      alone: median(await outages(browser, 'tabpin', 1)),
      company: median(await outages(browser, 'tabpin', 2)),
      usual: median(await outages(browser, 'usual', 1)),
    };
  } finally {
    await browser.close();
  }
}
