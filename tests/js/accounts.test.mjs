/** Who the tab is: one account object per generation of the pin. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertError, BOB, deferred, idOf, jwt, next, rejection, subOf, tab, until } from './kit.mjs';

const two = () => fakeSource({ accounts: [ADA, BOB] });

/** A bare function whose tokens are Ada's. */
const bare = () => Promise.resolve(jwt());

describe('the account', () => {
  test('it is one object until the tab moves on', async (t) => {
    const { auth, source } = tab(t, { source: two() });
    const account = auth.account();
    await auth.getToken();
    assert.equal(auth.account(), account);
    source.switchTo(BOB);
    assert.notEqual(auth.account(), account);
    assert.deepEqual(auth.account().session, BOB);
  });

  test('the one from before the first pin is filled in', async (t) => {
    const { auth } = tab(t, { source: bare });
    const account = auth.account();
    const { signal } = account;
    assert.equal(account.session, null);
    assert.equal(subOf(await account.getToken()), ADA.userId);
    assert.equal(auth.account(), account);
    assert.deepEqual(account.session, ADA);
    assert.equal(account.signal, signal);
    assert.equal(signal.aborted, false);
    assert.equal(auth.getSnapshot().accountKey, account.key);
  });

  test('one ended by a switch aborts its signal and never answers with a token again', async (t) => {
    const { auth, source } = tab(t, { source: two() });
    const ada = auth.account();
    await ada.getToken();
    source.switchTo(BOB);
    assert.equal(ada.signal.aborted, true);
    assert.equal(await ada.fetchToken(), null);
    assert.equal(await ada.fetchToken({ forceRefreshToken: true }), null);
    assertError(await rejection(ada.getToken()), 'account_changed');
    assertError(await rejection(ada.headers()), 'account_changed');
    assertError(await rejection(ada.accessToken()), 'account_changed');
    assert.deepEqual(ada.session, ADA);
    source.switchTo(ADA);
    assertError(await rejection(ada.getToken()), 'account_changed');
    assert.equal(subOf(await auth.getToken()), ADA.userId);
  });

  test('what waits on one that ends is rejected, and `fetchToken` answers null', async (t) => {
    const { auth, source } = tab(t, { source: two() });
    source.fault('hang', 9);
    const waits = [auth.getToken(), auth.headers(), auth.waitForClaims(() => true)];
    const fetched = auth.fetchToken();
    source.switchTo(BOB);
    for (const wait of waits) assertError(await rejection(wait), 'account_changed');
    assert.equal(await fetched, null);
  });

  test('the root `fetchToken` is bound to the account at the moment it is read', async (t) => {
    const { auth, source } = tab(t, { source: two() });
    await auth.ready();
    const { fetchToken } = auth;
    assert.equal(auth.fetchToken, fetchToken);
    assert.equal(auth.account().fetchToken, fetchToken);
    source.switchTo(BOB);
    assert.equal(await fetchToken(), null);
    assert.notEqual(auth.fetchToken, fetchToken);
    assert.equal(subOf(await auth.fetchToken()), BOB.userId);
  });

  test('read before the first pin, `fetchToken` belongs to the account that is filled in', async (t) => {
    const { auth } = tab(t, { source: bare });
    const { fetchToken } = auth;
    assert.equal(subOf(await fetchToken()), ADA.userId);
    assert.equal(subOf(await fetchToken()), ADA.userId);
  });

  test('another organization is another account of the same session', async (t) => {
    let organization = 'org_one';
    const source = Object.assign(two(), { variant: () => organization });
    const { auth } = tab(t, { source });
    const before = auth.account();
    await before.getToken();
    organization = 'org_two';
    source.switchTo(ADA);
    const after = auth.account();
    assert.notEqual(after, before);
    assert.notEqual(after.key, before.key);
    assert.deepEqual(after.session, ADA);
    assert.equal(before.signal.aborted, true);
    assert.equal(await before.fetchToken(), null);
    assert.equal(auth.getSnapshot().accountKey, after.key);
  });

  test('keys differ wherever the account, its session, its variant or the issuer does', async (t) => {
    const sessions = [
      { userId: 'a', sessionId: 'b' },
      { userId: 'ab', sessionId: null },
      { userId: 'a', sessionId: 'c' },
      { userId: 'a:b', sessionId: null },
    ];
    const keys = [];
    for (const session of sessions) {
      for (const issuer of [undefined, 'https://provider.example']) {
        for (const variant of [undefined, 'b']) {
          const source = Object.assign(fakeSource({ accounts: [session] }), { variant: () => variant });
          keys.push(tab(t, { source, issuer }).auth.account().key);
        }
      }
    }
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(keys.every((key) => key.length > 0));
  });

  test('signed out from the start, the snapshot and the account agree on the key', async (t) => {
    const { auth } = tab(t, { source: fakeSource({ accounts: [] }) });
    const { status, accountKey } = await auth.ready();
    assert.equal(status, 'signed_out');
    assert.ok(accountKey === null || accountKey === auth.account().key);
  });
});

