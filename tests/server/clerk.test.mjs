/** What only Clerk does: a refresh on the server, its reasons, its cookies. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainToken } from 'tabpin';
import { guard } from 'tabpin/server';
import {
  ADA,
  bearer,
  BOB,
  CLOSED,
  cookie,
  createClerk,
  foreignKeys,
  HOST,
  MARKER,
  mint,
  PARTY,
  requestOf,
  startRefresher,
  suffixed,
  withClerk,
  word,
} from './kit.mjs';

/** The rule that was there first: the marker refuses where there is no authorization. `null` is a refusal. */
const naive = (request, session) => (request.headers.has(MARKER) && !request.headers.has('authorization') ? null : session.userId);

/** What the naive rule and the guard make of the same request. */
async function both(headers, client, method = 'GET') {
  const request = requestOf(headers, method);
  const session = await withClerk(request, {}, client);
  return { naive: naive(request, session), guarded: word(guard(request, session)), session };
}

describe('the ways around the naive rule', () => {
  test('another scheme beside the marker', async () => {
    const { naive, guarded } = await both({ [MARKER]: 'lost', authorization: 'Basic YTpi', ...(await cookie(BOB)) });
    assert.deepEqual({ naive, guarded }, { naive: BOB.sub, guarded: '401 tab_token_missing' });
    const unmarked = await both({ authorization: 'Basic YTpi', ...(await cookie(BOB)) });
    assert.deepEqual([unmarked.naive, unmarked.guarded], [BOB.sub, '401 malformed_authorization']);
  });

  test('a lower-case scheme', async () => {
    const { naive, guarded } = await both({ authorization: `bearer ${await mint(ADA)}`, ...(await cookie(BOB)) });
    assert.deepEqual({ naive, guarded }, { naive: BOB.sub, guarded: '401 credential_substituted' });
  });

  test('an expired bearer that Clerk replaces by refreshing the cookie’s session', async (t) => {
    const { apiUrl, asked } = await startRefresher(t);
    const session = `__session=${await mint(BOB)}; __client_uat=1; ${await suffixed('__refresh')}=refresh`;
    const headers = { ...(await bearer(ADA, { age: 120 })), cookie: session };
    const { naive, guarded } = await both(headers, createClerk({ apiUrl }));
    assert.deepEqual({ naive, guarded }, { naive: BOB.sub, guarded: '401 credential_substituted' });
    assert.deepEqual(asked, [BOB.sid]);
    const posted = await both(headers, createClerk({ apiUrl }), 'POST');
    assert.deepEqual([posted.naive, posted.guarded, asked.length], [null, '401 token_expired', 1], 'Clerk refreshes on GET only');
  });
});

test('an expired bearer stays expired where Clerk refreshes the same session', async (t) => {
  const { apiUrl } = await startRefresher(t);
  const session = `__session=${await mint(ADA)}; __client_uat=1; ${await suffixed('__refresh')}=refresh`;
  const { guarded, session: resolved } = await both({ ...(await bearer(ADA, { age: 120 })), cookie: session }, createClerk({ apiUrl }));
  assert.equal(resolved.userId, ADA.sub);
  assert.equal(guarded, '401 token_expired');
});

