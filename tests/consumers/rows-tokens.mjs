/** Tokens that Convex takes and then cannot live with, and who it takes the user to be. */
import { accepted, happens } from './kit.mjs';

/** A token whose claims let Convex schedule nothing. `healthy.claim` is what the wiring's failure must name. */
const unschedulable = (fault, { name, complaint, claim, verify }) => ({
  name: `a token ${name} is sent, and nothing is scheduled`,
  verify,
  giveUpAfterMs: 2500,
  raw: { handed: true, complained: true, claim: null },
  healthy: { handed: false, complained: false, claim },
  async run(world) {
    world.provider.fault(fault, Infinity);
    world.wiring.connect();
    const complained = world.lines.until(({ line }) => line.includes(complaint)).then(() => null);
    complained.catch(() => {});
    const failure = await Promise.race([complained, world.wiring.failed()]);
    return {
      handed: world.calls.some(({ outcome }) => outcome === 'token'),
      complained: failure === null,
      claim: failure && (failure.includes(claim) ? claim : failure),
    };
  },
});

/** One scheduled call answers with a bad token; how many refusals and expiries the server had to hand out. */
const spoiled = (fault, name, raw, lifetimeSeconds) => ({
  name,
  lifetimeSeconds,
  raw,
  healthy: { rejected: 0, authErrors: 0, signedOut: false, ranAs: 'user_ada' },
  async run(world) {
    world.wiring.connect();
    await world.nth(2);
    world.provider.fault(fault);
    await world.provider.log.until(({ outcome }) => outcome === fault);
    await Promise.race([world.nth(4), world.server.log.until(({ type }) => type === 'auth-error', { ms: 10_000 })]).catch(() => null);
    const observed = { rejected: world.rejected(), authErrors: world.authErrors(), signedOut: world.signedOut() };
    return { ...observed, ranAs: await world.ranAs('after the token') };
  },
});

export const tokenRows = [
  spoiled('same', 'the same string on the scheduled call ends all refreshing', {
    rejected: 0,
    authErrors: 1,
    signedOut: false,
    ranAs: 'user_ada',
  }),
  spoiled(
    'used',
    'a token with part of its life gone is refreshed too late',
    { rejected: 0, authErrors: 1, signedOut: false, ranAs: 'user_ada' },
    8,
  ),
  spoiled('stale', 'an expired token is sent blindly and refused', { rejected: 1, authErrors: 1, signedOut: false, ranAs: 'user_ada' }),
  {
    name: 'two mints in one second are the same string, which ends all refreshing',
    jti: false,
    frozenMints: 2,
    raw: { forced: 1, authErrors: 1 },
    healthy: { forced: 2, authErrors: 0 },
    async run(world) {
      world.wiring.connect();
      await world.nth(1);
      const ranOut = world.server.log.until(({ type }) => type === 'auth-error', { ms: 12_000 });
      await Promise.race([world.nth(3), ranOut]).catch(() => null);
      ranOut.catch(() => {});
      const until = world.authErrors() ? world.server.log.find(({ type }) => type === 'auth-error').at : Infinity;
      const forced = world.calls.filter(({ force, outcome, at }) => force && outcome === 'pending' && at < until).length;
      return { forced, authErrors: world.authErrors() };
    },
  },
  {
    name: 'the same string on the re-auth call signs the client out',
    raw: { signedOut: true, ranAs: 'nobody' },
    healthy: { signedOut: false, ranAs: 'user_ada' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      world.provider.fault('same');
      world.server.expire();
      await world.nextTurn();
      return { signedOut: world.signedOut(), ranAs: await world.ranAs('after re-auth') };
    },
  },
  unschedulable('no-iat', { name: 'without iat', complaint: 'does not have required fields', claim: 'iat' }),
  unschedulable('no-exp', { name: 'without exp', complaint: 'does not have required fields', claim: 'exp' }),
  unschedulable('tiny', { name: 'that lives two seconds', complaint: 'does not live long enough', claim: 'exp' }),
  unschedulable('malformed', {
    name: 'that is no JWT',
    complaint: 'not a valid JWT',
    claim: 'JWT',
    verify: () => ({ sub: 'user_ada', sid: 'sess_ada', exp: Date.now() / 1000 + 60 }),
  }),
  {
    name: 'the first expiry of a token without iat is ignored, and the dead token sent again',
    giveUpAfterMs: 2500,
    raw: { expired: 1, refused: 1, askedBetween: false },
    healthy: { expired: 0, refused: 0, askedBetween: false },
    async run(world) {
      world.provider.fault('no-iat', Infinity);
      world.wiring.connect();
      const refused = world.server.log.until(({ type, accepted: taken }) => type === 'authenticate' && !taken, { ms: 18_000 });
      await Promise.race([refused, world.wiring.failed()]);
      refused.catch(() => {});
      const expired = world.server.log.filter(({ type, updateAttempted }) => type === 'auth-error' && !updateAttempted);
      const calls = world.calls.filter(({ at }) => expired[0] && at > expired[0].at && at < world.server.rejected()[0].at);
      return { expired: expired.length, refused: world.rejected(), askedBetween: calls.length > 0 };
    },
  },
  {
    name: 'a lifetime below the leeway makes Convex ask in a hot loop',
    leewaySeconds: 10,
    raw: { hot: true },
    healthy: { hot: false },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      const asked = world.calls.length;
      return { hot: await happens(world.calls.until(() => world.calls.length > asked + 25, { ms: 5000 })) };
    },
  },
  {
    name: 'a token of another user switches the client silently',
    raw: { foreign: true, ranAs: 'user_bob' },
    healthy: { foreign: false, ranAs: 'user_ada' },
    async run(world) {
      world.wiring.connect();
      await world.nth(2);
      world.provider.fault('foreign');
      const bob = world.server.log.until(accepted('user_bob')).then(() => true);
      bob.catch(() => {});
      const foreign = await Promise.race([bob, world.nth(3).then(() => false)]);
      return { foreign, ranAs: await world.ranAs('whose') };
    },
  },
];
