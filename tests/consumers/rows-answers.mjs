/** Answers that are no token: nothing, a throw, a hang; and what becomes of the client. */
import { happens } from './kit.mjs';
import { wedge } from './world.mjs';

/** A scheduled call gets nothing, of one kind or another. */
const nothingRow = (nothing, name) => ({
  name: `a scheduled call that answers ${name} signs the client out for good, until setAuth`,
  nothing,
  raw: { signedOut: true, calledAgain: false, ranAs: 'nobody', afterSetAuth: 'user_ada' },
  healthy: { signedOut: false, calledAgain: true, ranAs: 'user_ada', afterSetAuth: 'user_ada' },
  async run(world) {
    world.wiring.connect();
    await world.nth(2);
    world.provider.fault('null');
    await world.nextTurn();
    const calledAgain = await happens(world.nextCall(4500));
    const ran = await world.ranAs('later');
    const signedOut = world.signedOut();
    world.wiring.reconnect();
    await world.nextTurn();
    return { signedOut, calledAgain, ranAs: ran, afterSetAuth: await world.ranAs('after setAuth') };
  },
});

/** A refused token's re-auth call fails for once; nothing revives the socket, a good setAuth included. */
const reauthRow = (fault, name, isolated) => ({
  name: `a re-auth call that ${name} leaves the socket stopped for ever, whatever is set later`,
  isolated,
  raw: { ranAs: 'never', afterSetAuth: 'never', ...(isolated && { unhandled: 1 }) },
  healthy: { ranAs: 'user_ada', afterSetAuth: 'user_ada' },
  async run(world) {
    world.server.rejectNext(1);
    const refused = world.server.log.on(({ type, accepted }) => {
      if (type !== 'authenticate' || accepted) return;
      refused();
      world.provider.fault(fault);
    });
    world.wiring.connect();
    await world.provider.log.until(({ outcome }) => outcome === fault);
    const ran = await world.ranAs('after the fault', 9000);
    world.wiring.reconnect();
    return { ranAs: ran, afterSetAuth: await world.ranAs('after setAuth', 5000) };
  },
});

export const answerRows = [
  nothingRow(null, 'null'),
  nothingRow(undefined, 'undefined'),
  nothingRow('', 'an empty string'),
  {
    name: 'a re-auth call that answers null runs a pending mutation as nobody',
    raw: { pendingRanAs: 'nobody' },
    healthy: { pendingRanAs: 'user_ada' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      await world.inFlight('pending');
      world.provider.fault('null');
      const from = world.server.log.length;
      world.server.expire();
      await world.server.log.until(({ type }) => type === 'mutation-arrived', { from });
      world.server.release();
      return { pendingRanAs: await world.whoRan('pending') };
    },
  },
  {
    name: 'the text "null" is sent as a token and refused',
    raw: { rejected: 1, ranAs: 'user_ada' },
    healthy: { rejected: 0, ranAs: 'user_ada' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      world.provider.fault('text-null');
      await world.nth(3);
      return { rejected: world.rejected(), ranAs: await world.ranAs('after the text') };
    },
  },
  {
    name: 'a first call that rejects leaves the client paused for ever, its mutations pending',
    isolated: true,
    raw: { ranAs: 'never', unhandled: 1 },
    healthy: { ranAs: 'user_ada' },
    async run(world) {
      world.provider.fault('500');
      world.wiring.connect();
      return { ranAs: await world.ranAs('waiting') };
    },
  },
  {
    name: 'a scheduled call that rejects is never made again: the token runs out',
    isolated: true,
    raw: { calledBeforeExpiry: false, authErrors: 1, unhandled: 1 },
    healthy: { calledBeforeExpiry: true, authErrors: 0 },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      world.provider.fault('500');
      const ranOut = world.server.log.until(({ type }) => type === 'auth-error', { ms: 12_000 }).then(() => false);
      const calledBeforeExpiry = await Promise.race([world.nth(4).then(() => true), ranOut]);
      ranOut.catch(() => {});
      return { calledBeforeExpiry, authErrors: world.authErrors() };
    },
  },
  reauthRow('500', 'rejects', true),
  reauthRow('hang', 'hangs', false),
  {
    name: 'a scheduled call that is still due revives the socket after a re-auth call that rejected',
    isolated: true,
    raw: { ranAs: 'user_ada', unhandled: 1 },
    healthy: { ranAs: 'user_ada' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      world.provider.fault('500');
      world.server.expire();
      await world.provider.log.until(({ outcome }) => outcome === '500');
      return { ranAs: await world.ranAs('revived') };
    },
  },
  {
    name: 'a setAuth while the re-auth call is under way stops the socket for ever, though nothing rejected',
    raw: { ranAs: 'never', rejected: 0 },
    healthy: { ranAs: 'user_ada', rejected: 0 },
    async run(world) {
      await wedge(world, world.wiring);
      return { ranAs: await world.ranAs('after the wedge', 5000), rejected: world.rejected() };
    },
  },
  {
    name: 'a fetcher that answers null to the unforced call revives a stopped socket',
    raw: { ranAs: 'user_ada' },
    healthy: { ranAs: 'user_ada' },
    async run(world) {
      await wedge(world, world.wiring);
      world.client.setAuth(({ forceRefreshToken }) =>
        forceRefreshToken ? world.provider.mint({ session: 'sess_ada', skipCache: true }) : null,
      );
      return { ranAs: await world.ranAs('revived') };
    },
  },
];
