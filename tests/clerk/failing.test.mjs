/** Clerk's API hangs, refuses and storms: what Clerk alone makes of it, and what a tab with tabpin does. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { becomes, calls, right, state, wrong } from './judge.mjs';
import { launch, makeWorld } from './world.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const alone = {};
const tabpin = { with: 'tabpin' };
const tokensAsked = (world) => world.api.log.filter(({ call, status }) => call === 'tokens' && status === null);

describe('a request for a token hangs', () => {
  test('Clerk alone: every call after it hangs too, but for one past the cache', async (t) => {
    const world = await makeWorld(t, browser, { shareTokens: 'none' });
    world.api.fault('hang');
    const page = await world.open('one', alone);
    const seen = await page.evaluate(async () => {
      const settled = [false, false];
      settled.forEach((_, index) => Clerk.session.getToken().then(() => (settled[index] = true)));
      return { past: typeof (await Clerk.session.getToken({ skipCache: true })), settled };
    });
    assert.deepEqual(seen, { past: 'string', settled: [false, false] });
  });

  test('with tabpin the tab recovers after one timeout, with one more request', async (t) => {
    const world = await makeWorld(t, browser, { shareTokens: 'none' });
    world.api.fault('hang');
    const page = await world.open('one', tabpin);
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
    const codes = await page.evaluate(() => kit.events.filter(({ type }) => type === 'retry').map(({ error }) => error.code));
    assert.deepEqual(codes, ['source_timeout']);
    assert.deepEqual(
      tokensAsked(world).map(({ skipCache }) => skipCache),
      [false, true],
    );
  });
});

describe('a request without a token, while the cookie is the other account', () => {
  test("the ways that are tried without tabpin run as the cookie's account", async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', alone);
    const users = await page.evaluate(async (ada) => {
      const session = Clerk.client.sessions.find(({ id }) => id === ada);
      const good = await session.getToken();
      await Clerk.session.getToken({ skipCache: true });
      const ways = [{}, { authorization: '' }, { authorization: `bearer ${good}` }, { authorization: 'Basic YTpi' }, { 'x-viewer': 'ada' }];
      return Promise.all(ways.map(async (headers) => (await kit.ask('/api/me', { headers })).userId));
    }, world.sessions.ada);
    assert.deepEqual(users, ['bob', 'bob', 'bob', 'bob', 'bob']);
  });

  test('with tabpin it is refused: while there is no token in time, and when the session is lost', async (t) => {
    const world = await makeWorld(t, browser, { shareTokens: 'none' });
    const page = await world.open('one', { ...tabpin, timeout: 500 });
    await page.evaluate((ada) => kit.switchTo(ada), world.sessions.ada);
    const two = await world.open('two', tabpin);
    await two.evaluate((bob) => kit.switchTo(bob), world.sessions.bob);
    world.api.fault('500', { sessionId: world.sessions.ada, times: Infinity });
    world.api.skew(-3600);
    await page.evaluate(() => kit.auth.getToken({ forceRefresh: true }).catch(() => undefined));
    const before = world.app.log.length;
    const slow = await page.evaluate(async () => {
      const other = kit.tabpin.createTabAuth({ source: kit.tabpin.clerkSource(Clerk), template: 'convex', timeoutMs: 500 });
      const response = await other.fetch('/api/me?tab=one&want=none');
      other.dispose();
      return { status: response.status, ...(await response.json()) };
    });
    assert.deepEqual([slow.status, slow.reason, slow.userId], [401, 'token-invalid', null]);

    world.api.clear();
    world.api.end(world.sessions.ada, 404);
    await page.evaluate(() => kit.auth.getToken({ forceRefresh: true }).catch(() => undefined));
    await becomes(page, 'lost');
    assert.deepEqual((await page.evaluate(() => kit.ask())).reason, 'token-invalid');
    assert.deepEqual(
      world.app.log.slice(before).map(({ status, marker }) => [status, marker]),
      [
        [401, 'source_timeout'],
        [401, 'session_lost'],
      ],
    );
    assert.equal(wrong(world).length, 0);
  });
});

describe('the client endpoint answers 401 for ever, and Clerk asks it in a loop', () => {
  async function storm(t, how) {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', how);
    await page.evaluate(() => kit.ask());
    world.api.clear();
    world.api.fault('401', { on: 'client', times: Infinity });
    const from = world.api.log.length;
    // As Clerk hears it when another tab signs out.
    await page.evaluate(() => new BroadcastChannel('clerk').postMessage({ type: 'signout' }));
    let count = 0;
    await world.api.log.until(({ call, status }) => call === 'client' && status === 401 && ++count === 200, { from });
    return { world, page, from };
  }

  test('Clerk alone: hundreds of requests, one at a time', async (t) => {
    const { world, from } = await storm(t, alone);
    assert.deepEqual([...new Set(calls(world, from))], ['client 401']);
    assert.equal(world.api.peak('client'), 1);
  });

  test('with tabpin not one request is added, and the token at hand still serves', async (t) => {
    const { world, page, from } = await storm(t, tabpin);
    assert.deepEqual([...new Set(calls(world, from))], ['client 401']);
    assert.equal(world.api.peak('client'), 1);
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
  });

  test('where tokens are refused too, tabpin asks twice at most, however often it is asked', async (t) => {
    const world = await makeWorld(t, browser, { shareTokens: 'none' });
    const page = await world.open('one', { ...tabpin, timeout: 6_000 });
    await page.evaluate(() => kit.ask());
    world.api.clear();
    world.api.fault('401', { on: ['client', 'tokens'], times: Infinity });
    const from = world.api.log.length;
    const codes = await page.evaluate(() =>
      Promise.all([0, 1, 2, 3].map(() => kit.auth.getToken({ forceRefresh: true }).then(() => 'token', kit.codeOf))),
    );
    assert.deepEqual([...new Set(codes)].length, 1);
    assert.notEqual(codes[0], 'token');
    assert.ok(calls(world, from).filter((call) => call === 'tokens 401').length <= 2);
    assert.ok(world.api.peak('client') <= 2);
    world.api.clear();
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
    assert.equal((await state(page)).status, 'signed_in');
  });
});

for (const fault of ['drop', '429', '500']) {
  test(`${fault} for a token changes nothing of who is signed in, and the live token serves on`, async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', tabpin);
    await page.evaluate(() => kit.ask());
    world.api.fault(fault, { times: Infinity });
    await page.evaluate(() => kit.auth.getToken({ forceRefresh: true, timeoutMs: 500 }).catch(() => undefined));
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
    assert.deepEqual((await state(page)).status, 'signed_in');
    assert.equal(right(world).length, 2);
  });
}

test("another account's token in answer to a mint is refused and asked for anew", async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', tabpin);
  await page.evaluate(() => kit.ask());
  world.api.skew(2);
  world.api.fault('swapped');
  const sub = await page.evaluate(async () => kit.tabpin.decodeClaims(await kit.auth.getToken({ forceRefresh: true })).sub);
  assert.equal(sub, 'bob');
  const refused = await page.evaluate(() => kit.events.filter(({ type }) => type === 'refused').map(({ error }) => error.code));
  assert.deepEqual(refused, ['wrong_account']);
});
