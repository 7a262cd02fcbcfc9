/** A token rendered into the page by the server. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertSecretless, BOB, deferred, idOf, jwt, next, rejection, subOf, tab, until } from './kit.mjs';

/** A provider that is still loading. */
function loading() {
  let current;
  const listeners = new Set();
  return {
    minted: 0,
    getToken() {
      this.minted += 1;
      return Promise.resolve(jwt({ sub: current.userId, sid: current.sessionId }));
    },
    current: () => current,
    sessions: () => current && [current],
    subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    loads(session) {
      current = session;
      for (const listener of listeners) listener();
    },
  };
}

describe('initialToken', () => {
  test('it answers the first ask before the source is ready, once', async (t) => {
    const source = loading();
    const initialToken = jwt();
    const { auth, events } = tab(t, { source, initialToken });
    assert.equal(idOf(await auth.getToken()), idOf(initialToken));
    assert.equal(source.minted, 0);
    const second = auth.getToken();
    source.loads(ADA);
    assert.notEqual(idOf(await second), idOf(initialToken));
    assert.deepEqual(
      events.filter(({ type }) => type === 'token').map(({ origin }) => origin),
      ['initial', 'minted'],
    );
  });

  test('its account is provisional, and the same once the source confirms it', async (t) => {
    const source = loading();
    const { auth, events } = tab(t, { source, initialToken: jwt() });
    const account = auth.account();
    assert.equal(auth.getSnapshot().status, 'unknown');
    assert.deepEqual(auth.getSnapshot().session, ADA);
    await account.getToken();
    source.loads(ADA);
    assert.equal(auth.getSnapshot().status, 'signed_in');
    assert.equal(auth.account(), account);
    assert.equal(events.find(({ type }) => type === 'pinned').cause, 'first');
  });

  test('of another account than the source knows, the source wins', async (t) => {
    const source = loading();
    const { auth } = tab(t, { source, initialToken: jwt() });
    const account = auth.account();
    const served = idOf(await auth.getToken());
    const waits = auth.getToken();
    source.loads(BOB);
    assert.equal((await rejection(waits)).code, 'account_changed');
    assert.equal(account.signal.aborted, true);
    assert.equal(await account.fetchToken(), null);
    const token = await auth.getToken();
    assert.equal(subOf(token), BOB.userId);
    assert.notEqual(idOf(token), served);
  });

  test('it never answers a forced ask, nor one for another template', async (t) => {
    const initialToken = jwt();
    for (const ask of [(auth) => auth.getToken({ forceRefresh: true }), (auth) => auth.withTemplate('convex').getToken()]) {
      const source = loading();
      const { auth } = tab(t, { source, initialToken });
      const token = ask(auth);
      source.loads(ADA);
      assert.notEqual(idOf(await token), idOf(initialToken));
    }
  });

  test('it belongs to the configured template', async (t) => {
    const initialToken = jwt();
    const { auth } = tab(t, { source: loading(), initialToken, template: 'convex' });
    assert.equal(idOf(await auth.fetchToken()), idOf(initialToken));
  });

  test('a bare function confirms it with its first token', async (t) => {
    const { auth } = tab(t, { source: async () => jwt(), initialToken: jwt() });
    const account = auth.account();
    await auth.getToken();
    await auth.getToken();
    assert.equal(auth.getSnapshot().status, 'signed_in');
    assert.equal(auth.account(), account);
    assert.equal(account.signal.aborted, false);
  });

  for (const none of [null, undefined, '']) {
    test(`${JSON.stringify(none)} is none`, async (t) => {
      const { auth, events } = tab(t, { initialToken: none });
      await auth.getToken();
      assert.ok(events.every(({ type }) => type !== 'refused'));
    });
  }
});

