/** Without a document an instance is inert: it must not mix visitors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTabAuth, MARKER_HEADER } from 'tabpin';
import { connectConvex } from 'tabpin/convex';
import { ADA, assertError, jwt, rejection } from './kit.mjs';

/** A source that must not be asked. */
const asked = [];
const source = new Proxy(
  { getToken: async () => jwt() },
  {
    get: (target, name) => {
      asked.push(name);
      return target[name];
    },
  },
);

const make = (options = {}) => createTabAuth({ source, initialToken: jwt(), ...options });

test('nothing asks the source, which is only checked to be one', async () => {
  for (const auth of [make(), make({ runtime: 'auto' })]) {
    asked.length = 0;
    auth.getSnapshot();
    auth.account();
    auth.subscribe(() => {});
    auth.seed(jwt());
    auth.unpin();
    assert.equal(await auth.fetchToken({ forceRefreshToken: true }), null);
    await auth.ready().catch(() => {});
    assert.deepEqual(asked, []);
  }
});

test('every way to a token is closed', async () => {
  const auth = make();
  for (const access of [auth, auth.account(), auth.withTemplate('convex'), auth.withTemplate(null)]) {
    assert.equal(await access.fetchToken(), null);
    for (const ask of [access.getToken, access.accessToken, access.headers, () => access.fetch('https://api.example/')]) {
      assertError(await rejection(ask()), 'server_side', { says: /document/, cures: /runtime: 'client'/ });
    }
    assert.equal(access.peekHeaders({ 'X-Trace': '1' })[MARKER_HEADER], 'server_side');
  }
  for (const ask of [auth.ready, auth.signOut, () => auth.pin(ADA), () => auth.waitForClaims(() => true)]) {
    assertError(await rejection(ask()), 'server_side');
  }
});

test('one snapshot stands for every request, and holds nobody', () => {
  const auth = make();
  assert.equal(auth.getSnapshot(), make().getServerSnapshot());
  assert.equal(auth.getSnapshot(), auth.getServerSnapshot());
  assert.ok(Object.isFrozen(auth.getSnapshot()));
  assert.equal(auth.getSnapshot().session, null);
  assert.equal(auth.account().session, null);
  assert.equal(auth.account(), auth.account());
  assert.equal(auth.account().signal.aborted, false);
});

test('the rest does nothing, and never throws', () => {
  const auth = make();
  assert.deepEqual(auth.explain(), []);
  assert.equal(auth.stats().asked, 0);
  auth.on('token', () => {})();
  auth.on(() => {})();
  auth.subscribe(() => {})();
  connectConvex({ setAuth: () => assert.fail('a server has nobody to connect') }, auth)();
  auth.dispose();
  auth[Symbol.dispose]();
});

test('it has the members of an instance for clients', (t) => {
  const client = make({ runtime: 'client' });
  t.after(() => client.dispose());
  assert.deepEqual(Object.keys(make()).sort(), Object.keys(client).sort());
  assert.deepEqual(Object.keys(make().account()).sort(), Object.keys(client.account()).sort());
});

test('options are checked there too', () => {
  assert.throws(
    () => make({ sauce: 1 }),
    ({ code }) => code === 'invalid_option',
  );
});
