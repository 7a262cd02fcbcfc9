/** Signing out and switching: what the client goes on doing in whose name. */
import { accepted, happens } from './kit.mjs';

export const accountRows = [
  {
    name: 'clearAuth alone is undone by the next scheduled call: the login rises again',
    raw: { resurrected: true, ranAs: 'user_ada' },
    healthy: { resurrected: false, ranAs: 'nobody' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      const nobody = world.me.until(({ sub }) => sub === null, { from: world.me.length });
      await world.wiring.signOut();
      await nobody;
      const resurrected = await happens(world.server.log.until(accepted('user_ada'), { from: world.server.log.length, ms: 5000 }));
      return { resurrected, ranAs: await world.ranAs('after sign-out') };
    },
  },
  {
    name: 'a setAuth that answers null to both calls tells the server nothing: it goes on serving the old user',
    lifetimeSeconds: 30,
    signOutWith: 'setAuth',
    raw: { told: false, ranAs: 'user_ada' },
    healthy: { told: true, ranAs: 'nobody' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      const changed = world.changes.until(({ authenticated }) => !authenticated);
      await world.wiring.signOut();
      await changed;
      const told = await happens(world.server.log.until(({ tokenType }) => tokenType === 'None', { ms: 1500 }));
      return { told, ranAs: await world.ranAs('after sign-out') };
    },
  },
  {
    name: 'a switch with a mutation in flight runs it as the other account when the socket drops',
    lifetimeSeconds: 30,
    raw: { ranAs: 'user_bob', then: 'user_bob' },
    healthy: { ranAs: 'user_ada', then: 'user_bob' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      await world.inFlight('in flight');
      world.wiring.switchTo('sess_bob');
      await happens(world.server.log.until(accepted('user_bob'), { ms: 1500 }));
      const from = world.server.log.length;
      world.server.closeAll();
      await world.server.log.until(({ type }) => type === 'mutation-arrived', { from });
      world.server.release();
      const ran = await world.whoRan('in flight');
      await world.server.log.until(accepted('user_bob'));
      return { ranAs: ran, then: await world.ranAs('next') };
    },
  },
];
