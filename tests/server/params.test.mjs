/** Credentials in connection parameters, where a WebSocket or an EventSource cannot carry headers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guard } from 'tabpin/server';
import { ADA, bearer, BOB, CLOSED, cookie, MARKER, requestOf, word, withJose } from './kit.mjs';

/** As an application resolves an upgrade: by the parameters, else by what the upgrade carries. */
async function upgrade(headers, connectionParams, options) {
  const { authorization } = connectionParams ?? {};
  const session = await withJose(requestOf({ ...headers, ...(typeof authorization === 'string' && { authorization }) }));
  return guard(requestOf(headers), session, { connectionParams, ...options });
}
const outcome = async (...args) => word(await upgrade(...args));

test('a token in the parameters is the user, whoever the upgrade’s cookie is', async () => {
  const verdict = await upgrade(await cookie(BOB), await bearer(ADA));
  assert.deepEqual(verdict, { kind: 'signed_in', userId: ADA.sub, sessionId: ADA.sid, carrier: 'params' });
});

test('the marker in the parameters is refused, whoever the upgrade’s cookie is', async () => {
  for (const params of [CLOSED, { [MARKER]: 'lost' }, { [MARKER]: '' }, { [MARKER]: null }, { 'X-Tabpin-Required': 1 }]) {
    const verdict = await upgrade(await cookie(BOB), params);
    assert.equal(word(verdict), '401 tab_token_missing');
    assert.equal(verdict.diagnosis.carrier, 'params');
  }
});

test('without parameters the upgrade’s cookie answers, or nobody', async () => {
  for (const params of [null, undefined, {}, { theme: 'dark' }]) {
    assert.equal((await upgrade(await cookie(BOB), params)).carrier, 'cookie');
    assert.equal(await outcome({}, params), 'visitor');
  }
});

test('a cookie’s session does not stand in for the token in the parameters', async () => {
  const session = await withJose(requestOf(await cookie(BOB)));
  const verdict = guard(requestOf(await cookie(BOB)), session, { connectionParams: await bearer(ADA) });
  assert.equal(word(verdict), '401 credential_substituted');
});

test('what is no text is no token', async () => {
  for (const authorization of [null, 5, {}, [], ['Bearer x'], ['Bearer x', 'Bearer y'], true, '', 'Bearer null', 'Basic x']) {
    assert.match(await outcome(await cookie(BOB), { authorization }), /^401 malformed_authorization$/, String(authorization));
  }
});

test('a token in the header and another in the parameters are one too many', async () => {
  assert.equal(await outcome(await bearer(ADA), await bearer(ADA, { age: 6 })), '401 malformed_authorization');
});

test('the letters of a parameter’s name may be any', async () => {
  const { authorization } = await bearer(ADA);
  const session = { userId: BOB.sub, sessionId: BOB.sid };
  assert.equal(word(guard({ headers: {} }, session, { connectionParams: { Authorization: authorization } })), '401 credential_substituted');
});

test('an expired token and another viewer are refused here too', async () => {
  assert.equal(await outcome(await cookie(BOB), await bearer(ADA, { age: 120 })), '401 token_expired');
  assert.equal(await outcome({}, await bearer(ADA), { viewerId: BOB.sub }), '403 viewer_mismatch');
});
