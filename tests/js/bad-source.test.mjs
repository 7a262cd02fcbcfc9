/**
 * A source that misbehaves: each fault has its code, cause and cure; no text of an answer is shown; nothing is lost.
 *
 * Each fault is played to a tab that is signed in, by a source that tells who is there and by a bare function.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADA, assertError, assertSecretless, deferred, jwt, rejection, stopClocks, subOf, tab } from './kit.mjs';

const SECRET = 'opensesame';
const rejecting = (reason) => () => Promise.reject(reason);
const returning = (value) => () => value;
const answering = (value) => () => Promise.resolve(value);
const malformed = { code: 'token_malformed', cures: /JWT/ };
const rejected = { code: 'source_rejected', cures: /status and quota/ };

const faults = {
  'throws an error synchronously': {
    ...rejected,
    getToken: () => {
      throw new Error(SECRET);
    },
  },
  'throws text synchronously': {
    ...rejected,
    getToken: () => {
      throw SECRET;
    },
  },
  'throws undefined synchronously': {
    ...rejected,
    getToken: () => {
      throw undefined;
    },
  },
  'rejects with an error': { ...rejected, getToken: rejecting(new Error(SECRET)) },
  'rejects with text': { ...rejected, getToken: rejecting(SECRET) },
  'rejects with null': { ...rejected, getToken: rejecting(null) },
  'rejects with undefined': { ...rejected, getToken: rejecting(undefined) },
  'rejects with a number': { ...rejected, getToken: rejecting(500) },
  'rejects with a symbol': { ...rejected, getToken: rejecting(Symbol(SECRET)) },
  'rejects with a bigint': { ...rejected, getToken: rejecting(5n) },
  'rejects with a function': { ...rejected, getToken: rejecting(() => SECRET) },
  'rejects with an object without a prototype': { ...rejected, getToken: rejecting(Object.create(null)) },
  'rejects with an object whose members throw': {
    ...rejected,
    getToken: rejecting(
      new Proxy(
        {},
        {
          get: () => {
            throw new Error(SECRET);
          },
        },
      ),
    ),
  },
  'rejects with members of odd kinds': {
    ...rejected,
    getToken: rejecting({ status: NaN, code: {}, errors: [null], message: 5, retryAfter: -1 }),
  },
  'rejects with a status and a code': {
    ...rejected,
    says: /HTTP 429, code too_many_requests/,
    getToken: rejecting({ status: 429, errors: [{ code: 'too_many_requests', message: SECRET }] }),
  },
  'rejects with a token as its code': { ...rejected, getToken: () => Promise.reject({ code: jwt({ secret: SECRET }) }) },
  'has no network': { code: 'offline', cures: /network/, getToken: rejecting(new TypeError('Failed to fetch')) },
  'never settles': { code: 'source_timeout', cures: /token endpoint/, getToken: () => new Promise(() => {}) },
  'answers undefined': { code: 'source_not_ready', says: /undefined/, cures: /SDK/, getToken: answering(undefined) },
  'returns nothing at all': { code: 'source_not_ready', says: /undefined/, cures: /SDK/, getToken: returning(undefined) },
  'answers a number': { ...malformed, says: /not a string/, getToken: answering(42) },
  'answers an object': { ...malformed, says: /not a string/, getToken: answering({ token: SECRET }) },
  'answers a response': { ...malformed, says: /not a string/, getToken: answering(new Response(SECRET)) },
  'answers a boolean': { ...malformed, says: /not a string/, getToken: answering(true) },
  'answers a String object': { ...malformed, says: /not a string/, getToken: () => Promise.resolve(new String(jwt())) },
  'answers "null"': { ...malformed, getToken: answering('null') },
  'answers "undefined"': { ...malformed, getToken: answering('undefined') },
  'answers empty text': { ...malformed, says: /empty/, getToken: answering('') },
  'answers white space': { ...malformed, getToken: answering(' \t ') },
  'answers a token with a newline at its end': { ...malformed, getToken: () => Promise.resolve(`${jwt()}\n`) },
  'answers a token with a newline inside': { ...malformed, getToken: () => Promise.resolve(jwt().replace('.', '.\n')) },
  'answers a token in quotes': { ...malformed, getToken: () => Promise.resolve(JSON.stringify(jwt())) },
  'answers a token behind Bearer': { ...malformed, getToken: () => Promise.resolve(`Bearer ${jwt()}`) },
  'answers non-ASCII text': { ...malformed, getToken: answering(`é${SECRET}.ß.ü`) },
  'answers lone surrogates': { ...malformed, getToken: answering('\ud800.\udfff.x') },
  'answers a page of HTML': { ...malformed, getToken: answering(`<html>${SECRET}</html>`) },
  'answers 1 MB of text': { ...malformed, getToken: answering(SECRET.repeat(100_000)) },
  'answers 10 MB of text': { ...malformed, says: /longer than 1 MiB/, getToken: answering('a.'.repeat(5_000_000)) },
  'answers a token without a signature': { ...malformed, getToken: () => Promise.resolve(jwt().split('.').slice(0, 2).join('.')) },
  'answers a token without a user': { ...malformed, says: /sub/, getToken: () => Promise.resolve(jwt({ sub: undefined })) },
  'answers a token whose user is a number': { ...malformed, says: /sub/, getToken: () => Promise.resolve(jwt({ sub: 5 })) },
  "answers another account's token": {
    code: 'wrong_account',
    says: /sess_eve.*sess_ada/,
    cures: /request\.session/,
    getToken: () => Promise.resolve(jwt({ sub: 'user_eve', sid: 'sess_eve' })),
  },
  "answers another issuer's token": {
    code: 'issuer_mismatch',
    says: /elsewhere/,
    cures: /issuer/,
    getToken: () => Promise.resolve(jwt({ iss: 'https://elsewhere.example' })),
  },
  'answers an expired token': {
    code: 'token_expired',
    says: /\d s ago/,
    cures: /skipCache/,
    getToken: () => Promise.resolve(jwt({ iat: 1000, exp: 2000 })),
  },
  'settles with a thenable that throws': {
    ...rejected,
    getToken: returning({
      then: () => {
        throw new Error(SECRET);
      },
    }),
  },
  'returns a thenable that never settles': { code: 'source_timeout', cures: /token endpoint/, getToken: returning({ then() {} }) },
  'returns a thenable that rejects twice': {
    ...rejected,
    getToken: returning({ then: (_, reject) => (reject(SECRET), reject(new Error(SECRET))) }),
  },
};

/** A good source, until it is told to misbehave. */
function sources() {
  const state = { fault: null };
  const getToken = (request) => (state.fault ? state.fault(request) : Promise.resolve(jwt()));
  return {
    'a source that tells': { state, source: { getToken, current: () => ADA, sessions: () => [ADA] } },
    'a bare function': { state, source: getToken },
  };
}