describe('a seed that will not do is refused with the reason, and nothing is lost', () => {
  const past = Math.floor(Date.now() / 1000) - 600;
  const wrong = {
    malformed: ['token_malformed', 'not-a-token-at-all'],
    'the word null': ['token_malformed', 'null'],
    'with a newline': ['token_malformed', `${jwt()}\n`],
    expired: ['token_expired', jwt({ iat: past, exp: past + 60 })],
    'of another issuer': ['issuer_mismatch', jwt({ iss: 'https://elsewhere.example' })],
  };

  for (const [what, [code, initialToken]] of Object.entries(wrong)) {
    test(`${what}: ${code}`, async (t) => {
      const { auth, events } = tab(t, { initialToken, issuer: 'https://provider.example' });
      const statuses = [];
      auth.subscribe(() => statuses.push(auth.getSnapshot().status));
      const token = await auth.getToken();
      assert.equal(subOf(token), ADA.userId);
      const refused = events.filter(({ type }) => type === 'refused');
      assert.deepEqual(
        refused.map(({ origin, error }) => [origin, error.code]),
        [['initial', code]],
      );
      for (const sentence of [refused[0].error.message, refused[0].error.suggestion]) assert.match(sentence, /^[A-Z].*\.$/);
      assert.ok(!statuses.includes('signed_out'));
      assert.equal(auth.stats().refused, 1);
      assertSecretless(
        events,
        [initialToken.split('.').at(-1).trim()].filter((part) => part.length > 10),
      );
    });
  }

  test('of another account, when the source has already said whose the tab is', async (t) => {
    const { auth, events } = tab(t, { initialToken: jwt({ sub: BOB.userId, sid: BOB.sessionId }) });
    assert.equal(subOf(await auth.getToken()), ADA.userId);
    const { origin, error } = events.find(({ type }) => type === 'refused');
    assert.deepEqual([origin, error.code], ['initial', 'wrong_account']);
    assert.match(error.message, /sess_bob.*sess_ada/);
  });
});

describe('seed', () => {
  test('it hands over a token after creation', async (t) => {
    const source = loading();
    const { auth, events } = tab(t, { source });
    auth.account();
    const token = jwt();
    auth.seed(token);
    assert.equal(idOf(await auth.getToken()), idOf(token));
    assert.equal(events[0].origin, 'initial');
  });

  for (const none of [null, undefined]) {
    test(`${none} is none`, (t) => {
      const { auth, events } = tab(t, { source: loading() });
      auth.seed(none);
      assert.deepEqual(events, []);
    });
  }

  test('one for the wrong account is refused while the tab keeps to its own', async (t) => {
    const { auth } = tab(t);
    await auth.getToken();
    const refused = next(auth, 'refused');
    auth.seed(jwt({ sub: BOB.userId, sid: BOB.sessionId }));
    assert.equal((await refused).error.code, 'wrong_account');
    assert.equal(subOf(await auth.getToken()), ADA.userId);
  });

  test('what was seeded in time answers who already waits', async (t) => {
    const answer = deferred();
    const { auth } = tab(t, { source: () => answer.promise });
    const token = auth.getToken();
    auth.seed(jwt());
    answer.resolve(jwt());
    assert.equal(subOf(await token), ADA.userId);
    await until(auth, ({ status }) => status === 'signed_in');
  });

  for (const wrong of [5, {}, true, Symbol('x')]) {
    test(`a ${typeof wrong} is refused as malformed`, async (t) => {
      const { auth } = tab(t);
      await auth.getToken();
      const refused = next(auth, 'refused');
      auth.seed(wrong);
      assert.equal((await refused).error.code, 'token_malformed');
    });
  }
});

test('a seed that names no user is malformed, also before the source has said anything', async (t) => {
  const source = loading();
  const { auth, events } = tab(t, { source, initialToken: jwt({ sub: undefined }) });
  assert.equal(auth.account().session, null);
  assert.deepEqual(
    events.map(({ error }) => error?.code),
    ['token_malformed'],
  );
  source.loads(ADA);
  assert.equal(subOf(await auth.getToken()), ADA.userId);
});
