// `npm start [-- --port N]`: installs what is missing, builds, and serves the harness until Ctrl-C.
import { createServer } from 'node:net';
import util from 'node:util';
import { build } from './build.mjs';
import { Failure, main } from './run.mjs';
import { checkNode, setup } from './setup.mjs';

function port() {
  let text = '';
  try {
    text = util.parseArgs({ options: { port: { type: 'string', default: '5173' } } }).values.port;
  } catch (error) {
    throw new Failure(`${error.message} Usage: npm start -- --port 5173`);
  }
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new Failure(`"${text}" is not a port. Usage: npm start -- --port 5173`);
  return Number(text);
}

/** Before minutes of building, not after them. */
function checkFree(number) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ code }) => reject(new Failure(inUse(number, code))));
    probe.listen(number, '127.0.0.1', () => probe.close(resolve));
  });
}

const inUse = (number, code) =>
  `port ${number} ${code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${code})`}: choose another with "npm start -- --port N".`;

/** Bob has an account, and signs in from the page. */
const ada = { userId: 'user_ada', sessionId: 'sess_ada' };
const bob = { userId: 'user_bob', sessionId: 'sess_bob', signedIn: false };

await main(async () => {
  checkNode();
  const number = port();
  await checkFree(number);
  await setup();
  await build();
  const { bundleHarness } = await import('../www/bundle.mjs');
  await bundleHarness();
  const { startServers } = await import('../www/servers/all.mjs');
  const { url } = await startServers({ port: number, accounts: [ada, bob] }).catch((error) => {
    throw new Failure(inUse(number, error.code ?? error.message));
  });
  console.log(`\nThe harness is at ${url} (Ctrl-C ends it)`);
});
