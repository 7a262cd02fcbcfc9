/** Plays one isolated row with the raw wiring and posts what was observed, unhandled rejections counted. */
import { parentPort, workerData } from 'node:worker_threads';
import { rows } from './convex-rows.mjs';
import { play, rawWiring } from './world.mjs';

let unhandled = 0;
process.on('unhandledRejection', () => {
  unhandled += 1;
});
const row = rows.find(({ name }) => name === workerData.name);
parentPort.postMessage({ ...(await play(row, rawWiring)), unhandled });
