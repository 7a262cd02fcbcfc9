/** The README's quickstart, left alone for ten lifetimes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted } from './kit.mjs';
import { tabpinWiring } from './tabpin-wiring.mjs';
import { openWorld } from './world.mjs';

test('a Convex client survives ten lifetimes of 6-second tokens without one rejected token', async (t) => {
  const world = await openWorld({ lifetimeSeconds: 6, leewaySeconds: 2, jti: false }, tabpinWiring);
  t.after(() => world.close());
  world.wiring.connect();
  const first = await world.nth(1);
  await world.server.log.until(accepted('user_ada', { after: first.iat + 60 }), { ms: 90_000 });

  const tokens = world.server.log.filter(({ type }) => type === 'authenticate');
  const changes = world.me.map(({ sub }) => sub).filter((sub, i, all) => sub !== all[i - 1]);
  assert.deepEqual(world.server.rejected(), []);
  assert.equal(world.authErrors(), 0);
  assert.equal(world.server.log.filter(({ type }) => type === 'open').length, 1, 'one connection all along');
  assert.equal(world.signedOut(), false);
  assert.deepEqual(
    changes.filter((sub) => sub !== null),
    ['user_ada'],
  );
  assert.equal(await world.ranAs('ten lives later'), 'user_ada');
  t.diagnostic(`${tokens.length} tokens over ${tokens.at(-1).iat - first.iat} s, ${world.provider.minted} minted`);
});
