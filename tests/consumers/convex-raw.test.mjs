/** What goes wrong when a token getter is handed to Convex as it is: every fact, with the real client. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { rows } from './convex-rows.mjs';
import { within } from './kit.mjs';
import { play, rawWiring } from './world.mjs';

async function playIsolated({ name }) {
  const worker = new Worker(new URL('./row-thread.mjs', import.meta.url), { workerData: { name } });
  const [observation] = await once(worker, 'message');
  await worker.terminate();
  return observation;
}

describe('a raw fetcher', { concurrency: true }, () => {
  for (const row of rows) {
    test(row.name, async () => {
      const played = row.isolated ? playIsolated(row) : play(row, rawWiring);
      assert.deepEqual(await within(60_000, played, 'The row'), row.raw);
    });
  }
});
