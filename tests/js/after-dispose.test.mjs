/** After dispose every call has an answer, and nothing happens any more. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertError, deferred, jwt, rejection, tab } from './kit.mjs';

/** An instance that has been used and disposed, with its last account; `calls` is what its source was asked since. */
async function disposed(t, { used = true } = {}) {
  const calls = [];
  const inner = fakeSource({ accounts: [ADA] });
  const source = new Proxy(inner, {
    get: (target, name) => {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args) => (calls.push(name), value.apply(target, args));
    },
  });
  const { auth, events } = tab(t, { source });
  let account;
  if (used) {
    await auth.getToken();
    account = auth.account();
  }
  auth.dispose();
  account ??= auth.account();
  calls.length = 0;
  events.length = 0;
  return { auth, account, calls, events };
}

for (const used of [true, false]) {
  describe(`after dispose, ${used ? 'used' : 'unused'} before`, () => {
    test('every way to a token rejects with `disposed`, and fetchToken answers null', async (t) => {
      const { auth, account, calls, events } = await disposed(t, { used });
      for (const access of [auth, account, auth.withTemplate('convex'), auth.withTemplate(null)]) {
        assert.equal(await access.fetchToken(), null);
        assert.equal(await access.fetchToken({ forceRefreshToken: true }), null);
        for (const ask of [
          () => access.getToken(),
          () => access.getToken({ forceRefresh: true }),
          () => access.accessToken(),
          () => access.headers(),
          () => access.headers({ 'X-Trace': '1' }),
        ]) {
          assertError(await rejection(ask()), 'disposed', { cures: /new instance/ });
        }
        assert.throws(access.peekHeaders, ({ code }) => code === 'disposed');
      }
      // Whom the cookie stands for is looked up whenever a request asks for headers.
      assert.deepEqual(new Set(calls), new Set(['ambient']));
      assert.deepEqual(events, []);
    });

    test('every other verb rejects, or does nothing', async (t) => {
      const { auth, account, calls, events } = await disposed(t, { used });
      for (const ask of [() => auth.ready(), () => auth.pin(ADA), () => auth.signOut(), () => auth.waitForClaims(() => true)]) {
        assertError(await rejection(ask()), 'disposed');
      }
      const snapshot = auth.getSnapshot();
      auth.seed(jwt());
      auth.seed('nonsense');
      auth.unpin();
      auth.subscribe(() => assert.fail('it is over'))();
      auth.on(() => assert.fail('it is over'))();
      auth.dispose();
      auth[Symbol.dispose]();
      assert.equal(auth.getSnapshot(), snapshot);
      assert.equal(auth.account(), auth.account());
      assert.equal(account.signal.aborted, true);
      assert.equal(auth.stats().refreshing, false);
      assert.equal(auth.stats().expiresAt, null);
      assert.equal(auth.explain()[0].code, 'token_missing');
      assert.equal(typeof auth.getServerSnapshot().status, 'string');
      assert.deepEqual(calls, []);
      assert.deepEqual(events, []);
    });

    test('fetch sends nothing to an allowed origin', async (t) => {
      let arrived = 0;
      const server = createServer((_, response) => ((arrived += 1), response.end()));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => server.close());
      const origin = `http://127.0.0.1:${server.address().port}`;
      const { auth } = tab(t, { allowedOrigins: [origin] });
      if (used) await auth.getToken();
      auth.dispose();
      assertError(await rejection(auth.fetch(origin)), 'disposed');
      assert.equal(arrived, 0);
    });
  });
}

describe('dispose', () => {
  test('it ends every wait', async (t) => {
    const { auth } = tab(t, { source: { getToken: () => new Promise(() => {}), current: () => undefined } });
    const waits = [auth.getToken(), auth.accessToken(), auth.headers(), auth.ready(), auth.waitForClaims(() => true)];
    const fetched = auth.fetchToken();
    auth.dispose();
    for (const wait of waits) assertError(await rejection(wait), 'disposed');
    assert.equal(await fetched, null);
  });

  test('it ends a pin and a sign-out that are under way', async (t) => {
    const source = { ...fakeSource({ accounts: [ADA] }), select: () => new Promise(() => {}), signOut: () => new Promise(() => {}) };
    source.current = () => undefined;
    const { auth } = tab(t, { source });
    const pinned = auth.pin(ADA);
    const out = auth.signOut();
    auth.dispose();
    const ends = await Promise.allSettled([pinned, out]);
    assert.ok(ends.some(({ reason }) => reason?.code === 'disposed'));
  });

  test('it aborts the mint that is under way, ends the subscription, and ignores what comes late', async (t) => {
    const asked = deferred();
    const answer = deferred();
    let subscribed = 0;
    const looks = [];
    const source = {
      getToken: ({ signal }) => (asked.resolve(signal), answer.promise),
      current: () => (looks.push('current'), ADA),
      subscribe: () => ((subscribed += 1), () => (subscribed -= 1)),
    };
    const { auth, events } = tab(t, { source });
    const token = auth.getToken();
    const signal = await asked.promise;
    assert.equal(subscribed, 1);
    auth.dispose();
    assert.equal(subscribed, 0);
    assert.equal(signal.aborted, true);
    assertError(await rejection(token), 'disposed');
    events.length = looks.length = 0;
    answer.resolve(jwt());
    await answer.promise;
    await new Promise(setImmediate);
    assert.deepEqual([events, looks], [[], []]);
  });

  test('one instance disposed leaves another alone', async (t) => {
    const source = fakeSource({ accounts: [ADA] });
    const [one, two] = [tab(t, { source }).auth, tab(t, { source }).auth];
    await one.getToken();
    one.dispose();
    assert.equal(typeof (await two.getToken()), 'string');
  });
});
