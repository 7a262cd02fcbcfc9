/** What goes into a request, and what never does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { authHeaders, MARKER_HEADER } from 'tabpin';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertError, BOB, jwt, rejection, subOf, tab } from './kit.mjs';

const CLOSED = 'Bearer tabpin.unavailable';
const closed = (code) => ({ authorization: CLOSED, [MARKER_HEADER]: code });

/** The header is `Bearer` and a token of this user's. */
function assertBearer({ authorization }, sub = ADA.userId) {
  const [scheme, token, ...rest] = authorization.split(' ');
  assert.equal(scheme, 'Bearer');
  assert.deepEqual(rest, []);
  assert.equal(subOf(token), sub);
}

const forms = {
  record: (pairs) => Object.fromEntries(pairs),
  list: (pairs) => pairs,
  Headers: (pairs) => new Headers(pairs),
};

describe('headers', () => {
  for (const [name, form] of Object.entries(forms)) {
    test(`a ${name} keeps what is in it, under lower-case names`, async (t) => {
      const { auth } = tab(t);
      const { authorization, ...rest } = await auth.headers(form([['X-Trace', '1']]));
      assertBearer({ authorization });
      assert.deepEqual(rest, { 'x-trace': '1' });
      assert.equal(auth.peekHeaders(form([['X-Trace', '1']]))['x-trace'], '1');
    });

    for (const key of ['authorization', 'Authorization', 'AUTHORIZATION']) {
      test(`a ${name} with ${key} of its own is left alone`, async (t) => {
        const { auth } = tab(t);
        for (const value of ['Basic abc', 'Bearer own.token', 'DPoP x', '']) {
          const own = { authorization: value, 'x-trace': '1' };
          const init = form([
            [key, value],
            ['X-Trace', '1'],
          ]);
          assert.deepEqual(await auth.headers(init), own);
          assert.deepEqual(auth.peekHeaders(init), own);
        }
      });

      for (const value of [
        'Bearer null',
        'Bearer undefined',
        'Bearer ',
        'Bearer',
        'bearer null',
        'BEARER  undefined ',
        'Bearer [object Object]',
        'Bearer false',
      ]) {
        test(`a ${name} whose ${key} is ${JSON.stringify(value)} is refused`, async (t) => {
          const { auth } = tab(t);
          const error = await rejection(auth.headers(form([[key, value]])));
          assertError(error, 'token_malformed', { says: /authorization/, cures: /JWT/ });
          assert.throws(
            () => auth.peekHeaders(form([[key, value]])),
            ({ code }) => code === 'token_malformed',
          );
        });
      }
    }
  }

  test('a Bearer outside of the charset of RFC 6750 has no token in it: a promise that nobody awaited, a tab', async (t) => {
    const { auth } = tab(t);
    for (const authorization of ['Bearer [object Promise]', 'Bearer\tnull']) {
      assertError(await rejection(auth.headers({ authorization })), 'token_malformed');
    }
  });

  test('two spellings of the name with two tokens are refused', async (t) => {
    const init = { Authorization: 'Bearer one.a.b', authorization: 'Bearer two.a.b' };
    assertError(await rejection(tab(t).auth.headers(init)), 'token_malformed');
  });

  test('the object given is left as it was', async (t) => {
    const init = { 'X-Trace': '1' };
    await tab(t).auth.headers(init);
    assert.deepEqual(init, { 'X-Trace': '1' });
  });

  test('peekHeaders has the token once one is at hand, and asks for one until then', async (t) => {
    const { auth } = tab(t, { source: fakeSource({ accounts: [ADA, BOB] }) });
    assert.deepEqual(auth.peekHeaders(), closed('token_missing'));
    await new Promise((resolve) => auth.on('token', resolve));
    assertBearer(auth.peekHeaders());
  });
});

