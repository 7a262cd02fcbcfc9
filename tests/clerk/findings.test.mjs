/** Several sessions in one browser: what Clerk alone does to requests, and that with tabpin each tab stays who it is. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { calls, right, told, wrong } from './judge.mjs';
import { launch, makeWorld } from './world.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A tab as ada and one as bob, who has the focus and the cookie. */
async function twoTabs(t, how, options) {
  const world = await makeWorld(t, browser, options);
  const one = await world.open('one', how);
  await one.evaluate((ada) => kit.switchTo(ada), world.sessions.ada);
  const two = await world.open('two', how);
  await two.evaluate((bob) => kit.switchTo(bob), world.sessions.bob);
  return { ...world, one, two };
}

const alone = {};
const tabpin = { with: 'tabpin' };

describe('another tab switches', () => {
  test("Clerk alone: the first tab's requests run as the other account, while its token is its own", async (t) => {
    const world = await twoTabs(t, alone);
    assert.equal((await world.one.evaluate(() => kit.ask())).userId, 'bob');
    assert.equal((await world.one.evaluate(() => kit.askWithToken())).userId, 'ada');
    assert.equal(wrong(world).length, 1);
  });

  test("with tabpin every request carries its own tab's account", async (t) => {
    const world = await twoTabs(t, tabpin);
    for (const page of [world.one, world.two, world.one]) {
      await world.front(page);
      for (const tab of [world.one, world.two]) await tab.evaluate(() => kit.ask());
    }
    assert.deepEqual([wrong(world).length, right(world).length], [0, 6]);
  });
});

describe('both sessions come with a token, and Clerk refreshes both', () => {
  // Clerk refreshes 17 s before a token expires.
  const options = { shareTokens: 'all', lifetimeSeconds: 19 };

  test('Clerk alone: the cookie flips by itself, and a request runs as the other account', async (t) => {
    const world = await makeWorld(t, browser, options);
    const page = await world.open('one', alone);
    await page.evaluate(() => kit.askUntilFlipped());
    assert.ok(wrong(world).length > 0);
  });

  test('with tabpin the cookie flips too, and every request carries the account of the tab', async (t) => {
    const world = await makeWorld(t, browser, options);
    const page = await world.open('one', tabpin);
    await page.evaluate(() => kit.askUntilFlipped());
    assert.deepEqual([wrong(world).length, right(world).length], [0, world.app.log.length]);
  });
});

describe('the application asks another session for its token', () => {
  const askOther = (page, { sessions }) =>
    page.evaluate(
      (ada) =>
        Clerk.client.sessions
          .find(({ id }) => id === ada)
          .getToken()
          .then(kit.cookie),
      sessions.ada,
    );

  test('Clerk alone: that writes the cookie, and the next request runs as the other account', async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', alone);
    assert.equal(await askOther(page, world), world.sessions.ada);
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'ada');
    assert.equal(wrong(world).length, 1);
  });

  test('with tabpin the request carries the account of the tab, and the flip is told as drift', async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', tabpin);
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
    assert.equal(await askOther(page, world), world.sessions.ada);
    await page.evaluate(() => kit.auth.getToken({ forceRefresh: true }));
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
    await told(page, 'drift');
    assert.equal(wrong(world).length, 0);
  });

  test("tabpin's own asking leaves the cookie alone, for templates of a session that is not current too", async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', tabpin);
    const seen = await page.evaluate(async (ada) => {
      const { createTabAuth, clerkSource, decodeClaims } = kit.tabpin;
      const source = clerkSource(Clerk);
      const session = source.sessions().find(({ sessionId }) => sessionId === ada);
      const token = await source.getToken({ session, template: 'convex', skipCache: false, signal: new AbortController().signal });
      return { sub: decodeClaims(token).sub, cookie: kit.cookie() };
    }, world.sessions.ada);
    assert.deepEqual(seen, { sub: 'ada', cookie: world.sessions.bob });
  });
});

