/** The ways to a token. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeClaims } from 'tabpin';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertError, deferred, idOf, jwt, rejection, subOf, tab } from './kit.mjs';

describe('getToken', () => {
  test('many ask, one is minted, and all get the same', async (t) => {
    const { auth, source } = tab(t);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => auth.getToken()));
    assert.equal(new Set(tokens).size, 1);
    assert.equal(source.minted, 1);
    const { asked, coalesced, minted } = auth.stats();
    assert.deepEqual({ asked, coalesced, minted }, { asked: 20, coalesced: 19, minted: 1 });
  });

  test('forceRefresh brings another one, for everybody after it too', async (t) => {
    const { auth } = tab(t);
    const first = idOf(await auth.getToken());
    const second = idOf(await auth.getToken({ forceRefresh: true }));
    assert.notEqual(second, first);
    assert.equal(idOf(await auth.getToken()), second);
  });

  test('the source is told the session, whether to bypass caches, and no template that nobody asked for', async (t) => {
    const requests = [];
    const source = fakeSource({ accounts: [ADA] });
    const mint = source.getToken;
    source.getToken = (request) => (requests.push(request), mint(request));
    const { auth } = tab(t, { source });
    await auth.getToken();
    await auth.getToken({ forceRefresh: true });
    assert.deepEqual(
      requests.map(({ session, skipCache }) => ({ session, skipCache })),
      [
        { session: ADA, skipCache: false },
        { session: ADA, skipCache: true },
      ],
    );
    for (const request of requests) {
      assert.deepEqual(Object.keys(request).sort(), ['session', 'signal', 'skipCache']);
      assert.ok(request.signal instanceof AbortSignal);
    }
  });

  test('a timeout of its own rejects with the reason', async (t) => {
    const { auth, source } = tab(t);
    source.fault('hang');
    assertError(await rejection(auth.getToken({ timeoutMs: 30 })), 'source_timeout', { cures: /token endpoint/ });
  });

  test('a signal aborted while it waits rejects, and calls off the mint that nobody waits for', async (t) => {
    const called = deferred();
    const source = { getToken: (request) => (called.resolve(request), new Promise(() => {})) };
    const { auth } = tab(t, { source });
    const controller = new AbortController();
    const token = auth.getToken({ signal: controller.signal });
    const { signal } = await called.promise;
    assert.equal(signal.aborted, false);
    controller.abort();
    const error = await rejection(token);
    assertError(error, 'aborted');
    assert.equal(error.cause, controller.signal.reason);
    assert.equal(signal.aborted, true);
  });

  test('aborting one waiter does not disturb the other', async (t) => {
    const answer = deferred();
    const { auth } = tab(t, { source: () => answer.promise });
    const controller = new AbortController();
    const left = auth.getToken({ signal: controller.signal });
    const stays = auth.getToken();
    controller.abort();
    assertError(await rejection(left), 'aborted');
    answer.resolve(jwt());
    assert.equal(subOf(await stays), ADA.userId);
  });

  test('a signal aborted before is rejected, also when a token is at hand', async (t) => {
    const { auth } = tab(t);
    const error = await rejection(auth.getToken({ signal: AbortSignal.abort('changed my mind') }));
    assertError(error, 'aborted');
    assert.equal(error.cause, 'changed my mind');
    await auth.getToken();
    assertError(await rejection(auth.getToken({ signal: AbortSignal.abort() })), 'aborted');
  });

  for (const timeoutMs of [Infinity, Number.MAX_VALUE, 2 ** 53, 2 ** 31]) {
    test(`a timeout of ${timeoutMs} ms waits, and does not spin`, async (t) => {
      const timers = t.mock.method(globalThis, 'setTimeout');
      const answer = deferred();
      const { auth } = tab(t, { source: () => answer.promise, timeoutMs: Math.min(timeoutMs, Number.MAX_VALUE) });
      const tokens = [auth.getToken({ timeoutMs }), auth.getToken()];
      const delays = timers.mock.calls.map(({ arguments: [, delay] }) => delay);
      assert.ok(
        delays.every((delay) => delay > 1000 && delay < 2 ** 31),
        `timers of ${delays} ms`,
      );
      answer.resolve(jwt());
      for (const token of tokens) assert.equal(subOf(await token), ADA.userId);
    });
  }

  test('a token near its end is replaced without anybody asking', async (t) => {
    const source = fakeSource({ accounts: [ADA], lifetimeMs: 2000 });
    const { auth } = tab(t, { source });
    const first = idOf(await auth.getToken());
    const refreshed = new Promise((resolve) => auth.on('token', resolve));
    assert.equal((await refreshed).origin, 'minted');
    assert.notEqual(idOf(await auth.getToken()), first);
  });

  test('autoRefresh: false refreshes only when asked', async (t) => {
    const timers = t.mock.method(globalThis, 'setTimeout');
    const { auth } = tab(t, { autoRefresh: false });
    await auth.getToken();
    await Promise.resolve();
    const count = timers.mock.callCount();
    await auth.getToken();
    assert.equal(timers.mock.callCount(), count);
  });
});

describe('accessToken and fetchToken', () => {
  test('both give the token at hand', async (t) => {
    const { auth } = tab(t);
    const id = idOf(await auth.getToken());
    assert.equal(idOf(await auth.accessToken()), id);
    assert.equal(idOf(await auth.fetchToken()), id);
    assert.equal(idOf(await auth.fetchToken({ forceRefreshToken: false })), id);
  });

  test('both answer null when nobody is signed in', async (t) => {
    const { auth } = tab(t, { source: fakeSource({ accounts: [] }) });
    assert.equal(await auth.accessToken(), null);
    assert.equal(await auth.fetchToken(), null);
    assertError(await rejection(auth.getToken()), 'signed_out', { cures: /sign in/ });
  });

  test('options that throw when they are read reject, and fetchToken answers null', async (t) => {
    const { auth } = tab(t);
    const spoilt = {
      get forceRefreshToken() {
        throw new Error('read');
      },
      get forceRefresh() {
        throw new Error('read');
      },
    };
    assert.equal(await auth.fetchToken(spoilt), null);
    await assert.rejects(auth.getToken(spoilt), /read/);
  });

  test('a forced fetchToken never answers with the token it was given before', async (t) => {
    const { auth, source } = tab(t);
    const seen = [idOf(await auth.fetchToken())];
    for (const fault of ['same', 'reject', null]) {
      if (fault) source.fault(fault);
      seen.push(idOf(await auth.fetchToken({ forceRefreshToken: true })));
    }
    assert.equal(new Set(seen).size, seen.length);
  });

  test('fetchToken out of budget answers null, says so, and says when a token can be had again', async (t) => {
    const { auth, source, events } = tab(t, { giveUpAfterMs: 50 });
    source.fault('reject', 3);
    const recovered = new Promise((resolve) => auth.on('recovered', resolve));
    assert.equal(await auth.fetchToken(), null);
    const { error } = events.find(({ type }) => type === 'gave_up');
    assert.equal(error.code, 'source_rejected');
    await recovered;
    assert.equal(subOf(await auth.fetchToken()), ADA.userId);
  });

  test('accessToken rejects where no token can be had although somebody is signed in', async (t) => {
    const { auth, source } = tab(t, { timeoutMs: 30 });
    source.fault('hang');
    assertError(await rejection(auth.accessToken()), 'source_timeout');
  });
});

describe('withTemplate', () => {
  test('each template has its own token, of the same account', async (t) => {
    const { auth, source } = tab(t);
    const convex = auth.withTemplate('convex');
    const plain = decodeClaims(await auth.getToken());
    const templated = decodeClaims(await convex.getToken());
    assert.equal(plain.template, undefined);
    assert.equal(templated.template, 'convex');
    assert.equal(templated.sub, plain.sub);
    assert.equal(idOf(await auth.withTemplate('convex').getToken()), templated.jti);
    assert.equal(source.minted, 2);
  });

  test('null is the default token where a template is configured', async (t) => {
    const { auth } = tab(t, { template: 'convex' });
    assert.equal(decodeClaims(await auth.getToken()).template, 'convex');
    assert.equal(decodeClaims(await auth.withTemplate(null).getToken()).template, undefined);
    assert.equal(decodeClaims(await auth.account().getToken()).template, 'convex');
  });

  test('its fetchToken is bound like the root one', async (t) => {
    const { auth, source } = tab(t);
    await auth.ready();
    const { fetchToken } = auth.withTemplate('convex');
    assert.equal(decodeClaims(await fetchToken()).template, 'convex');
    source.signIn({ sessionId: 'sess_bob', userId: 'user_bob' });
    assert.equal(await fetchToken(), null);
    assert.equal(subOf(await auth.withTemplate('convex').getToken()), 'user_bob');
  });
});

test('every function works detached from its object', async (t) => {
  const { auth } = tab(t);
  for (const owner of [auth, auth.account(), auth.withTemplate('convex')]) {
    const { fetchToken, getToken, accessToken, headers, peekHeaders } = owner;
    for (const token of [await getToken(), await fetchToken(), await accessToken()]) assert.equal(subOf(token), ADA.userId);
    assert.match((await headers()).authorization, /^Bearer /);
    assert.match(peekHeaders().authorization, /^Bearer /);
  }
  const { account, withTemplate, ready, seed, getSnapshot, getServerSnapshot, subscribe, on } = auth;
  const { pin, unpin, signOut, waitForClaims, explain, stats, dispose } = auth;
  assert.equal(account(), auth.account());
  assert.equal(typeof withTemplate(null).getToken, 'function');
  assert.equal((await ready()).status, 'signed_in');
  seed(null);
  assert.equal(getSnapshot(), auth.getSnapshot());
  assert.equal(getServerSnapshot(), auth.getServerSnapshot());
  subscribe(() => {})();
  on('token', () => {})();
  on(() => {})();
  await pin(ADA);
  assert.equal((await waitForClaims(() => true)).sub, ADA.userId);
  assert.deepEqual(explain(), []);
  assert.equal(stats().failed, 0);
  unpin();
  await signOut();
  dispose();
});

test('stats tell the expiry of the token at hand, and that a mint is under way', async (t) => {
  const { auth } = tab(t);
  assert.deepEqual(Object.keys(auth.stats()).sort(), [
    'adopted',
    'asked',
    'coalesced',
    'expiresAt',
    'failed',
    'minted',
    'refreshing',
    'refused',
    'skewMs',
    'tabs',
  ]);
  assert.equal(auth.stats().expiresAt, null);
  const waits = auth.getToken();
  assert.equal(auth.stats().refreshing, true);
  assert.equal(auth.stats().expiresAt, null);
  const { exp } = decodeClaims(await waits);
  assert.equal(auth.stats().refreshing, false);
  assert.equal(auth.stats().expiresAt, exp * 1000);
});
