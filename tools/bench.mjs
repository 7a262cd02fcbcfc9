// `npm run bench [-- --write]`: sizes, what the first use costs, speed next to others' in Node and in Chromium, what tabs
// that share tokens mint, and how soon after an outage there is a token again.
// Fails below a floor.
import { build as bundle } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { firstUse } from '../benches/first.mjs';
import { measure } from '../benches/measure.mjs';
import { backOnline, ROUND_TRIP_MS } from '../benches/online.mjs';
import { sizes } from '../benches/sizes.mjs';
import { countMints, inWords, LIFETIMES } from '../benches/tabs.mjs';
import { launchOptions } from './browser.mjs';
import { build } from './build.mjs';
import { Failure, main, root } from './run.mjs';
import { setup } from './setup.mjs';

/** How many times as long as tabpin the other one takes, at least. */
const FLOORS = [
  { group: 'claims', other: 'jwt-decode', floor: 6 },
  { group: 'header', other: 'by hand, checked', floor: 5 },
];
/** Of the default entry, brotli, everything included. */
const CEILING = 32 * 1024;
/** Of the first use, which unpacks the core: several times what a quiet machine takes. */
const FIRST_USE_MS = 400;
/** Of tabs that share tokens: one mint per lifetime, and one more. */
const MINTS = LIFETIMES + 1;

/** Back online, a live token is this many round trips away at most: one, and what a page takes to ask and to answer. */
const ROUND_TRIPS = 1.5;

/** The same measurements in a page of its own. Isolated, because other pages get a coarse clock. */
async function measureInChromium() {
  const { outputFiles } = await bundle({
    stdin: { contents: `export { measure } from './measure.mjs';`, resolveDir: join(root, 'benches') },
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    write: false,
    logLevel: 'error',
  });
  const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  const browser = await chromium.launch(launchOptions());
  try {
    const page = await browser.newPage();
    await page.route('**/*', (route) =>
      new URL(route.request().url()).pathname === '/bench.js'
        ? route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: outputFiles[0].text })
        : route.fulfill({ contentType: 'text/html', headers: isolated, body: '<!doctype html><title>bench</title>' }),
    );
    await page.goto('http://localhost/');
    return await page.evaluate(() => import('/bench.js').then((module) => module.measure()));
  } finally {
    await browser.close();
  }
}

const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const count = (value) => value.toLocaleString('en');
const nanoseconds = (value) => count(Number(value.toPrecision(2)));
const times = (value) => (value < 1 ? value.toFixed(2) : value.toFixed(1));

const sizeTable = (all) =>
  table(
    ['bytes', 'minified', 'gzip -9', 'brotli 11'],
    all.map(({ name, raw, gzip, brotli }) => [name, ...[raw, gzip, brotli].map(count)]),
  );

const firstTable = (engines) =>
  table(
    ['first use: unpacked, compiled, answered', 'ms'],
    Object.entries(engines).map(([engine, ms]) => [engine, count(Math.round(ms))]),
  );

function speedTable(engines) {
  const names = Object.keys(engines);
  const rows = Object.entries(engines[names[0]]).flatMap(([group, cases]) =>
    Object.keys(cases).map((name) => [
      `${group}: ${name}`,
      ...names.flatMap((engine) => [nanoseconds(engines[engine][group][name].ns), times(engines[engine][group][name].ratio)]),
    ]),
  );
  return table(['', ...names.flatMap((engine) => [`${engine}, ns`, '× tabpin'])], rows);
}

function mintTable({ asked, convex }) {
  const row = (name, { tabpin, usual }) => [name, ...[tabpin, usual].map((mints) => times(mints / LIFETIMES)), times(usual / tabpin)];
  return table(
    ['mints per lifetime', 'tabpin', 'one callback per tab', 'times fewer'],
    [row('20 tabs', asked), row('20 Convex clients', convex)],
  );
}

function onlineTable({ roundTrip, ...waits }) {
  const names = { alone: 'tabpin', company: 'tabpin, two tabs', usual: 'retried with backoff from 0.5 s' };
  const rows = Object.entries(waits).map(([name, ms]) => [names[name], count(Math.round(ms)), times(ms / roundTrip)]);
  return table([`from back online to a live token, the provider taking ${ROUND_TRIP_MS} ms`, 'ms', 'round trips'], rows);
}

/** What misses its floor or its ceiling, in words. */
function misses(all, first, engines, mints, online) {
  const size = all.find(({ name }) => name === 'tabpin').brotli;
  const long = Object.entries(first)
    .filter(([, ms]) => ms > FIRST_USE_MS)
    .map(([engine, ms]) => `${engine}, first use: ${count(Math.round(ms))} ms, wanted at most ${FIRST_USE_MS}`);
  const slow = Object.entries(engines).flatMap(([engine, groups]) =>
    FLOORS.filter(({ group, other, floor }) => groups[group][other].ratio < floor).map(
      ({ group, other, floor }) => `${engine}, ${group}: ${times(groups[group][other].ratio)} × faster than ${other}, wanted ${floor} ×`,
    ),
  );
  const many = mints.asked.tabpin > MINTS ? [`20 tabs needed ${mints.asked.tabpin} mints, wanted at most ${MINTS}`] : [];
  const trips = online.alone / online.roundTrip;
  const late = trips > ROUND_TRIPS ? [`back online, a token took ${times(trips)} round trips, wanted at most ${ROUND_TRIPS}`] : [];
  const rest = [...long, ...slow, ...many, ...late];
  return size > CEILING ? [`tabpin is ${count(size)} bytes with brotli, wanted at most ${count(CEILING)}`, ...rest] : rest;
}

/** Puts the tables between the README's `bench` marks. */
function write(text) {
  const path = join(root, 'README.md');
  const [start, end] = ['<!-- bench -->', '<!-- /bench -->'];
  const [before, after] = [readFileSync(path, 'utf8').split(start)[0], readFileSync(path, 'utf8').split(end)[1]];
  writeFileSync(path, `${before}${start}\n${text}\n${end}${after}`);
}

await main(async () => {
  await setup({ tests: true });
  await build();
  console.log('\nMeasuring …');
  const all = await sizes();
  const first = await firstUse();
  const engines = { Node: await measure(), Chromium: await measureInChromium() };
  const mints = await countMints();
  const online = await backOnline();
  const text = [sizeTable(all), firstTable(first), speedTable(engines), mintTable(mints), onlineTable(online)].join('\n\n');
  console.log(`\n${text}\n\n${inWords(mints).join('\n')}\n`);
  if (process.argv.includes('--write')) write(text);
  const missed = misses(all, first, engines, mints, online);
  if (missed.length > 0) throw new Failure(`${missed.join('\ntabpin: ')}`);
});