describe('a reload', () => {
  test('Clerk alone: the tab becomes whoever was active last', async (t) => {
    const world = await twoTabs(t, alone);
    await world.reload(world.one);
    assert.equal(await world.one.evaluate(() => Clerk.session.id), world.sessions.bob);
  });

  test('with tabpin the tab stays who it was, and nothing more is asked of the server for it', async (t) => {
    const world = await twoTabs(t, tabpin);
    const from = world.api.log.length;
    await world.reload(world.one, { behind: world.two });
    assert.equal(await world.one.evaluate(() => Clerk.session.id), world.sessions.ada);
    assert.equal((await world.one.evaluate(() => kit.ask())).userId, 'ada');
    assert.equal(await world.one.evaluate(() => kit.cookie()), world.sessions.bob, 'the cookie is left to the tab in front');
    assert.deepEqual(calls(world, from).sort(), ['client 200', 'environment 200', 'tokens 200']);
    assert.equal(wrong(world).length, 0);
  });

  test('without `initialSession` the tab is moved to its pin all the same; the tab in front takes the cookie back', async (t) => {
    const world = await twoTabs(t, { ...tabpin, hook: 'no' });
    await world.reload(world.one, { behind: world.two });
    assert.equal((await world.one.evaluate(() => kit.ask())).userId, 'ada');
    assert.equal(await world.one.evaluate(() => Clerk.session.id), world.sessions.ada);
    await world.two.evaluate(() => Clerk.session.getToken());
    assert.equal(await world.two.evaluate(() => kit.cookie()), world.sessions.bob);
    assert.equal((await world.two.evaluate(() => kit.ask())).userId, 'bob');
    assert.equal(wrong(world).length, 0);
  });
});

describe("another tab broadcasts a token of the wrong session under this session's name", () => {
  /** The message as Clerk words it, with a token that is newer than what the tab has; resolves once it is heard. */
  async function broadcast(page, { api, sessions, url }) {
    const tokenRaw = await api.mint(api.session(sessions.ada), { azp: url });
    await page.evaluate(
      ([sessionId, jwt]) => {
        const [sender, hearer] = [0, 1].map(() => new BroadcastChannel('clerk:session_token'));
        const heard = new Promise((resolve) => hearer.addEventListener('message', resolve));
        sender.postMessage({ sessionId, tokenId: sessionId, organizationId: null, template: undefined, traceId: 'x', tokenRaw: jwt });
        return heard.then(() => undefined);
      },
      [sessions.bob, tokenRaw],
    );
  }
  /** Seconds apart from the token that the tab loads with. */
  const later = (world) => world.api.skew(2);

  test('Clerk alone: `getToken` gives it, and the request runs as the other account', async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', alone);
    later(world);
    await broadcast(page, world);
    assert.equal((await page.evaluate(() => kit.askWithToken())).userId, 'ada');
    assert.equal(wrong(world).length, 1);
  });

  test('with tabpin it is refused, and the request carries the account of the tab', async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', tabpin);
    later(world);
    await broadcast(page, world);
    assert.equal((await page.evaluate(() => kit.askWithToken())).userId, 'bob');
    const refused = await page.evaluate(() => kit.events.filter(({ type }) => type === 'refused').map(({ error }) => error.code));
    assert.deepEqual(refused, ['wrong_account']);
    assert.equal(wrong(world).length, 0);
  });
});

describe('hundreds of requests, while a third tab goes back and forth between the accounts', () => {
  async function traffic(t, how) {
    const world = await twoTabs(t, how);
    const three = await world.open('three', how);
    const tabs = [world.one, world.two, three];
    for (let round = 0; round < 12; round++) {
      const user = round % 2 ? 'ada' : 'bob';
      await world.front(three);
      await three.evaluate((session) => kit.switchTo(session), world.sessions[user]);
      await world.front(tabs[round % 3]);
      await Promise.all(
        tabs.map((page) =>
          page.evaluate(async () => {
            for (let count = 0; count < 10; count++) await kit.ask();
          }),
        ),
      );
    }
    const [asked, mistaken, good] = [world.app.log.length, wrong(world).length, right(world).length];
    t.diagnostic(`${asked} requests: ${good} as their own account, ${mistaken} as another, ${asked - good - mistaken} refused`);
    assert.ok(asked >= 300);
    return { mistaken: mistaken / asked, good: good / asked };
  }

  test('Clerk alone: at least a fifth of them run as another account', async (t) => {
    assert.ok((await traffic(t, alone)).mistaken >= 0.2);
  });

  test('with tabpin none does, and at least 95 % succeed as their own', async (t) => {
    const { mistaken, good } = await traffic(t, tabpin);
    assert.equal(mistaken, 0);
    assert.ok(good >= 0.95);
  });
});
