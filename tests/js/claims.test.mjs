/** Looking into tokens: waitForClaims, explain, explainToken, decodeClaims. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeClaims, explainToken } from 'tabpin';
import { fakeSource } from 'tabpin/testing';
import { ADA, assertError, assertSecretless, BOB, jwt, rejection, stopClocks, tab } from './kit.mjs';

/** A source whose tokens carry `role`, which changes when the provider has heard of it. */
function roles() {
  const requests = [];
  const state = { role: 'guest', reloads: 0, requests };
  return Object.assign(state, {
    getToken: async (request) => (requests.push(request), jwt({ role: state.role, template: request.template })),
    current: () => ADA,
    reload: async () => {
      state.reloads += 1;
      if (state.reloads === 2) state.role = 'admin';
    },
  });
}

describe('waitForClaims', () => {
  test('it refreshes until the claims are as wanted, and gives them', async (t) => {
    const source = roles();
    const { auth } = tab(t, { source });
    await auth.getToken();
    const claims = await auth.waitForClaims(({ role }) => role === 'admin');
    assert.equal(claims.role, 'admin');
    assert.equal(claims.sub, ADA.userId);
    assert.equal(source.reloads, 2);
    assert.ok(source.requests.slice(1).every(({ skipCache }) => skipCache));
    assert.equal(decodeClaims(await auth.getToken()).role, 'admin', 'the next token is the fresh one');
  });

  test('its default is the default token, whatever the configured template', async (t) => {
    const source = roles();
    const { auth } = tab(t, { source, template: 'convex' });
    assert.equal((await auth.waitForClaims(() => true)).template, undefined);
    assert.equal((await auth.waitForClaims(() => true, { template: 'convex' })).template, 'convex');
    assert.equal((await auth.waitForClaims(() => true, { template: null })).template, undefined);
  });

  test('it rejects in time when they never are', async (t) => {
    const during = await stopClocks(t);
    const { auth } = tab(t);
    const error = await during(rejection(auth.waitForClaims(() => false, { timeoutMs: 30 })));
    assertError(error, 'claims_timeout', { says: /1 refresh/, cures: /claim/ });
    assert.equal(error.cause.sub, 'user_ada', 'the claims that were seen last');
  });

  test('a predicate that throws rejects with what it threw, and disturbs nobody', async (t) => {
    const { auth } = tab(t);
    const own = new RangeError('mine');
    const thrown = () => {
      throw own;
    };
    assert.equal(await rejection(auth.waitForClaims(thrown)), own);
    assert.ok(await auth.waitForClaims(() => true));
  });

  test('it can be aborted, before and while it waits', async (t) => {
    const { auth } = tab(t);
    assertError(await rejection(auth.waitForClaims(() => true, { signal: AbortSignal.abort() })), 'aborted');
    const controller = new AbortController();
    const waits = auth.waitForClaims(() => (controller.abort(), false), { signal: controller.signal });
    assertError(await rejection(waits), 'aborted');
  });

  test('a switch ends it', async (t) => {
    const { auth, source } = tab(t, { source: fakeSource({ accounts: [ADA, BOB] }) });
    const waits = auth.waitForClaims(() => (source.switchTo(BOB), true));
    assertError(await rejection(waits), 'account_changed');
  });
});

describe('explain', () => {
  test('without a token it says that there is none', (t) => {
    const [finding] = tab(t).auth.explain();
    assert.equal(finding.code, 'token_missing');
  });

  test('it finds nothing wrong with a good token', async (t) => {
    const { auth } = tab(t, { issuer: ['https://other.example', 'https://provider.example'] });
    await auth.getToken();
    assert.deepEqual(auth.explain(), []);
  });
});

