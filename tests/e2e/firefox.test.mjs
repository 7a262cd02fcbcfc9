/** Tabs in Firefox, by WebDriver BiDi. */
import puppeteer from 'puppeteer-core';
import { firefoxPath } from '../../tools/browser.mjs';
import { describeTabs } from './engine-tabs.mjs';

const executablePath = firefoxPath();

async function launch() {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath });
  const open = async () => {
    const context = await browser.createBrowserContext();
    return { visit: (url) => visit(context, url), close: () => context.close() };
  };
  return { open, close: () => browser.close() };
}

async function visit(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  return {
    evaluate: (text) => page.evaluate(text),
    goto: (address) => page.goto(address),
    click: () => page.click('html'),
    // Its own `goBack` waits for a load, which a page that was kept does not have.
    back: async () => {
      const from = page.url();
      await page.evaluate(() => void history.back());
      await page.waitForFunction((address) => location.href !== address, {}, from);
    },
    close: () => page.close(),
  };
}

describeTabs('Firefox', { launch, missing: executablePath ? false : 'there is no Firefox on this machine' });