describe('without a token', () => {
  /** A tab in this state whose next request would run as `ambient`. */
  async function stateless(t, status, ambient, options = {}) {
    const accounts = status === 'signed_out' ? [] : options.sole ? [ADA] : [ADA, BOB];
    const source = Object.assign(fakeSource({ accounts }), { ambient: () => ambient });
    source.fault('hang', 99);
    if (status === 'unknown') source.current = () => undefined;
    const { auth } = tab(t, { source, timeoutMs: 20, ...options.options });
    if (status === 'lost') {
      await auth.ready();
      auth.unpin();
    }
    return auth;
  }
  const ada = { sessionId: ADA.sessionId };
  const bob = { sessionId: BOB.sessionId };
  const table = [
    ['signed_out', null, {}],
    ['signed_out', undefined, {}],
    ['signed_out', bob, closed('signed_out')],
    ['signed_in', ada, {}, { sole: true }],
    ['signed_in', ada, closed('source_timeout')],
    ['signed_in', bob, closed('source_timeout'), { sole: true }],
    ['signed_in', null, closed('source_timeout'), { sole: true }],
    ['signed_in', undefined, closed('source_timeout'), { sole: true }],
    ['lost', null, closed('session_lost')],
    ['lost', ada, closed('session_lost')],
    ['unknown', null, closed('source_not_ready')],
    ['unknown', ada, closed('source_not_ready')],
  ];
  for (const [status, ambient, wanted, options] of table) {
    const who = ambient === undefined ? 'cannot be told' : `is ${ambient?.sessionId ?? 'nobody'}`;
    test(`${status}${options ? ', the only session' : ''}, and the cookie ${who}: ${wanted[MARKER_HEADER] ?? 'nothing'}`, async (t) => {
      const auth = await stateless(t, status, ambient, options);
      assert.deepEqual(await auth.headers({ 'X-Trace': '1' }), { 'x-trace': '1', ...wanted });
    });
  }

  test('the cookie is read at the moment of sending', async (t) => {
    let ambient = null;
    const source = Object.assign(fakeSource({ accounts: [] }), { ambient: () => ambient });
    const { auth } = tab(t, { source });
    assert.deepEqual(await auth.headers(), {});
    ambient = bob;
    assert.deepEqual(await auth.headers(), closed('signed_out'));
  });

  for (const status of ['signed_out', 'signed_in', 'lost', 'unknown']) {
    test(`onMissingToken, ${status}: closed, omit and throw are as they say`, async (t) => {
      const ask = async (onMissingToken) => (await stateless(t, status, null, { options: { onMissingToken } })).headers();
      assert.equal((await ask('closed')).authorization, CLOSED);
      assert.deepEqual(await ask('omit'), {});
      const code = { signed_out: 'signed_out', signed_in: 'source_timeout', lost: 'session_lost', unknown: 'source_not_ready' }[status];
      assertError(await rejection(ask('throw')), code);
    });
  }
});

describe('authHeaders', () => {
  test('a token somebody else fetched goes behind Bearer', () => assertBearer(authHeaders(jwt())));

  for (const none of [null, undefined, '']) {
    test(`${JSON.stringify(none)} fails closed unless the browser has one session`, () => {
      assert.deepEqual(authHeaders(none), closed('token_missing'));
      assert.deepEqual(authHeaders(none, { multiSession: true }), closed('token_missing'));
      assert.deepEqual(authHeaders(none, { multiSession: null }), closed('token_missing'));
      assert.deepEqual(authHeaders(none, { multiSession: undefined, onMissingToken: undefined }), closed('token_missing'));
      assert.deepEqual(authHeaders(none, { multiSession: 'sess_ada, sess_bob' }), closed('token_missing'), 'anything but false');
      assert.deepEqual(authHeaders(none, { multiSession: ['sess_ada', 'sess_bob'] }), closed('token_missing'), 'anything but false');
      assert.deepEqual(authHeaders(none, { multiSession: false }), {});
      assert.deepEqual(authHeaders(none, { multiSession: false, onMissingToken: 'closed' }), closed('token_missing'));
      assert.deepEqual(authHeaders(none, { onMissingToken: 'omit' }), {});
      assert.throws(
        () => authHeaders(none, { onMissingToken: 'throw' }),
        (error) => (assertError(error, 'token_missing'), true),
      );
    });
  }

  for (const wrong of ['null', 'undefined', ' ', 'a b.c.d', 'a.b.c\n', 'a.b', 'Bearer a.b.c', 'é.b.c', '[object Object]']) {
    test(`${JSON.stringify(wrong)} never goes into a header`, () => {
      assert.deepEqual(authHeaders(wrong), closed('token_malformed'));
    });
  }

  for (const wrong of [42, {}, true, Symbol('x')]) {
    test(`a ${typeof wrong} never goes into a header`, () => {
      assert.equal(authHeaders(wrong).authorization, CLOSED);
    });
  }
});
