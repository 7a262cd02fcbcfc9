/** Weeks of refreshing, with mock time: what a tab keeps after many tokens is what it kept after some. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchOptions } from '../../tools/browser.mjs';
import { launch } from './harness-page.mjs';
import { servePackage } from './package-page.mjs';
import { prepareSoak, startSoak } from './soak-page.mjs';

/** Code that V8 compiles late lies in the heap too. So it compiles none, and throws none away. */
const STEADY = '--js-flags=--no-opt --no-maglev --no-sparkplug --no-flush-bytecode';

let browser;
let served;

before(async () => {
  served = await servePackage();
  browser = await launch({ args: [...launchOptions().args, STEADY] });
});

after(async () => {
  await browser?.close();
  await served?.close();
});

/** What is left behind after `counts[0]` refreshes, and after `counts[1]`; with the bytes of the heap. */
async function soak(t, counts, options) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.addInitScript(prepareSoak);
  await page.goto(served.page());
  await page.evaluate(startSoak, options);
  const session = await context.newCDPSession(page);
  await session.send('HeapProfiler.enable');
  const left = [];
  for (const count of counts) {
    const { seen, failed } = await page.evaluate((until) => soak.until(until), count);
    assert.ok(seen.reduce((sum, tokens) => sum + tokens) >= count * 0.9, `${seen} tokens were taken`);
    assert.deepEqual(new Set(failed), new Set([0]));
    for (let times = 0; times < 2; times += 1) await session.send('HeapProfiler.collectGarbage');
    left.push({ ...(await page.evaluate(() => soak.count())), heap: (await session.send('Runtime.getHeapUsage')).usedSize });
  }
  t.diagnostic(JSON.stringify(left));
  return left;
}

function assertSame([{ heap: before, ...few }, { heap: after, ...many }]) {
  assert.deepEqual(many, few);
  assert.equal(few.memory.length, 1, 'the memory of the module was seen, and that of its unpacker is given back');
  assert.ok(few.listeners > 0 && few.channels > 0 && few.timers > 0, 'everything was counted');
  assert.ok(after <= before * 1.02, `the heap grew from ${before} to ${after} bytes`);
}

describe('after many refreshes a tab keeps no more than after some', () => {
  test('alone, 10,000 and 100,000 of them', async (t) => assertSame(await soak(t, [10_000, 100_000], { company: false })));

  test('sharing tokens with another, 500 and 3,000 of them', async (t) => assertSame(await soak(t, [500, 3_000], { company: true })));
});
