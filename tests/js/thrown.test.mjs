/** What is thrown where the core calls out is reported to the page, and stops nothing that comes after. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a script that logs, in a process that may hear of errors that nobody catches; the lines, those errors last. */
async function script(body) {
  const whole = `
    const reported = [];
    process.on('uncaughtException', (error) => reported.push('reported: ' + error.message));
    const { createTabAuth } = await import('tabpin');
    const { connectConvex } = await import('tabpin/convex');
    const { fakeSource } = await import('tabpin/testing');
    const source = fakeSource({ accounts: [{ userId: 'user_ada', sessionId: 'sess_ada' }, { userId: 'user_bob', sessionId: 'sess_bob' }] });
    const auth = createTabAuth({ source, runtime: 'client' });
    const log = (...words) => console.log(words.map(String).join(' '));
    ${body}
    auth.dispose();
    await new Promise(setImmediate);
    for (const line of reported) log(line);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', whole], { timeout: 20_000 });
  return stdout.trim().split('\n');
}

test('an order that cannot be carried out disturbs no other order', async () => {
  const lines = await script(`
    await auth.ready();
    const Own = AbortController;
    globalThis.AbortController = class { constructor() { throw new Error('no controller'); } };
    const token = auth.getToken({ timeoutMs: 20 }).catch(({ code }) => log(code));
    globalThis.AbortController = Own;
    await token;
    log(typeof (await auth.getToken({ timeoutMs: 10_000 })));
  `);
  assert.deepEqual(lines, ['source_timeout', 'string', 'reported: no controller']);
});

test('a client whose setAuth throws is told of the next account all the same', async () => {
  const lines = await script(`
    const fetchers = [];
    let fault = false;
    const setAuth = (fetcher) => {
      if (fault) throw new Error('no setAuth');
      fetchers.push(fetcher);
    };
    await auth.ready();
    const [ada, bob] = auth.getSnapshot().sessions;
    connectConvex({ setAuth }, auth);
    const forced = { forceRefreshToken: true };
    log(typeof (await fetchers[0](forced)));
    fault = true;
    const waiting = fetchers[0](forced);
    await auth.pin(ada.userId === auth.getSnapshot().session.userId ? bob : ada);
    log(await waiting, await fetchers[0](forced));
    fault = false;
    await auth.pin(ada);
    await auth.pin(bob);
    log(fetchers.length > 1, typeof (await fetchers.at(-1)(forced)));
  `);
  assert.deepEqual(lines, ['string', 'null null', 'true string', 'reported: no setAuth']);
});

test('a client that was closed but not detached stops nobody', async () => {
  const lines = await script(`
    const { ConvexReactClient } = await import('convex/react');
    const { default: webSocketConstructor } = await import('ws');
    const options = { webSocketConstructor, skipConvexDeploymentUrlCheck: true, logger: false };
    const client = new ConvexReactClient('http://127.0.0.1:1', options);
    await auth.ready();
    const [ada, bob] = auth.getSnapshot().sessions;
    const stop = connectConvex(client, auth);
    await client.close();
    await auth.pin(ada);
    await auth.pin(bob);
    log(auth.getSnapshot().session.userId, typeof (await auth.getToken()));
    stop();
  `);
  assert.deepEqual(lines.slice(0, 1), ['user_bob string']);
  assert.ok(lines.length > 1 && lines.slice(1).every((line) => line === 'reported: ConvexReactClient has already been closed.'));
});
