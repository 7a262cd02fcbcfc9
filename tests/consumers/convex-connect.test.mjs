/** `connectConvex` through whole lives: server-rendered token, faults, switches, sign-outs, giving up and coming back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectConvex } from 'tabpin/convex';
import { accepted, happens, makeServers, within } from './kit.mjs';
import { createSource } from './source.mjs';
import { tabpinWiring } from './tabpin-wiring.mjs';
import { openWorld, rawWiring, wedge } from './world.mjs';

async function open(t, row = {}) {
  const world = await openWorld(row, tabpinWiring);
  t.after(() => world.close());
  return world;
}

/** The server refused no token, and none ran out on it. */
function assertUnblemished(world) {
  assert.deepEqual(world.server.rejected(), []);
  assert.equal(world.authErrors(), 0);
}

describe('connectConvex', { concurrency: true }, () => {
  test('a server-rendered token is used once, then live ones over three lifetimes', async (t) => {
    const servers = await makeServers({ lifetimeSeconds: 5, jti: true });
    t.after(() => servers.close());
    const initialToken = await servers.provider.mint({ session: 'sess_ada' });
    const { iat } = await servers.provider.verify(initialToken);
    const world = await open(t, { servers, auth: { initialToken } });
    world.wiring.connect();
    const last = await world.server.log.until(accepted('user_ada', { after: iat + 15 }), { ms: 40_000 });
    const used = world.server.log.filter(({ type }) => type === 'authenticate').map(({ jti }) => jti);
    assert.equal(used[0], 'jti_1');
    assert.equal(new Set(used).size, used.length, 'every token was sent once');
    assert.ok(last.exp > iat + 15);
    assertUnblemished(world);
  });

  for (const [kind, times] of [
    ['offline', 2],
    ['500', 3],
    ['hang', 1],
    ['slow', 1],
    ['null', 2],
    ['same', 1],
    ['foreign', 1],
    ['stale', 1],
    ['used', 1],
    ['text-null', 1],
    ['malformed', 1],
    ['no-iat', 1],
    ['no-exp', 1],
    ['tiny', 1],
  ]) {
    test(`a scheduled refresh that meets "${kind}" (${times}×) costs neither the token nor the connection`, async (t) => {
      const world = await open(t, { lifetimeSeconds: 14, leewaySeconds: 10 });
      world.wiring.connect();
      await world.nth(2);
      world.provider.fault(kind, times);
      await world.provider.log.until(
        () => world.provider.log.filter(({ outcome }) => outcome === kind || kind === 'slow').length >= times,
        { ms: 15_000 },
      );
      await world.nth(3, { ms: 20_000 });
      assert.equal(await world.ranAs('after the fault'), 'user_ada');
      assert.equal(world.server.log.filter(({ type }) => type === 'open').length, 1);
      assert.equal(world.signedOut(), false);
      assertUnblemished(world);
    });
  }

  test('tokens that the server refuses are replaced by distinct ones until one is taken', async (t) => {
    const world = await open(t, { lifetimeSeconds: 30 });
    world.server.rejectNext(2);
    world.wiring.connect();
    await world.nth(1);
    const tried = world.server.log.filter(({ type }) => type === 'authenticate').map(({ jti }) => jti);
    assert.equal(world.rejected(), 2);
    assert.equal(await world.ranAs('third time'), 'user_ada');
    assert.ok(tried.length >= 3);
  });

  test('a switch waits for what is in flight, and runs nothing as the other account', async (t) => {
    const world = await open(t, { lifetimeSeconds: 30 });
    world.wiring.connect();
    await world.nth(2);
    await world.inFlight('ada wrote this');
    world.wiring.switchTo('sess_bob');
    const early = await happens(world.server.log.until(accepted('user_bob'), { ms: 1500 }));
    world.server.release();
    await world.me.until(({ sub }) => sub === 'user_bob');
    assert.equal(early, false);
    assert.equal(await world.whoRan('ada wrote this'), 'user_ada');
    assert.equal(await world.ranAs('bob wrote this'), 'user_bob');
    assertUnblemished(world);
  });

  test('null is withheld while a mutation is in flight, and given once it has run', async (t) => {
    const world = await open(t);
    world.wiring.connect();
    await world.nth(2);
    await world.inFlight('before I go');
    const nothing = ({ outcome }) => outcome === 'nothing';
    const call = world.nextCall();
    await world.wiring.signOut();
    await call;
    const early = await happens(world.calls.until(nothing, { ms: 500 }));
    world.server.release();
    await world.calls.until(nothing);
    await world.me.until(({ sub }) => sub === null, { from: world.me.findIndex(({ sub }) => sub === 'user_ada') });
    assert.equal(early, false);
    assert.equal(await world.whoRan('before I go'), 'user_ada');
    assert.equal(await world.ranAs('after I went'), 'nobody');
  });

  test('a sign-out stays one over the next scheduled call, until a new session begins', async (t) => {
    const world = await open(t);
    world.wiring.connect();
    await world.nth(2);
    const nobody = world.me.until(({ sub }) => sub === null, { from: world.me.length });
    await world.wiring.signOut();
    await nobody;
    const from = world.server.log.length;
    const risen = await happens(
      world.server.log.until(({ type, tokenType }) => type === 'authenticate' && tokenType === 'User', { from, ms: 6000 }),
    );
    assert.equal(risen, false);
    const session = world.provider.signIn('user_ada');
    world.wiring.source.switchTo(session.sessionId);
    const again = await world.server.log.until(accepted('user_ada'), { from });
    assert.equal(again.sid, session.sessionId);
    assert.equal(await world.ranAs('back again'), 'user_ada');
    assertUnblemished(world);
  });

  test('after giving up the client is signed in again as soon as the provider is back', async (t) => {
    const world = await open(t, { giveUpAfterMs: 1500 });
    world.wiring.connect();
    await world.nth(2);
    world.provider.fault('offline', Infinity);
    await world.wiring.events.until(({ type }) => type === 'gave_up', { ms: 20_000 });
    await world.server.log.until(({ type }) => type === 'auth-error', { ms: 20_000 });
    const from = world.server.log.length;
    world.provider.clearFaults();
    await world.server.log.until(accepted('user_ada'), { from, ms: 30_000 });
    await world.wiring.events.until(({ type }) => type === 'recovered');
    assert.equal(await world.ranAs('back again'), 'user_ada');
    assert.deepEqual(world.server.rejected(), []);
  });

  test('a socket that stopped while nothing could be minted is revived, and what was in flight runs as its account', async (t) => {
    const world = await open(t, { lifetimeSeconds: 30, giveUpAfterMs: 1500 });
    world.wiring.connect();
    await world.nth(2);
    await world.inFlight('held up');
    world.provider.fault('offline', Infinity);
    const from = world.server.log.length;
    world.server.expire();
    await world.provider.log.until(({ outcome }) => outcome === 'offline');
    const anonymous = await happens(world.server.log.until(({ type }) => type === 'connect', { from, ms: 4000 }));
    world.provider.clearFaults();
    world.server.release();
    assert.equal(await world.whoRan('held up', 30_000), 'user_ada');
    assert.equal(anonymous, false, 'the client must not come back as nobody while something is in flight');
  });

  test('a client that somebody else has wedged is revived by connecting it', async (t) => {
    const world = await open(t, { lifetimeSeconds: 30 });
    const raw = rawWiring(world, {});
    await wedge(world, raw);
    world.wiring.connect();
    assert.equal(await world.ranAs('revived', 15_000), 'user_ada');
  });

  test('an effect that runs twice connects once', async (t) => {
    const world = await open(t);
    world.wiring.connect();
    world.wiring.reconnect();
    await world.nth(3);
    assert.equal(await world.ranAs('hello'), 'user_ada');
    assert.equal(world.signedOut(), false);
    assertUnblemished(world);
  });

  test('detaching leaves the client as it is, and signs nobody out', async (t) => {
    const world = await open(t, { lifetimeSeconds: 30 });
    const detach = connectConvex(world.client, world.wiring.auth, { leewaySeconds: 2 });
    await world.nth(2);
    detach();
    assert.equal(await world.ranAs('still ada'), 'user_ada');
    assert.equal(world.signedOut(), false);
  });

  test('no event holds a token', async (t) => {
    const world = await open(t);
    world.provider.fault('500', 1);
    world.wiring.connect();
    await world.nth(3);
    assert.ok(world.wiring.events.length > 0);
    assert.ok(!JSON.stringify(world.wiring.events).includes('eyJ'));
    assert.ok(!JSON.stringify(world.lines).includes('eyJ'));
  });

  test('a disabled client is left alone', async (t) => {
    const { provider } = await within(5000, open(t));
    const { createTabAuth } = await import('tabpin');
    const auth = createTabAuth({ source: createSource(provider), runtime: 'client' });
    t.after(() => auth.dispose());
    let asked = 0;
    const detach = connectConvex({ disabled: true, setAuth: () => (asked += 1) }, auth);
    detach();
    assert.equal(provider.minted, 0);
    assert.ok(asked <= 1);
  });
});
