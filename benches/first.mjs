/** What the first use of the core costs: to unpack it, to compile it, and to answer. Each time in a page or process of its own. */
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { launchOptions } from '../tools/browser.mjs';
import { makeToken } from './token.mjs';

const TIMES = 5;
const root = fileURLToPath(new URL('..', import.meta.url));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

const measured = `import { decodeClaims } from 'tabpin';
const start = performance.now();
decodeClaims(${JSON.stringify(makeToken())});
export const ms = performance.now() - start;
`;

async function inNode() {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', `${measured}console.log(ms);`], {
    cwd: root,
  });
  return Number(stdout);
}

async function inChromium() {
  const { outputFiles } = await build({
    stdin: { contents: measured, resolveDir: root },
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    write: false,
    logLevel: 'error',
  });
  const browser = await chromium.launch(launchOptions());
  try {
    const seen = [];
    for (let time = 0; time < TIMES; time += 1) {
      const page = await browser.newPage();
      await page.route('**/*', (route) =>
        new URL(route.request().url()).pathname === '/first.js'
          ? route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: outputFiles[0].text })
          : route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>first use</title>' }),
      );
      await page.goto('http://localhost/');
      seen.push(await page.evaluate(() => import('/first.js').then(({ ms }) => ms)));
      await page.close();
    }
    return median(seen);
  } finally {
    await browser.close();
  }
}

/** `{ Node, Chromium }`, in milliseconds. */
export async function firstUse() {
  const seen = [];
  for (let time = 0; time < TIMES; time += 1) seen.push(await inNode());
  return { Node: median(seen), Chromium: await inChromium() };
}