/** Only here is there a verdict on a cookie: an application hands Clerk's reason on. */
const refusedCookies = {
  'an expired cookie': [{ age: 120 }, /^session-token-expired/, '401 token_expired'],
  'a cookie that another key has signed': [{ signer: foreignKeys }, /signature/, '401 credential_refused'],
  'a cookie that is not valid yet': [{ age: -300 }, /nbf/, '401 token_not_yet_valid'],
  'a cookie of another party': [{ azp: 'https://evil.example' }, /authorized-part/, '401 party_mismatch'],
};
describe('a refused cookie is never a visitor', () => {
  for (const [name, [options, reason, expected]] of Object.entries(refusedCookies)) {
    test(name, async () => {
      const request = requestOf(await cookie(BOB, options));
      const session = await withClerk(request, { authorizedParties: ['https://app.example.com'] });
      assert.match(session.reason, reason);
      const verdict = guard(request, session);
      assert.equal(word(verdict), expected);
      assert.deepEqual([verdict.diagnosis.carrier, verdict.diagnosis.reason], ['cookie', session.reason]);
    });
  }

  test('a cookie that is no token', async () => {
    const { guarded } = await both({ cookie: '__session=a.b.c; __client_uat=1' });
    assert.match(guarded, /^401 (token_malformed|credential_refused)$/);
  });

  test('a browser in which somebody is signed in, without a token', async () => {
    assert.equal((await both({ cookie: '__client_uat=1' })).guarded, '401 credential_refused');
  });

  test('a session cookie that a development instance does not look at', async () => {
    const development = createClerk({ publishableKey: `pk_test_${btoa(`${HOST}$`)}`, secretKey: 'sk_test_unused' });
    const { session, guarded } = await both(await cookie(BOB), development);
    assert.deepEqual([session.reason, guarded], ['dev-browser-missing', '401 credential_refused']);
    assert.equal((await both({}, development)).guarded, 'visitor');
    assert.equal((await both({ cookie: 'theme=dark' }, development)).guarded, 'visitor');
  });
});

test('signed out at Clerk is a visitor', async () => {
  for (const headers of [{}, { cookie: '__client_uat=0' }, { cookie: 'theme=dark; __client_uat=0' }]) {
    const { session, guarded } = await both(headers);
    assert.deepEqual([session.userId, session.reason, guarded], [null, 'session-token-and-uat-missing', 'visitor']);
  }
});

test('a handshake of Clerk’s that found nobody leaves a visitor', () => {
  assert.equal(word(guard({ headers: {} }, { userId: null, reason: 'session-token-missing' })), 'visitor');
});

test('a bearer without a scheme, which Clerk takes, is refused', async () => {
  const { session, guarded } = await both({ authorization: await mint(ADA) });
  assert.deepEqual([session.userId, guarded], [ADA.sub, '401 malformed_authorization']);
});

test('Clerk’s own answer to the fail-closed pair is nobody', async () => {
  const { session } = await both({ ...CLOSED, ...(await cookie(BOB)) });
  assert.deepEqual([session.userId, session.reason], [null, 'token-invalid']);
});

/** As `@clerk/backend` and jose write them. */
const reasons = {
  token_expired: [
    'session-token-expired',
    'session-token-expired-refresh-non-eligible-no-refresh-cookie',
    'session-token-expired-refresh-non-eligible-non-get',
    'token-expired',
    'ERR_JWT_EXPIRED',
    'exp',
  ],
  token_not_yet_valid: ['session-token-nbf', 'token-not-active-yet', 'nbf'],
  issued_in_future: ['session-token-iat-in-the-future', 'token-iat-in-the-future'],
  issuer_mismatch: ['iss'],
  party_mismatch: ['token-invalid-authorized-parties', 'azp'],
  token_malformed: ['token-invalid', 'ERR_JWS_INVALID', 'ERR_JWT_INVALID'],
  credential_refused: [
    'token-invalid-signature',
    'token-type-mismatch',
    'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    'aud',
    'unexpected-error',
    'x',
  ],
};
test('the reason that an SDK gives is told in our words', () => {
  for (const [code, given] of Object.entries(reasons)) {
    for (const reason of given) assert.equal(word(guard({ headers: {} }, { userId: null, reason })), `401 ${code}`, reason);
  }
});

test('what a tab explains, Clerk refuses, and the guard names alike', async () => {
  const now = Math.floor(Date.now() / 1000);
  const tokens = [
    [{}, undefined],
    [{ age: 120 }, 'token_expired'],
    [{ nbf: now + 60 }, 'token_not_yet_valid'],
    [{ iat: now + 60, nbf: now }, 'issued_in_future'],
    [{ azp: 'https://evil.example' }, 'party_mismatch'],
    [{ azp: undefined }, 'party_mismatch'],
  ];
  for (const [options, code] of tokens) {
    const token = await mint(ADA, options);
    const [finding] = explainToken(token, { authorizedParties: [PARTY] });
    const request = requestOf({ authorization: `Bearer ${token}` });
    const verdict = guard(request, await withClerk(request, { authorizedParties: [PARTY] }));
    assert.deepEqual([finding?.code, verdict.code], [code, code]);
  }
});
