import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accepted, makeClient, makeProvider, makeServers, ranAs, within } from '../consumers/kit.mjs';

async function start(t, options) {
  const world = await makeServers({ lifetimeSeconds: 30, jti: true, ...options });
  const watched = makeClient(world.url);
  t.after(async () => {
    await watched.client.close();
    await world.close();
  });
  return { ...world, ...watched };
}

/** The fetcher that everybody writes: a new token where one is forced. */
const asAda =
  ({ provider }) =>
  ({ forceRefreshToken }) =>
    provider.mint({ session: 'sess_ada', skipCache: forceRefreshToken });

describe('the sync server with the real Convex client', { concurrency: true }, () => {
  test('without a token the client is nobody', async (t) => {
    const world = await start(t);
    assert.equal((await world.me.until(() => true)).sub, null);
    assert.equal(await ranAs(world, world.server, 'hello'), 'nobody');
  });

  test('a good token is confirmed and the queries run again as its user', async (t) => {
    const world = await start(t);
    world.client.setAuth(asAda(world));
    await world.me.until(({ sub }) => sub === 'user_ada');
    assert.deepEqual(world.server.rejected(), []);
    assert.equal(await ranAs(world, world.server, 'hello'), 'user_ada');
  });

  test('a mutation resolves with its result once its write can be read', async (t) => {
    const world = await start(t);
    world.client.setAuth(asAda(world));
    await world.me.until(({ sub }) => sub === 'user_ada');
    const lists = [];
    world.client.onUpdate('messages:list', {}, (list) => lists.push(list.length));
    const message = await within(5000, world.client.mutation('messages:send', { body: 'one' }));
    assert.deepEqual(message, { author: 'user_ada', body: 'one' });
    assert.equal(lists.at(-1), 1);
  });

  test('an account sees its own messages only', async (t) => {
    const world = await start(t);
    world.server.messages.push({ author: 'user_bob', body: 'secret' }, { author: 'user_ada', body: 'mine' });
    world.client.setAuth(asAda(world));
    await world.me.until(({ sub }) => sub === 'user_ada');
    const list = await within(5000, world.client.query('messages:list', {}));
    assert.deepEqual(
      list.map(({ body }) => body),
      ['mine'],
    );
  });

  test('a token that the provider did not sign is refused, and the client asks again', async (t) => {
    const stranger = makeProvider({ issuer: 'https://elsewhere.test' });
    const world = await start(t, { verify: stranger.verify });
    world.client.setAuth(asAda(world));
    const refused = await world.server.log.until(({ type, accepted }) => type === 'authenticate' && !accepted);
    assert.equal(refused.code, 'ERR_JWT_CLAIM_VALIDATION_FAILED');
    const failure = await world.server.log.until(({ type }) => type === 'auth-error');
    assert.equal(failure.updateAttempted, true);
    await world.calls.until(({ force }) => force);
  });

  test('rejectNext refuses a good token, and four distinct tokens are tried before the client gives up', async (t) => {
    const world = await start(t);
    world.server.rejectNext(Infinity);
    world.client.setAuth(asAda(world));
    await world.changes.until(({ authenticated }) => !authenticated, { ms: 15_000 });
    assert.equal(world.server.rejected().length, 4);
    assert.ok(world.lines.some(({ line }) => line.includes('Failed to authenticate')));
  });

  test('an expired identity is noticed when a query runs again', async (t) => {
    const world = await start(t, { lifetimeSeconds: 3 });
    world.client.setAuth(({ forceRefreshToken }) => (forceRefreshToken ? new Promise(() => {}) : asAda(world)({ forceRefreshToken })));
    const failure = await world.server.log.until(({ type }) => type === 'auth-error');
    assert.equal(failure.updateAttempted, false);
  });

  test('expire sends the client for a new token', async (t) => {
    const world = await start(t);
    world.client.setAuth(asAda(world));
    await world.server.log.until(({ jti }) => jti === 'jti_2');
    await world.me.until(({ sub }) => sub === 'user_ada');
    world.server.expire();
    const again = await world.server.log.until(({ jti }) => jti === 'jti_3');
    assert.equal(again.accepted, true);
  });

  test('hold keeps a mutation from running until release', async (t) => {
    const world = await start(t);
    world.server.hold();
    const sent = world.client.mutation('messages:send', { body: 'later' });
    await world.server.log.until(({ type }) => type === 'mutation-arrived');
    assert.equal(world.client.connectionState().inflightMutations, 1);
    assert.deepEqual(world.server.messages, []);
    world.server.release();
    assert.equal((await within(5000, sent)).body, 'later');
  });

  test('a held mutation whose socket closes never ran there, and runs once when the client sends it again', async (t) => {
    const world = await start(t);
    world.server.hold();
    const sent = world.client.mutation('messages:send', { body: 'again' });
    const arrived = ({ type }) => type === 'mutation-arrived';
    await world.server.log.until(arrived);
    world.server.closeAll();
    const from = world.server.log.length;
    await world.server.log.until(arrived, { from });
    world.server.release();
    await within(5000, sent);
    assert.equal(world.server.messages.length, 1);
  });

  test('an action answers in the name of the connection', async (t) => {
    const world = await start(t);
    world.client.setAuth(asAda(world));
    await world.me.until(({ sub }) => sub === 'user_ada');
    assert.deepEqual(await within(5000, world.client.action('me:echo', { n: 1 })), { subject: 'user_ada', n: 1 });
  });

  test('a function that does not exist fails alone', async (t) => {
    const world = await start(t);
    await assert.rejects(within(5000, world.client.mutation('no:such', {})), /Could not find public function/);
    await assert.rejects(within(5000, world.client.query('no:such', {})), /Could not find public function/);
    assert.equal(await ranAs(world, world.server, 'still here'), 'nobody');
  });

  test('two clients are two sessions with identities of their own', async (t) => {
    const world = await start(t);
    const other = makeClient(`${world.url}/right`);
    t.after(() => other.client.close());
    world.client.setAuth(asAda(world));
    other.client.setAuth(() => world.provider.mint({ session: 'sess_bob' }));
    await world.me.until(({ sub }) => sub === 'user_ada');
    await other.me.until(({ sub }) => sub === 'user_bob');
    assert.equal(await ranAs(other, world.server, 'from bob'), 'user_bob');
    assert.equal(await ranAs(world, world.server, 'from ada'), 'user_ada');
    const bob = await world.server.log.until(accepted('user_bob'));
    assert.equal(bob.label, 'right');
    assert.equal(world.server.connections().length, 2);
  });

  test('a query that is no longer wanted is no longer sent', async (t) => {
    const world = await start(t);
    const seen = [];
    const unsubscribe = world.client.onUpdate('messages:list', {}, (list) => seen.push(list));
    await within(5000, world.client.query('messages:list', {}));
    unsubscribe();
    const before = seen.length;
    await within(5000, world.client.mutation('messages:send', { body: 'x' }));
    assert.equal(seen.length, before);
    assert.deepEqual(
      world.server.log.filter(({ type }) => type === 'fatal'),
      [],
    );
  });

  test('the log never holds a token', async (t) => {
    const world = await start(t);
    world.client.setAuth(asAda(world));
    await world.me.until(({ sub }) => sub === 'user_ada');
    assert.ok(!JSON.stringify([world.server.log, world.provider.log]).includes('eyJ'));
  });
});
