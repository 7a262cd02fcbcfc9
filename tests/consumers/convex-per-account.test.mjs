/** `convexPerAccount`: a client for each account, so that nothing queued as one account can run as another. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTabAuth } from 'tabpin';
import { convexPerAccount } from 'tabpin/convex';
import { createLog } from '../../www/servers/log.mjs';
import { accepted, happens, inFlight, makeClient, makeServers, ranAs, whoRan } from './kit.mjs';
import { createSource } from './source.mjs';

async function open(t) {
  const servers = await makeServers({ lifetimeSeconds: 30, jti: true });
  const source = createSource(servers.provider);
  const auth = createTabAuth({ source, runtime: 'client' });
  const created = [];
  const changed = createLog();
  const clients = convexPerAccount(
    auth,
    (account) => {
      const watched = makeClient(`${servers.url}/n${created.length}`);
      const close = watched.client.close.bind(watched.client);
      watched.closed = createLog();
      watched.client.close = () => {
        watched.closed.add({ closed: true });
        return close();
      };
      created.push({ account, ...watched });
      return watched.client;
    },
    { leewaySeconds: 2 },
  );
  const unsubscribe = clients.subscribe(() => changed.add({ client: created.findIndex(({ client }) => client === clients.current()) }));
  t.after(async () => {
    unsubscribe();
    clients.dispose();
    auth.dispose();
    for (const { client } of created) await client.close();
    await servers.close();
  });
  return { ...servers, source, auth, created, changed, clients };
}

describe('convexPerAccount', { concurrency: true }, () => {
  test('the same client stays current while the account does', async (t) => {
    const { clients, server, created } = await open(t);
    const first = clients.current();
    await server.log.until(accepted('user_ada'));
    assert.equal(clients.current(), first);
    assert.equal(created.length, 1);
    assert.equal(await ranAs(created[0], server, 'hello'), 'user_ada');
  });

  test('a switch makes a new client, tells about it, and closes the old one', async (t) => {
    const { clients, server, created, changed, source } = await open(t);
    const first = clients.current();
    await server.log.until(accepted('user_ada'));
    source.switchTo('sess_bob');
    await changed.until(() => true);
    assert.notEqual(clients.current(), first);
    await server.log.until(accepted('user_bob'));
    await created[0].closed.until(() => true, { ms: 15_000 });
    await server.log.until(({ type, label }) => type === 'close' && label === 'n0', { ms: 15_000 });
    assert.deepEqual(
      server.connections().map(({ label }) => label),
      ['n1'],
    );
    assert.equal(await ranAs(created[1], server, 'from bob'), 'user_bob');
    assert.deepEqual(server.rejected(), []);
  });

  test('what is in flight on the old client still runs as its own account', async (t) => {
    const { clients, server, created, changed, source } = await open(t);
    clients.current();
    await server.log.until(accepted('user_ada'));
    await inFlight(created[0], server, 'in flight');
    source.switchTo('sess_bob');
    await changed.until(() => true);
    clients.current();
    const closedEarly = await happens(created[0].closed.until(() => true, { ms: 1000 }));
    server.release();
    assert.equal(await whoRan(server, 'in flight'), 'user_ada');
    await created[0].closed.until(() => true, { ms: 15_000 });
    assert.equal(closedEarly, false);
    assert.ok(server.log.filter(({ label, sub, type }) => type === 'authenticate' && label === 'n0' && sub !== 'user_ada').length === 0);
  });

  test('an old client is closed after ten seconds even if something stays in flight', async (t) => {
    const { clients, server, created, changed, source } = await open(t);
    clients.current();
    await server.log.until(accepted('user_ada'));
    server.hold();
    void created[0].client.mutation('messages:send', { body: 'stuck' }).catch(() => {});
    await server.log.until(({ type }) => type === 'mutation-arrived');
    source.switchTo('sess_bob');
    await changed.until(() => true);
    await server.log.until(({ type, label }) => type === 'close' && label === 'n0', { ms: 20_000 });
    server.release();
    assert.equal(await whoRan(server, 'stuck', { ms: 1000 }), 'never');
  });

  test('dispose leaves no connection', async (t) => {
    const { clients, server } = await open(t);
    clients.current();
    await server.log.until(accepted('user_ada'));
    clients.dispose();
    await server.log.until(({ type }) => type === 'close', { ms: 15_000 });
    assert.deepEqual(server.connections(), []);
  });
});
