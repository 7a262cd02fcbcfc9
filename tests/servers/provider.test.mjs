import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { createProvider } from '../../www/servers/provider.mjs';
import { makeProvider } from '../consumers/kit.mjs';

/** Never hand a token to an assertion: a failure would print it. */
const same = (a, b, message) => assert.ok(a === b, message);
const differs = (a, b, message) => assert.ok(a !== b, message);

/** A clock that moves only when told. */
function fakeClock(start = 1_800_000_000_000) {
  let time = start;
  return { now: () => time, move: (ms) => (time += ms) };
}

test('a minted token verifies, and names its session', async () => {
  const provider = makeProvider();
  const claims = await provider.verify(await provider.mint({ session: { sessionId: 'sess_bob', userId: 'user_bob' } }));
  assert.equal(claims.sub, 'user_bob');
  assert.equal(claims.sid, 'sess_bob');
  assert.equal(claims.exp - claims.iat, 4);
});

test('a token is refused from the very second of its expiry on', async () => {
  const clock = fakeClock();
  const provider = makeProvider({ now: clock.now });
  const token = await provider.mint();
  clock.move(3999);
  await provider.verify(token);
  clock.move(1);
  await assert.rejects(provider.verify(token), { code: 'ERR_JWT_EXPIRED' });
});

test('a token of another issuer, one with a foreign signature, and none at all are refused', async () => {
  const provider = makeProvider();
  await assert.rejects(provider.verify(await makeProvider({ issuer: 'https://elsewhere.test' }).mint()), {
    code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
  });
  await assert.rejects(provider.verify(await createProvider().mint()), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  await assert.rejects(provider.verify('null'), { code: 'ERR_JWS_INVALID' });
  await assert.rejects(provider.verify(undefined), { code: 'ERR_JWS_INVALID' });
});

test('two mints within one second are the same text, unless tokens carry an id', async () => {
  const clock = fakeClock();
  const plain = makeProvider({ now: clock.now });
  same(await plain.mint({ skipCache: true }), await plain.mint({ skipCache: true }), 'the same text');
  const withIds = makeProvider({ now: clock.now, jti: true });
  differs(await withIds.mint({ skipCache: true }), await withIds.mint({ skipCache: true }), 'another text');
});

test('without skipCache a token is handed out again until a quarter of its life is left', async () => {
  const clock = fakeClock();
  const provider = makeProvider({ now: clock.now });
  const first = await provider.mint();
  clock.move(2000);
  same(await provider.mint(), first, 'cached');
  differs(await provider.mint({ skipCache: true }), first, 'forced');
  clock.move(3000);
  await provider.mint();
  assert.deepEqual(
    provider.log.map(({ outcome }) => outcome),
    ['minted', 'cached', 'minted', 'minted'],
  );
  assert.equal(provider.minted, 3);
});

test('a template is another token, with its name as audience', async () => {
  const provider = makeProvider();
  assert.equal(decodeJwt(await provider.mint({ template: 'convex' })).aud, 'convex');
  assert.equal(decodeJwt(await provider.mint()).aud, undefined);
});

test('an ended session gets null, and a later one of the same user another id', async () => {
  const provider = makeProvider();
  provider.signOut('sess_ada');
  assert.equal(await provider.mint({ session: 'sess_ada' }), null);
  const session = provider.signIn('user_ada');
  assert.notEqual(session.sessionId, 'sess_ada');
  const claims = decodeJwt(await provider.mint({ session }));
  assert.equal(claims.sid, session.sessionId);
});

test('listeners hear of sign-ins and sign-outs until they stop listening', () => {
  const provider = makeProvider({ accounts: [{ userId: 'user_ada', sessionId: 'sess_ada', signedIn: false }] });
  let heard = 0;
  const stop = provider.subscribe(() => (heard += 1));
  assert.equal(provider.signIn('user_ada').sessionId, 'sess_ada');
  provider.signOut('sess_ada');
  stop();
  provider.signIn('user_ada');
  assert.equal(heard, 2);
});

test('a fault is met as often as it was asked for', async () => {
  const provider = makeProvider();
  provider.fault('500', 2);
  await assert.rejects(provider.mint(), { status: 500 });
  await assert.rejects(provider.mint(), { status: 500 });
  assert.ok(await provider.mint());
  assert.throws(() => provider.fault('typo'), RangeError);
});

test('each fault spoils a token in its own way', async () => {
  const provider = makeProvider();
  const meet = async (kind) => {
    provider.fault(kind);
    return provider.mint({ session: 'sess_ada', skipCache: true });
  };
  const good = await provider.mint({ session: 'sess_ada' });
  same(await meet('same'), good, 'same');
  assert.equal(await meet('null'), null);
  assert.equal(decodeJwt(await meet('foreign')).sub, 'user_bob');
  assert.equal(decodeJwt(await meet('no-iat')).iat, undefined);
  assert.equal(decodeJwt(await meet('no-exp')).exp, undefined);
  const tiny = decodeJwt(await meet('tiny'));
  assert.equal(tiny.exp - tiny.iat, 2);
  const used = decodeJwt(await meet('used'));
  assert.ok(used.exp - Date.now() / 1000 < 2 && used.exp - used.iat === 4);
  assert.equal(await meet('text-null'), 'null');
  await assert.rejects(provider.verify(await meet('stale')), { code: 'ERR_JWT_EXPIRED' });
  await assert.rejects(provider.verify(await meet('malformed')), { code: 'ERR_JWS_INVALID' });
  await assert.rejects(meet('offline'), { code: 'offline' });
});

test('a hanging mint ends when its caller gives up, when faults are cleared, and at close', async () => {
  const provider = makeProvider();
  const gone = new AbortController();
  provider.fault('hang', 3);
  const first = assert.rejects(provider.mint({ signal: gone.signal }), { name: 'AbortError' });
  gone.abort();
  await first;
  const second = assert.rejects(provider.mint(), { name: 'AbortError' });
  provider.clearFaults();
  await second;
  provider.fault('hang');
  const third = assert.rejects(provider.mint(), { name: 'AbortError' });
  provider.close();
  await third;
});
