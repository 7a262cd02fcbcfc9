/** Times the cases side by side, round by round, so that whatever disturbs the machine disturbs all of them alike. */
import { makeGroups } from './cases.mjs';

const ROUNDS = 75;
const BATCH_MS = 3;

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

async function time(run, n) {
  const start = performance.now();
  const sum = await run(n);
  // Read, so that no engine finds out that nobody wants it.
  if (!(sum > 0)) throw new Error('a case did nothing');
  return performance.now() - start;
}

/** How often a case runs in a batch; warms it up on the way. Three times over, because a busy machine makes one look long. */
async function calibrate(run) {
  let n = 16;
  for (let long = 0; long < 3;) {
    long = (await time(run, n)) >= BATCH_MS ? long + 1 : 0;
    if (long === 0) n *= 2;
  }
  return n;
}

/**
 * `{ group: { case: { ns, ratio } } }`: the median time of one call, and the median over the rounds of how many times
 * as long as tabpin it took.
 */
export async function measure({ rounds = ROUNDS } = {}) {
  const { groups, end } = await makeGroups();
  const result = {};
  for (const [group, cases] of Object.entries(groups)) {
    const names = Object.keys(cases);
    const counts = {};
    for (const name of names) counts[name] = await calibrate(cases[name]);
    const seen = [];
    for (let round = 0; round < rounds; round += 1) {
      const took = {};
      for (const name of names) took[name] = ((await time(cases[name], counts[name])) * 1e6) / counts[name];
      seen.push(took);
      names.push(names.shift());
    }
    result[group] = Object.fromEntries(
      Object.keys(cases).map((name) => [
        name,
        { ns: median(seen.map((took) => took[name])), ratio: median(seen.map((took) => took[name] / took.tabpin)) },
      ]),
    );
  }
  end();
  return result;
}
