/** The facts of `convex-rows.mjs` once more, with `connectConvex` between the source and the client. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rows } from './convex-rows.mjs';
import { within } from './kit.mjs';
import { tabpinWiring } from './tabpin-wiring.mjs';
import { play } from './world.mjs';

describe('through tabpin it does not come to this:', { concurrency: true }, () => {
  for (const row of rows) {
    test(row.name, async () => {
      assert.deepEqual(await within(90_000, play(row, tabpinWiring), 'The row'), row.healthy);
    });
  }
});