describe('explainToken', () => {
  const now = 1_800_000_000_000;
  const seconds = now / 1000;
  const token = jwt({ aud: ['one', 'two'], azp: 'https://app.example', iat: seconds - 30, exp: seconds + 30 });
  const codes = (...args) => explainToken(...args).map(({ code }) => code);

  test('a good token has no findings', () => {
    const expected = {
      issuer: 'https://provider.example',
      audience: 'two',
      authorizedParties: ['https://app.example'],
      session: ADA,
      now,
    };
    assert.deepEqual(explainToken(token, expected), []);
    assert.deepEqual(explainToken(jwt()), []);
  });

  test('none is missing', () => {
    for (const none of [null, undefined, '']) assert.deepEqual(codes(none), ['token_missing']);
  });

  test('every reason is one finding, with what was expected and what is', () => {
    const expected = {
      issuer: ['https://a.example', 'https://b.example'],
      audience: 'three',
      authorizedParties: ['https://b.example'],
      session: BOB,
      now,
    };
    const findings = explainToken(token, expected);
    assert.deepEqual(
      findings.map(({ code, expected: wanted, actual }) => [code, wanted, actual]),
      [
        ['wrong_account', 'sess_bob', 'sess_ada'],
        ['issuer_mismatch', 'https://a.example or https://b.example', 'https://provider.example'],
        ['audience_mismatch', 'three', 'one, two'],
        ['party_mismatch', 'https://b.example', 'https://app.example'],
      ],
    );
    for (const { message, suggestion, retryable } of findings) {
      assert.match(message, /\.$/);
      assert.match(suggestion, /\.$/);
      assert.equal(typeof retryable, 'boolean');
    }
    assertSecretless(findings);
  });

  test('times are compared with now', () => {
    assert.deepEqual(codes(token, { now: now + 60_000 }), ['token_expired']);
    assert.deepEqual(codes(token, { now: now - 60_000 }), ['issued_in_future']);
    assert.deepEqual(codes(jwt({ nbf: seconds + 60, iat: seconds, exp: seconds + 90 }), { now }), ['token_not_yet_valid']);
    assert.match(explainToken(token, { now: now + 60_000 })[0].message, /30 s ago/);
  });

  test('members given as undefined are not compared', () => {
    const nothing = { issuer: undefined, audience: undefined, authorizedParties: undefined, session: undefined, now: undefined };
    assert.deepEqual(explainToken(jwt(), nothing), []);
  });

  for (const wrong of ['null', 'a.b', 'a.b.c', 42, {}, true]) {
    test(`${JSON.stringify(wrong)} is malformed`, () => assert.deepEqual(codes(wrong), ['token_malformed']));
  }
});

describe('decodeClaims', () => {
  test('every claim is there, of whatever kind', () => {
    const odd = { text: 'é "\\ \u2028 😀', list: [1, { a: null }], nothing: null, number: -1.5e-7, __proto__: null };
    const { jti, iss, sub, sid, iat, exp, ...rest } = decodeClaims(jwt(odd));
    assert.deepEqual(rest, { ...odd });
    for (const claim of [jti, iss, sub, sid]) assert.equal(typeof claim, 'string');
    for (const claim of [iat, exp]) assert.equal(typeof claim, 'number');
  });

  const part = (text) => Buffer.from(text).toString('base64url');
  const wrong = {
    empty: '',
    'the word null': 'null',
    'one part': 'abc',
    'two parts': `${part('{}')}.${part('{"sub":"a"}')}`,
    'not base64url': `${part('{}')}.$$$$.x`,
    'not UTF-8': `${part('{}')}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.x`,
    'not JSON': `${part('{}')}.${part('{"secret_text":')}.x`,
    'an array': `${part('{}')}.${part('[1]')}.x`,
    'a string': `${part('{}')}.${part('"secret_text"')}.x`,
    nothing: undefined,
    null: null,
    'a number': 5,
    'an object': {},
  };
  for (const [what, token] of Object.entries(wrong)) {
    test(`${what} is malformed, and not shown`, () => {
      assert.throws(
        () => decodeClaims(token),
        (error) => {
          assertError(error, 'token_malformed', { secrets: ['secret_text', part('{"secret')] });
          return true;
        },
      );
    });
  }

  const shown = (value) => {
    try {
      return JSON.stringify(value);
    } catch {
      return 'too deep to be written';
    }
  };
  const payloads = [
    '{"a":01}',
    '{"a":1,}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":NaN}',
    '{"a":"\t"}',
    '{"a":"\\x41"}',
    '{"a":"\\u12"}',
    '{"a":"\\ud800"}',
    '{a:1}',
    "{'a':1}",
    '{"a" 1}',
    '{"a":1}x',
    '{"a":1}\u0000',
    '\ufeff{"a":1}',
    ' {"a":1} ',
    '{"a":tru}',
    '{"a":1e999}',
    '{"a":{"a":[[[{}]]]},"a":2}',
    `{"a":${'['.repeat(300_000)}${']'.repeat(300_000)}}`,
    `{"a":${'['.repeat(300_000)}}`,
    `{"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
  ];
  test('whatever JSON.parse reads differently from the core is malformed too, never another error', () => {
    for (const payload of payloads) {
      let wanted = null;
      try {
        wanted = shown(JSON.parse(payload.replace(/^\ufeff/, '')));
      } catch {}
      let read = null;
      try {
        read = shown(decodeClaims(`${part('{}')}.${part(payload)}.x`));
      } catch (error) {
        assertError(error, 'token_malformed');
      }
      assert.ok(read === null || read === wanted, `it reads ${payload.slice(0, 20)}`);
    }
    assert.equal(decodeClaims(jwt()).sub, ADA.userId, 'and the core is as well as before');
  });
});
