/** When Convex calls the fetcher, and what it does around the call. Both wirings must live with all of it. */
import { happens } from './kit.mjs';

export const callRows = [
  {
    name: 'the first call is unforced, and the client says nothing to the server before it is answered',
    raw: { force: false, spoke: false, ranAs: 'user_ada' },
    healthy: { force: false, spoke: false, ranAs: 'user_ada' },
    async run(world) {
      const open = world.gateNextMint();
      world.wiring.connect();
      const { force } = await world.calls.until(() => true);
      await world.server.log.until(({ type }) => type === 'open');
      const spoke = await happens(world.server.log.until(({ type }) => type === 'connect', { ms: 300 }));
      open();
      await world.nth(1);
      return { force, spoke, ranAs: await world.ranAs('first') };
    },
  },
  {
    name: 'an unforced call that gets nothing does not keep the client from signing in',
    raw: { ranAs: 'user_ada' },
    healthy: { ranAs: 'user_ada' },
    async run(world) {
      world.provider.fault('null');
      world.wiring.connect();
      await world.nth(1);
      return { ranAs: await world.ranAs('after nothing') };
    },
  },
  {
    name: 'a forced call follows as soon as the first token is confirmed',
    raw: { forces: [false, true] },
    healthy: { forces: [false, true] },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      return { forces: forcesOf(world) };
    },
  },
  {
    name: 'with initialAuthTokenReuse no forced call follows the first token at once',
    lifetimeSeconds: 6,
    clientOptions: { initialAuthTokenReuse: true },
    raw: { forcedAtOnce: false, ranAs: 'user_ada' },
    healthy: { forcedAtOnce: false, ranAs: 'user_ada' },
    async run(world) {
      world.wiring.connect();
      await world.nth(1);
      const forcedAtOnce = await happens(world.calls.until(({ force }) => force, { ms: 500 }));
      return { forcedAtOnce, ranAs: await world.ranAs('reused') };
    },
  },
  {
    name: 'the scheduled call is forced, and the socket stays',
    raw: { forces: [false, true, true], sockets: 1, rejected: 0 },
    healthy: { forces: [false, true, true], sockets: 1, rejected: 0 },
    async run(world) {
      world.wiring.connect();
      await world.nth(3);
      const sockets = world.server.log.filter(({ type }) => type === 'open').length;
      return { forces: forcesOf(world), sockets, rejected: world.rejected() };
    },
  },
  {
    name: 'after an AuthError the socket is closed before the forced call, and opened again after it',
    raw: { force: true, socketsMeanwhile: 0, ranAs: 'user_ada' },
    healthy: { force: true, socketsMeanwhile: 0, ranAs: 'user_ada' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      const open = world.gateNextMint();
      const call = world.nextCall();
      world.server.expire();
      const { force } = await call;
      await world.server.log.until(({ type }) => type === 'close');
      const socketsMeanwhile = world.server.connections().length;
      open();
      return { force, socketsMeanwhile, ranAs: await world.ranAs('again') };
    },
  },
];

const forcesOf = (world) => world.calls.filter(({ outcome }) => outcome === 'pending').map(({ force }) => force);
