/** What an application sees, and how it learns of changes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertError, BOB, jwt, rejection, tab } from './kit.mjs';

const two = () => fakeSource({ accounts: [ADA, BOB] });
const run = promisify(execFile);

describe('snapshots', () => {
  test('they have every member, and are frozen', (t) => {
    const { auth } = tab(t, { source: two() });
    const snapshot = auth.getSnapshot();
    assert.deepEqual(snapshot, {
      status: 'signed_in',
      session: ADA,
      sessions: [ADA, BOB],
      multiSession: true,
      drifted: false,
      online: true,
      accountKey: auth.account().key,
      error: null,
    });
    assert.ok(Object.isFrozen(snapshot));
  });

  test('before anything is known they say so', (t) => {
    const source = { getToken: () => new Promise(() => {}), current: () => undefined };
    const { auth } = tab(t, { source });
    assert.deepEqual(auth.getSnapshot(), {
      status: 'unknown',
      session: null,
      sessions: null,
      multiSession: null,
      drifted: false,
      online: true,
      accountKey: null,
      error: null,
    });
  });

  test('the identity changes only when the content does', async (t) => {
    const { auth, source } = tab(t, { source: two() });
    const first = auth.getSnapshot();
    assert.equal(auth.getSnapshot(), first);
    await auth.getToken();
    await auth.getToken({ forceRefresh: true });
    source.switchTo(ADA);
    assert.equal(auth.getSnapshot(), first);
    source.switchTo(BOB);
    const second = auth.getSnapshot();
    assert.notEqual(second, first);
    assert.deepEqual(first.session, ADA, 'the old one stays as it was');
  });

  test('a failure shows as an error, and goes with the next token', async (t) => {
    const { auth, source } = tab(t);
    source.fault('reject');
    const failed = new Promise((resolve) => auth.on('retry', resolve));
    const token = auth.getToken();
    const { error } = await failed;
    assert.equal(auth.getSnapshot().error.code, error.code);
    assert.equal(auth.getSnapshot().status, 'signed_in');
    await token;
    assert.equal(auth.getSnapshot().error, null);
  });

  test("the server's is one frozen object for every instance", (t) => {
    const one = tab(t).auth.getServerSnapshot();
    assert.equal(tab(t).auth.getServerSnapshot(), one);
    assert.ok(Object.isFrozen(one));
    assert.equal(one.status, 'unknown');
    assert.equal(one.accountKey, null);
  });
});

describe('ready', () => {
  test('it gives the first snapshot that is not unknown', async (t) => {
    let current;
    let listener;
    const source = { getToken: async () => jwt(), current: () => current, subscribe: (each) => ((listener = each), () => {}) };
    const { auth } = tab(t, { source });
    const ready = auth.ready();
    assert.equal(auth.getSnapshot().status, 'unknown');
    current = ADA;
    listener();
    assert.equal(await ready, auth.getSnapshot());
    assert.equal(auth.getSnapshot().status, 'signed_in');
    assert.equal(await auth.ready(), auth.getSnapshot());
  });

  test('with a bare function it asks for the first token', async (t) => {
    const { auth } = tab(t, { source: async () => jwt() });
    assert.deepEqual((await auth.ready()).session, ADA);
  });

  test('it rejects in time when the source never says', async (t) => {
    const { auth } = tab(t, { source: { getToken: async () => null, current: () => undefined } });
    assertError(await rejection(auth.ready({ timeoutMs: 20 })), 'source_not_ready', { cures: /SDK/ });
  });

  test('it can be aborted', async (t) => {
    const { auth } = tab(t, { source: { getToken: async () => null, current: () => undefined } });
    const controller = new AbortController();
    const ready = auth.ready({ signal: controller.signal });
    controller.abort();
    assertError(await rejection(ready), 'aborted');
  });
});

describe('subscribe and on', () => {
  test('a listener is called after the snapshot changed, until it is removed', (t) => {
    const { auth, source } = tab(t, { source: two() });
    const seen = [];
    const stop = auth.subscribe(() => seen.push(auth.getSnapshot().session?.userId));
    assert.deepEqual(seen, []);
    source.switchTo(BOB);
    assert.deepEqual(seen, ['user_bob']);
    stop();
    stop();
    source.switchTo(ADA);
    assert.deepEqual(seen, ['user_bob']);
  });

  test('one function subscribed twice is called twice, and removed one by one', (t) => {
    const { auth, source } = tab(t, { source: two() });
    let count = 0;
    const listener = () => (count += 1);
    const stop = auth.subscribe(listener);
    auth.subscribe(listener);
    source.switchTo(BOB);
    assert.equal(count, 2);
    stop();
    source.switchTo(ADA);
    assert.equal(count, 3);
  });

  test('on gives events of one type, or all of them, in the order of debug', async (t) => {
    const { auth, source, events } = tab(t, { source: two() });
    const [all, pinned] = [[], []];
    auth.on((event) => all.push(event));
    const stop = auth.on('pinned', (event) => pinned.push(event.cause));
    await auth.getToken();
    source.switchTo(BOB);
    stop();
    source.switchTo(ADA);
    assert.deepEqual(pinned, ['first', 'switched']);
    assert.deepEqual(all, events);
    assert.deepEqual(all[0], { type: 'pinned', session: ADA, previous: null, cause: 'first' });
    const token = all.find(({ type }) => type === 'token');
    assert.deepEqual(Object.keys(token).sort(), ['expiresAt', 'origin', 'type']);
  });

  test('debug: true logs the events with console.debug, and no token', async (t) => {
    const debug = t.mock.method(console, 'debug', () => {});
    const { auth } = tab(t, { debug: true });
    const token = await auth.getToken();
    const lines = debug.mock.calls.map(({ arguments: parts }) => parts);
    assert.ok(lines.some(([name, event]) => name === 'tabpin' && event.type === 'token'));
    assert.ok(!JSON.stringify(lines).includes(token.split('.')[1]));
  });

  test('a listener may use the instance that calls it', async (t) => {
    const { auth, source } = tab(t, { source: two() });
    const [inner, left] = [[], []];
    auth.on('signed_out', () => left.push(auth.getSnapshot().status));
    auth.on('pinned', ({ session }) => {
      assert.deepEqual(auth.account().session, session);
      assert.deepEqual(auth.getSnapshot().session, session);
      inner.push(auth.getToken(), auth.headers());
      auth.peekHeaders();
      auth.stats();
      auth.explain();
      auth.withTemplate('other').fetchToken();
    });
    await auth.getToken();
    source.switchTo(BOB);
    assert.deepEqual(
      (await Promise.allSettled(inner)).map(({ reason }) => reason?.code ?? 'answered'),
      ['answered', 'answered', 'answered', 'answered'],
    );
    await auth.signOut();
    assert.deepEqual(left, ['signed_out']);
  });

  test('a listener that disposes ends everything, and the source is not asked any more', async (t) => {
    const asked = [];
    const source = { ...two(), getToken: async () => void asked.push('getToken') };
    const { auth } = tab(t, { source });
    auth.on('pinned', () => auth.dispose());
    assertError(await rejection(auth.getToken()), 'disposed');
    assert.deepEqual(asked, []);
  });

  test('one that throws is reported, and disturbs nobody', async () => {
    const script = `
      import { createTabAuth } from 'tabpin';
      import { fakeSource } from 'tabpin/testing';
      const reported = [];
      process.on('uncaughtException', (error) => reported.push(error.message));
      const fail = (name) => () => { throw new Error(name); };
      const auth = createTabAuth({ source: fakeSource(), runtime: 'client', debug: fail('debug') });
      const seen = [];
      auth.on(fail('on'));
      auth.on('token', () => seen.push('token'));
      auth.subscribe(fail('subscribe'));
      auth.subscribe(() => seen.push('subscribe'));
      auth.account().signal.addEventListener('abort', fail('abort'));
      await auth.getToken();
      auth.unpin();
      auth.dispose();
      setImmediate(() => console.log(JSON.stringify({ seen, reported: [...new Set(reported)].sort() })));
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    assert.deepEqual(JSON.parse(stdout), { seen: ['token', 'subscribe'], reported: ['abort', 'debug', 'on', 'subscribe'] });
  });
});
