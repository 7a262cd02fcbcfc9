/** Opens the harness in Chromium for its tests, and looks at it as a visitor would. */
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { launchOptions } from '../../tools/browser.mjs';

/** A browser's own lines for refused and broken requests, and for a socket that ended in a tab's sleep; the page causes those on purpose. */
const EXPECTED = /^(Failed to load resource|WebSocket is already in CLOSING)/;

export const launch = (more = {}) => chromium.launch({ ...launchOptions(), ...more });

/** A page on `url` that is ready, with `complaints`: what its console or its scripts complained about. */
export async function open(context, url) {
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.waitForSelector('body[data-ready=true]');
  return { page, complaints };
}

/** A side's data attributes, counters as numbers. */
export async function side(page, id) {
  const data = await page.evaluate((name) => ({ ...document.getElementById(name).dataset }), id);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, /^\d+$/.test(value) ? Number(value) : value]));
}

/** Waits until a side's badge says `status`. */
export const becomes = (page, id, status) => page.waitForSelector(`#${id}[data-status=${status}]`);

/** tabpin's side is alive; no server turned one of its requests away, or ran it as somebody else or as nobody; the page has complained of nothing. */
export async function assertWell(page, complaints) {
  await becomes(page, 'right', 'alive');
  const right = await side(page, 'right');
  assert.equal(right.rejected, 0);
  assert.equal(right.astray, 0);
  assert.deepEqual(complaints, []);
}

/** Every text on the page whose colour stands out too little from what is behind it (WCAG 2.2, 1.4.3), as `text ratio`. */
export const faint = (page) =>
  page.evaluate(() => {
    const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const colour = parse(getComputedStyle(at).backgroundColor);
        if (colour.length === 3 || colour[3] > 0) return colour;
      }
      return [255, 255, 255];
    };
    const found = [];
    for (const node of document.querySelectorAll('body *')) {
      const text = [...node.childNodes]
        .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
        .map(({ data }) => data.trim())
        .join('');
      const svg = node instanceof SVGElement;
      if (!text || node.closest('.quiet, defs, .old, .token') || !node.checkVisibility()) continue;
      const style = getComputedStyle(node);
      const [a, b] = [luminance(parse(svg ? style.fill : style.color)), luminance(ground(node))].sort((one, two) => two - one);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < 4.5) found.push(`${text} ${ratio.toFixed(2)}`);
    }
    return found;
  });