for (const kind of Object.keys(sources())) {
  describe(`${kind} that`, () => {
    for (const [what, { code, says, cures, getToken }] of Object.entries(faults)) {
      test(`${what}: ${code}`, async (t) => {
        const during = await stopClocks(t);
        const { state, source } = sources()[kind];
        const { auth, events } = tab(t, { source, issuer: 'https://provider.example' });
        const logged = ['debug', 'log', 'info', 'warn', 'error'].map((name) => t.mock.method(console, name, () => {}));
        const statuses = [];
        auth.subscribe(() => statuses.push(auth.getSnapshot().status));
        await auth.getToken();

        state.fault = getToken;
        const error = await during(rejection(auth.getToken({ forceRefresh: true, timeoutMs: 100 })));
        assertError(error, code, { says, cures, secrets: [SECRET] });
        const shown = auth.getSnapshot().error;
        if (code !== 'source_timeout') assert.equal(shown.code, code);
        assertSecretless([events, shown, auth.stats()], [SECRET]);
        assert.equal(subOf(await auth.getToken()), ADA.userId, 'the live token still serves');
        assert.match((await auth.headers()).authorization, /^Bearer /);

        state.fault = null;
        assert.equal(subOf(await during(auth.getToken({ forceRefresh: true }))), ADA.userId);
        assert.equal(auth.getSnapshot().error, null);
        assert.ok(statuses.every((status) => status === 'signed_in'));
        assert.ok(logged.every(({ mock }) => mock.callCount() === 0));
      });
    }
  });
}

describe('before the first token', () => {
  for (const [what, { code, says, cures, getToken }] of Object.entries(faults)) {
    // By its first token a bare function tells who is there, so there is nobody yet to whom that would be foreign.
    if (code === 'wrong_account') continue;
    test(`a bare function that ${what}: ${code}, and the next call succeeds`, async (t) => {
      const during = await stopClocks(t);
      let fault = getToken;
      const { auth, events } = tab(t, { source: () => (fault ? fault() : Promise.resolve(jwt())), issuer: 'https://provider.example' });
      const statuses = [];
      auth.subscribe(() => statuses.push(auth.getSnapshot().status));
      const error = await during(rejection(auth.getToken({ timeoutMs: 100 })));
      assertError(error, code, { says, cures, secrets: [SECRET] });
      assertSecretless(events, [SECRET]);
      assert.notEqual(auth.getSnapshot().status, 'signed_out');
      fault = null;
      assert.equal(subOf(await during(auth.getToken())), ADA.userId);
      assert.equal(auth.getSnapshot().status, 'signed_in');
      assert.ok(!statuses.includes('signed_out'));
    });
  }
});

