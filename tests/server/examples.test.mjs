/** Each example answers the same to the same requests, over a real connection where it has one. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { varyOn } from 'tabpin/server';
import { closeServer, listen } from '../../www/servers/http.mjs';
import { ADA, bearer, BOB, CLOSED, cookie, foreignKeys, ISSUER, MARKER, mint, PARTY, pem, publishableKey } from './kit.mjs';

Object.assign(process.env, {
  CLERK_SECRET_KEY: 'sk_live_unused',
  CLERK_PUBLISHABLE_KEY: publishableKey,
  CLERK_JWT_KEY: pem,
  JWT_KEY: pem,
  JWT_ISSUER: ISSUER,
  APP_ORIGIN: PARTY,
});

/** Serves until the test is over; what it is asked with. */
async function over(t, server) {
  const url = await listen(server);
  t.after(() => closeServer(server));
  return (headers) => fetch(`${url}/api`, { headers });
}
const load = (name) => import(`../../examples/server/${name}.mjs`);
const within = (answer) => (headers) => answer(new Request(`${PARTY}/api`, { headers }));

const examples = {
  'a Fetch-API handler': async () => within((await load('fetch')).handle),
  Hono: async () => within((await load('hono')).app.fetch),
  Express: async (t) => over(t, createServer((await load('express')).app)),
  'node:http': async (t) => over(t, (await load('node-http')).server),
};

const [ada, bob] = [await bearer(ADA), await cookie(BOB)];
/** What a request carries, and what it is answered with. */
const requests = [
  [{}, 200, { user: null }],
  [bob, 200, { user: BOB.sub }],
  [{ ...ada, ...bob }, 200, { user: ADA.sub }],
  [{ ...CLOSED, ...bob }, 401, { code: 'tab_token_missing' }],
  [{ [MARKER]: '1', authorization: 'Basic YTpi', ...bob }, 401, { code: 'tab_token_missing' }],
  [{ authorization: 'Basic YTpi', ...bob }, 401, { code: 'malformed_authorization' }],
  [{ ...(await bearer(ADA, { age: 120 })), ...bob }, 401, { code: 'token_expired' }],
  [{ ...(await bearer(ADA, { signer: foreignKeys })), ...bob }, 401, { code: 'credential_refused' }],
  [await bearer(ADA, { iss: 'https://other.example' }), 401, { code: 'issuer_mismatch' }],
  [await cookie(BOB, { age: 120 }), 401, { code: 'token_expired' }],
];

for (const [name, open] of Object.entries(examples)) {
  describe(name, () => {
    test('knows a user, a visitor and a refusal apart', async (t) => {
      const warn = t.mock.method(console, 'warn', () => {});
      const ask = await open(t);
      for (const [headers, status, body] of requests) {
        const response = await ask(headers);
        assert.deepEqual([response.status, await response.json()], [status, body]);
        const { code } = body;
        const error = code === 'malformed_authorization' ? 'invalid_request' : 'invalid_token';
        assert.equal(response.headers.get('www-authenticate'), code ? `Bearer error="${error}", error_description="${code}"` : null);
        assert.equal(response.headers.get('cache-control'), 'private, no-store');
        const varied = response.headers.get('vary').toLowerCase().split(', ');
        for (const each of varyOn) assert.ok(varied.includes(each), each);
      }
      const refusals = requests.filter(([, status]) => status === 401);
      assert.equal(warn.mock.callCount(), refusals.length);
      assert.doesNotMatch(JSON.stringify(warn.mock.calls), /eyJ/, 'no token is logged');
    });

    test('never takes a lower-case bearer for the cookie’s user', async (t) => {
      t.mock.method(console, 'warn', () => {});
      const ask = await open(t);
      const response = await ask({ authorization: `bearer ${await mint(ADA)}`, ...bob });
      const { user, code } = await response.json();
      assert.ok(user === ADA.sub || code === 'credential_substituted', `${user} ${code}`);
    });
  });
}

test('Hono answers a preflight with the names that a tab sends', async () => {
  const { app } = await load('hono');
  const asked = { origin: PARTY, 'access-control-request-method': 'GET', 'access-control-request-headers': `authorization, ${MARKER}` };
  const response = await app.fetch(new Request(`${PARTY}/api`, { method: 'OPTIONS', headers: asked }));
  assert.equal(response.status, 204);
  const allowed = response.headers.get('access-control-allow-headers').toLowerCase().split(/, ?/);
  assert.deepEqual(allowed, ['authorization', MARKER]);
  assert.equal(response.headers.get('access-control-allow-origin'), PARTY);
});
