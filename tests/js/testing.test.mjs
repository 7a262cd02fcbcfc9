/** The scriptable source, and the check of others. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeClaims } from 'tabpin';
import { checkSource, fakeSource } from 'tabpin/testing';
import { ADA, BOB, jwt } from './kit.mjs';

const ask = (source, { session = null, skipCache = false, ...rest } = {}) =>
  source.getToken({ session, skipCache, signal: new AbortController().signal, ...rest });
const sub = async (promise) => decodeClaims(await promise).sub;

describe('fakeSource', () => {
  test('it mints for the session asked for, with its life and its clock', async () => {
    const source = fakeSource({ accounts: [ADA, BOB], lifetimeMs: 5000, now: () => 1_700_000_000_000 });
    const { sub: user, sid, iat, exp } = decodeClaims(await ask(source, { session: BOB }));
    assert.deepEqual({ user, sid, iat, exp }, { user: 'user_bob', sid: 'sess_bob', iat: 1_700_000_000, exp: 1_700_000_005 });
    assert.equal(source.minted, 1);
    assert.equal(await sub(ask(source)), 'user_ada');
    assert.equal(decodeClaims(await ask(source, { template: 'convex' })).template, 'convex');
  });

  test('two tokens are never the same text', async () => {
    const source = fakeSource();
    assert.ok((await ask(source)) !== (await ask(source)));
  });

  test('accounts come, switch and go, and listeners hear of it', async () => {
    const source = fakeSource({ accounts: [ADA] });
    let calls = 0;
    const stop = source.subscribe(() => (calls += 1));
    source.signIn(BOB);
    assert.deepEqual([source.current(), source.sessions()], [BOB, [ADA, BOB]]);
    source.switchTo(ADA);
    assert.deepEqual(source.current(), ADA);
    await source.signOut(ADA);
    assert.deepEqual([source.current(), source.sessions()], [BOB, [BOB]]);
    assert.equal(await ask(source, { session: ADA }), null);
    assert.equal(calls, 3);
    stop();
    await source.signOut(BOB);
    assert.equal(source.current(), null);
    assert.equal(calls, 3);
  });

  test('each fault is played as often as it was asked for', async () => {
    const source = fakeSource({ accounts: [ADA, BOB] });
    const first = await ask(source);
    source.fault('reject', 2);
    await assert.rejects(ask(source));
    await assert.rejects(ask(source));
    source.fault('null');
    assert.equal(await ask(source), null);
    source.fault('same');
    assert.ok((await ask(source)) === first);
    source.fault('foreign');
    assert.equal(await sub(ask(source)), 'user_bob');
    source.fault('malformed');
    const text = await ask(source);
    assert.throws(() => decodeClaims(text));
    source.fault('expired');
    assert.ok(decodeClaims(await ask(source)).exp * 1000 < Date.now());
    source.fault('hang');
    const hung = ask(source);
    assert.equal(await Promise.race([hung, ask(source).then(() => 'the next one answers')]), 'the next one answers');
  });

  test('latency delays the answer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const source = fakeSource();
    source.latency(1000);
    let done = false;
    const token = ask(source).then(() => (done = true));
    t.mock.timers.tick(999);
    await Promise.resolve();
    assert.equal(done, false);
    t.mock.timers.tick(1);
    await token;
  });
});

describe('checkSource', { concurrency: 8 }, () => {
  test('it finds nothing wrong with the scriptable one', async () => assert.deepEqual(await checkSource(fakeSource()), []));

  const good = { getToken: async () => jwt(), current: () => ADA, sessions: () => [ADA] };
  const kept = jwt();
  const faults = {
    'no token although somebody is there': [{ getToken: async () => null }, /no token/],
    'a rejection': [{ getToken: async () => Promise.reject(new Error('no')) }, /no token/],
    'a throw': [
      {
        getToken: () => {
          throw new Error('no');
        },
      },
      /no token/,
    ],
    'text that is no JWT': [{ getToken: async () => 'text' }, /JWT/],
    'a token without exp': [{ getToken: async () => jwt({ exp: undefined }) }, /exp/],
    'a token without iat': [{ getToken: async () => jwt({ iat: undefined }) }, /iat/],
    "another user's token": [{ getToken: async () => jwt({ sub: 'user_eve' }) }, /sub/],
    "another session's token": [{ getToken: async () => jwt({ sid: 'sess_eve' }) }, /sid/],
    'a cache that is never bypassed': [{ getToken: async () => kept }, /skipCache/],
    'a current session that is not listed': [{ sessions: () => [BOB] }, /sessions/],
    'a subscription that cannot be ended': [{ subscribe: () => undefined }, /subscribe/],
  };
  for (const [what, [part, says]] of Object.entries(faults)) {
    test(`it names ${what}`, async () => {
      const wrong = await checkSource({ ...good, ...part });
      assert.ok(
        wrong.some((complaint) => says.test(complaint)),
        `it says: ${wrong.join(' ')}`,
      );
    });
  }
});
