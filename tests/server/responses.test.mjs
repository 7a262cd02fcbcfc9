/** What goes into a response: the challenge, and the names for `Vary` and CORS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowHeaders, guard, varyOn } from 'tabpin/server';
import { ADA, bearer, BOB, CLOSED, MARKER } from './kit.mjs';

const ada = { userId: ADA.sub, sessionId: ADA.sid };

/** RFC 6750, section 3: the scheme, then `name="value"` pairs in the charset that it allows for each. */
function challengeOf({ wwwAuthenticate }) {
  const [, scheme, rest] = /^(\S+) (.*)$/.exec(wwwAuthenticate);
  const pairs = rest.split(', ').map((pair) => /^([a-z_]+)="([\x20\x21\x23-\x5b\x5d-\x7e]*)"$/.exec(pair).slice(1));
  return { scheme, ...Object.fromEntries(pairs) };
}

test('a refusal comes with a Bearer challenge, RFC 6750’s error and our code', async () => {
  const refused = {
    tab_token_missing: guard({ headers: CLOSED }, null),
    malformed_authorization: guard({ headers: { authorization: 'Basic x' } }, null),
    credential_substituted: guard({ headers: await bearer(BOB) }, ada),
    credential_refused: guard({ headers: await bearer(ADA) }, null),
    token_expired: guard({ headers: await bearer(ADA, { age: 100 }) }, null),
    viewer_mismatch: guard({ headers: await bearer(ADA) }, ada, { viewerId: BOB.sub }),
  };
  const errors = { malformed_authorization: 'invalid_request', viewer_mismatch: 'insufficient_scope' };
  for (const [code, verdict] of Object.entries(refused)) {
    assert.equal(verdict.code, code);
    assert.equal(verdict.status, code === 'viewer_mismatch' ? 403 : 401);
    assert.deepEqual(challengeOf(verdict), { scheme: 'Bearer', error: errors[code] ?? 'invalid_token', error_description: code });
  }
});

test('the challenge is the same whatever a request says', async () => {
  const nasty = { iss: 'https://x"\r\nset-cookie: a=b', azp: '\\"', sid: 'é"', sub: ADA.sub };
  const { wwwAuthenticate } = guard({ headers: await bearer(nasty) }, null, { issuer: 'https://clerk.example.com' });
  assert.equal(wwwAuthenticate, 'Bearer error="invalid_token", error_description="issuer_mismatch"');
});

test('a diagnosis tells what a log needs, in one line of plain text, and no token', async () => {
  const headers = await bearer({ ...ADA, iss: 'https://x\r\nforged: line', azp: 'y'.repeat(5000) });
  const { diagnosis } = guard(
    { headers },
    { userId: null, reason: 'some\nreason' },
    { issuer: ['https://a.example', 'https://b.example'] },
  );
  assert.deepEqual(Object.keys(diagnosis).sort(), [
    'actualIssuer',
    'actualParty',
    'carrier',
    'expectedIssuer',
    'expectedParty',
    'kid',
    'marker',
    'reason',
    'resolvedSid',
    'sid',
    'skewSeconds',
  ]);
  assert.deepEqual([diagnosis.carrier, diagnosis.kid, diagnosis.sid, diagnosis.resolvedSid], ['header', 'key-1', ADA.sid, null]);
  assert.equal(diagnosis.expectedIssuer, 'https://a.example or https://b.example');
  for (const value of Object.values(diagnosis)) {
    if (typeof value === 'string') assert.match(value, /^[\x20-\x7e]{1,200}$/);
  }
  const [, payload, signature] = headers.authorization.split('.');
  assert.ok(!JSON.stringify(diagnosis).includes(payload) && !JSON.stringify(diagnosis).includes(signature));
});

test('the marker’s own reason is for the log', () => {
  assert.equal(guard({ headers: { [MARKER]: 'session_lost' } }, null).diagnosis.marker, 'session_lost');
});

test('the names for CORS and Vary are lower-case header names, and complete', () => {
  assert.deepEqual([...allowHeaders], ['authorization', MARKER]);
  assert.deepEqual([...varyOn], ['authorization', 'cookie', MARKER]);
  const response = new Response(null, { headers: { vary: varyOn.join(', '), 'access-control-allow-headers': allowHeaders.join(', ') } });
  assert.equal(response.headers.get('vary'), `authorization, cookie, ${MARKER}`);
});