describe('pin, unpin and signOut', () => {
  test('pin moves the tab, and settles once the source has selected', async (t) => {
    const selected = deferred();
    const source = Object.assign(two(), { select: () => selected.promise });
    const { auth, events } = tab(t, { source });
    await auth.ready();
    let done = false;
    const pinned = auth.pin(BOB).then(() => (done = true));
    assert.deepEqual(auth.account().session, BOB);
    const { cause, previous } = events.findLast(({ type }) => type === 'pinned');
    assert.deepEqual({ cause, previous }, { cause: 'asked', previous: ADA });
    await Promise.resolve();
    assert.equal(done, false);
    selected.resolve();
    await pinned;
    assert.equal(subOf(await auth.getToken()), BOB.userId);
  });

  test('pin rejects when the source cannot select', async (t) => {
    const source = Object.assign(two(), { select: () => Promise.reject(Object.assign(new Error(), { status: 403 })) });
    const { auth } = tab(t, { source });
    await auth.ready();
    assertError(await rejection(auth.pin(BOB)), 'source_rejected', { says: /403/ });
  });

  test('pin refuses a session that is not signed in to this browser', async (t) => {
    const { auth } = tab(t, { source: two() });
    await auth.ready();
    assertError(await rejection(auth.pin({ sessionId: 'sess_eve', userId: 'user_eve' })), 'session_lost');
    assert.deepEqual(auth.account().session, ADA);
  });

  for (const [what, wrong] of Object.entries({ nothing: undefined, null: null, text: 'sess_bob', 'no user': { sessionId: 'sess_bob' } })) {
    test(`pin refuses ${what} as a session`, async (t) => {
      const { auth } = tab(t, { source: two() });
      await auth.ready();
      assertError(await rejection(auth.pin(wrong)), 'invalid_option', { says: /pin/, cures: /sessions/ });
      assert.deepEqual(auth.account().session, ADA);
    });
  }

  test('unpin loses the account, and pin brings one back', async (t) => {
    const { auth, events } = tab(t, { source: two() });
    const ada = auth.account();
    await auth.getToken();
    auth.unpin();
    assert.equal(auth.getSnapshot().status, 'lost');
    assert.equal(ada.signal.aborted, true);
    assert.equal(events.findLast(({ type }) => type === 'lost').error.code, 'session_lost');
    assertError(await rejection(auth.getToken()), 'session_lost', { cures: /pin/ });
    assertError(await rejection(auth.accessToken()), 'session_lost');
    assert.equal(await auth.fetchToken(), null);
    await auth.pin(ADA);
    assert.equal(auth.getSnapshot().status, 'signed_in');
    assert.equal(subOf(await auth.getToken()), ADA.userId);
  });

  test('signOut fences first, then ends this session at the provider and no other', async (t) => {
    const source = two();
    const ended = deferred();
    const signOut = source.signOut;
    source.signOut = async (session) => {
      await ended.promise;
      await signOut(session);
    };
    const { auth, events } = tab(t, { source });
    const ada = auth.account();
    await auth.getToken();
    const out = auth.signOut();
    assert.equal(ada.signal.aborted, true);
    assert.equal(auth.getSnapshot().status, 'signed_out');
    assert.equal(await ada.fetchToken(), null);
    assert.equal(await auth.accessToken(), null);
    assertError(await rejection(auth.getToken()), 'signed_out');
    assert.deepEqual(events.at(-1).session, ADA);
    ended.resolve();
    await out;
    assert.deepEqual(source.sessions(), [BOB]);
    assert.equal(auth.getSnapshot().status, 'signed_out', 'who was there before is not adopted');
    await auth.pin(BOB);
    assert.equal(subOf(await auth.getToken()), BOB.userId);
  });

  test('a sign-out that fails at the provider rejects, and the tab stays signed out', async (t) => {
    const source = Object.assign(two(), { signOut: () => Promise.reject(new TypeError('fetch failed')) });
    const { auth } = tab(t, { source });
    await auth.ready();
    assertError(await rejection(auth.signOut()), 'offline');
    assert.equal(auth.getSnapshot().status, 'signed_out');
  });

  test('signing out when nobody is signed in is done at once', async (t) => {
    const { auth } = tab(t, { source: fakeSource({ accounts: [] }) });
    assert.equal(await auth.signOut(), undefined);
  });

  test('the session ended elsewhere: lost while others remain, signed out when nobody does', async (t) => {
    const source = Object.assign(two(), { perTab: false });
    const { auth } = tab(t, { source });
    await auth.getToken();
    const lost = next(auth, 'lost');
    await source.signOut(ADA);
    assert.deepEqual((await lost).session, ADA);
    assert.equal(auth.getSnapshot().status, 'lost');
    const left = until(auth, ({ status }) => status === 'signed_out');
    await source.signOut(BOB);
    assert.equal((await left).session, null);
  });

  test('a browser-wide switch is drift, and the tab stays', async (t) => {
    const source = Object.assign(two(), { perTab: false });
    const { auth } = tab(t, { source });
    const id = idOf(await auth.getToken());
    const drift = next(auth, 'drift');
    source.switchTo(BOB);
    assert.deepEqual(await drift, { type: 'drift', pinned: ADA, seen: BOB.sessionId, where: 'source' });
    assert.equal(auth.getSnapshot().drifted, true);
    assert.equal(idOf(await auth.getToken()), id);
  });
});