describe('a source may also', () => {
  test('return the token itself, without a promise', async (t) => {
    assert.equal(subOf(await tab(t, { source: () => jwt() }).auth.getToken()), ADA.userId);
  });

  test('settle twice: the first time counts', async (t) => {
    const source = () => ({ then: (resolve, reject) => (resolve(jwt()), resolve(jwt({ sub: 'user_eve' })), reject(new Error('late'))) });
    const { auth } = tab(t, { source });
    assert.equal(subOf(await auth.getToken()), ADA.userId);
    assert.equal(auth.stats().failed, 0);
  });

  test('carry claims of half a megabyte', async (t) => {
    const { auth } = tab(t, { source: async () => jwt({ groups: 'x'.repeat(500_000) }) });
    assert.equal(subOf(await auth.getToken()), ADA.userId);
  });

  for (const [what, claims] of Object.entries({
    'no exp': { exp: undefined },
    'an exp at the end of time': { exp: 1e30 },
    'an iat before time': { iat: -1e30 },
    'no times at all': { iat: undefined, exp: undefined },
    'times in fractions': { iat: Date.now() / 1000 - 0.5, exp: Date.now() / 1000 + 60.5 },
  })) {
    test(`give tokens with ${what}`, async (t) => {
      const { auth, events } = tab(t, { source: async () => jwt(claims) });
      assert.equal(subOf(await auth.getToken()), ADA.userId);
      const { expiresAt } = events.find((event) => event?.type === 'token');
      assert.ok(Number.isFinite(new Date(expiresAt).getTime()));
      assert.equal(typeof auth.stats().minted, 'number');
      assert.deepEqual(auth.explain(), []);
    });
  }

  test('call back while it is subscribed to, and after the subscription ended', async (t) => {
    const listeners = [];
    const source = { getToken: async () => jwt(), current: () => ADA, subscribe: (listener) => (listener(), listeners.push(listener)) };
    const { auth } = tab(t, { source });
    assert.equal(subOf(await auth.getToken()), ADA.userId);
    const before = auth.getSnapshot();
    auth.dispose();
    for (const listener of listeners) listener();
    assert.equal(auth.getSnapshot(), before);
  });

  test('ask the instance that asks it', async (t) => {
    const inner = deferred();
    const source = () => {
      auth.getSnapshot();
      auth.peekHeaders();
      inner.resolve(auth.getToken());
      return Promise.resolve(jwt());
    };
    const { auth } = tab(t, { source });
    const [one, two] = await Promise.all([auth.getToken(), inner.promise]);
    assert.ok(one === two);
  });
});

describe('the optional members of a source', () => {
  const broken = () => {
    throw new Error(SECRET);
  };
  const good = { getToken: async () => jwt(), current: () => ADA, sessions: () => [ADA] };
  const odd = {
    throws: broken,
    'answers a number': () => 5,
    'answers text': () => SECRET,
    'answers an object': () => ({ secret: SECRET }),
  };
  for (const member of ['sessions', 'ambient', 'variant', 'subscribe']) {
    for (const [how, value] of Object.entries(odd)) {
      test(`${member} ${how}: the tab works all the same`, async (t) => {
        const { auth, events } = tab(t, { source: { ...good, [member]: value } });
        assert.equal(subOf(await auth.getToken()), ADA.userId);
        assert.equal(subOf((await auth.headers()).authorization.slice(7)), ADA.userId);
        if (member !== 'variant') assertSecretless([events, auth.getSnapshot()], [SECRET]);
      });
    }
  }

  for (const [how, value] of Object.entries({
    ...odd,
    'lacks the user': () => ({ sessionId: 'x' }),
    'has a number as the user': () => ({ userId: 5 }),
  })) {
    test(`current ${how}: it is not known yet who is there`, async (t) => {
      let current = value;
      const { auth } = tab(t, { source: { ...good, current: () => current() } });
      assertError(await rejection(auth.getToken({ timeoutMs: 20 })), 'source_not_ready', { secrets: [SECRET] });
      assert.equal(auth.getSnapshot().status, 'unknown');
      current = () => ADA;
      assert.equal(subOf(await auth.getToken()), ADA.userId);
    });
  }

  test('a list with holes and strangers is read as far as it can be', (t) => {
    const sessions = [null, 5, { userId: 5 }, ADA, , { userId: 'user_bob', sessionId: 5, startedAt: 1e300 }];
    const { auth } = tab(t, { source: { ...good, sessions: () => sessions } });
    assert.deepEqual(
      auth.getSnapshot().sessions.map(({ userId }) => userId),
      ['user_ada', 'user_bob'],
    );
  });

  test('select and signOut that throw reject the call they were made for', async (t) => {
    const source = { ...good, sessions: () => [ADA, { userId: 'user_bob', sessionId: 'sess_bob' }], select: broken, signOut: broken };
    const { auth } = tab(t, { source });
    await auth.ready();
    const pinned = auth.pin({ userId: 'user_bob', sessionId: 'sess_bob' });
    assertError(await rejection(pinned), 'source_rejected', { secrets: [SECRET] });
    assertError(await rejection(auth.signOut()), 'source_rejected', { secrets: [SECRET] });
  });
});
