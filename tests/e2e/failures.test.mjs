/**
 * The five failures of `docs/failures.md`, each as a pair: the usual wiring shows it; with tabpin it is cured, and named by the code that
 * the document says. Real clients, the built package, Chromium.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { bundleHarness } from '../../www/bundle.mjs';
import { startServers } from '../../www/servers/all.mjs';
import { launch, makeWorld } from '../clerk/world.mjs';
import { ISSUER, OLD, shows, visit } from './failures-page.mjs';
import { assertWell, becomes, open as openHarness } from './harness-page.mjs';
import { ADA, BOB, close } from '../tabs/page.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const refusals = ({ app }) => app.log.map(({ status, code }) => [status, code]);

describe('1. "Session still loading"', { concurrency: 2 }, () => {
  test('usual: the server expects another issuer; the page loads for ever, after a reload too', async (t) => {
    const { servers, page } = await visit(t, browser, { expectedIssuer: OLD });
    for (const visits of [1, 2]) {
      await page.evaluate(() => lab.usualPage({ waitMs: 1_200, times: 3 }));
      await shows(page, 'Session still loading');
      assert.deepEqual(
        servers.app.log.map(({ status }) => status),
        Array(3 * visits).fill(401),
      );
      await page.reload();
      await page.waitForSelector('body[data-ready=true]', { state: 'attached' });
    }
  });

  test('tabpin: `issuer_mismatch`, with both issuers, on the client and on the server', async (t) => {
    const { servers, page } = await visit(t, browser, { expectedIssuer: OLD });
    const client = await page.evaluate(async (issuer) => {
      const { auth } = lab.make({ issuer });
      const code = await auth.getToken().catch(lab.codeOf);
      const [{ code: found, expected, actual }] = auth.explain();
      return { code, found, expected, actual, error: auth.getSnapshot().error.code, status: auth.getSnapshot().status };
    }, OLD);
    const code = 'issuer_mismatch';
    assert.deepEqual(client, { code, found: code, expected: OLD, actual: ISSUER, error: code, status: 'signed_in' });

    const { status } = await page.evaluate(async () => {
      const { auth } = lab.make({ namespace: 'trusting' });
      await lab.page(auth);
      return auth.getSnapshot();
    });
    assert.equal(status, 'signed_in');
    await shows(page, 'Refused');
    const { code: named, diagnosis } = servers.app.log.at(-1);
    assert.deepEqual([named, diagnosis.expectedIssuer, diagnosis.actualIssuer], [code, OLD, ISSUER]);
  });

  test('tabpin: with the same issuer on both sides the page is there', async (t) => {
    const { servers, page } = await visit(t, browser);
    await page.evaluate((issuer) => lab.page(lab.make({ issuer }).auth), ISSUER);
    await shows(page, 'Hello user_ada');
    assert.deepEqual(refusals(servers), [[200, null]]);
  });

  test('usual: the token takes longer than the page waits, and is lost', async (t) => {
    const { servers, page } = await visit(t, browser);
    servers.provider.latency(1_500);
    await page.evaluate(() => lab.usualPage({ waitMs: 200, times: 3 }));
    await servers.provider.log.until(({ outcome }) => outcome === 'minted');
    await shows(page, 'Session still loading');
    assert.deepEqual(refusals(servers), []);
  });

  test('tabpin: a late token is `source_timeout` until it has come, and then the page goes on without a reload', async (t) => {
    const { servers, page } = await visit(t, browser);
    servers.provider.latency(1_500);
    await page.evaluate(() => lab.page(lab.make({ timeoutMs: 200, onMissingToken: 'throw' }).auth));
    await shows(page, 'Session still loading: source_timeout');
    await shows(page, 'Hello user_ada');
    assert.deepEqual([refusals(servers), servers.provider.minted], [[[200, null]], 1]);
  });
});

describe('2. Claims one step behind', { concurrency: 2 }, () => {
  /** Clerk's real SDK; the application's server creates an organization, and middleware reads the cookie. */
  const open = async (t, how) => {
    const world = await makeWorld(t, browser, { users: ['ada'] });
    const page = await world.open('one', how);
    await page.evaluate(() => kit.ask());
    const create = () => world.api.setMetadata('ada', { organization: 'org_1' });
    const redirect = async () => (await (await page.goto(`${world.url}/api/dashboard?tab=one`)).json()).metadata;
    return { world, page, create, redirect };
  };

  test('usual: the redirect right after finds the cookie from before', async (t) => {
    const { create, redirect } = await open(t);
    create();
    assert.deepEqual(await redirect(), {});
  });

  test('usual: neither does a fixed wait help when the change takes longer', async (t) => {
    const { page, create, redirect } = await open(t);
    await page.evaluate(() => Clerk.session.reload());
    // The wait that stands in many applications goes by: the page's clock is put forward by it.
    await page.clock.install();
    await page.clock.fastForward(500);
    create();
    assert.deepEqual(await redirect(), {});
  });

  test('tabpin: the wait ends with the refresh that wrote the cookie, however late the change is', async (t) => {
    const { world, page, create, redirect } = await open(t, { with: 'tabpin' });
    const from = world.api.log.length;
    const wait = page.evaluate(async () => {
      const wanted = ({ metadata }) => metadata?.organization === 'org_1';
      const { metadata } = await kit.auth.waitForClaims(wanted);
      const cookie = document.cookie.match(/(?:^|; )__session=([^;]+)/)[1];
      return [metadata, kit.tabpin.decodeClaims(cookie).metadata];
    });
    const looked = ({ call, status }) => call === 'tokens' && status === 200;
    await world.api.log.until(looked, { from });
    create();
    assert.deepEqual(await wait, [{ organization: 'org_1' }, { organization: 'org_1' }]);
    assert.deepEqual(await redirect(), { organization: 'org_1' });
  });

  test('tabpin: a change that does not come is `claims_timeout`, with the claims that were seen last', async (t) => {
    const { page } = await open(t, { with: 'tabpin' });
    const error = await page.evaluate(() =>
      kit.auth
        .waitForClaims(({ metadata }) => metadata?.organization === 'org_1', { timeoutMs: 2_000 })
        .catch(({ code, message, cause }) => ({ code, message, sub: cause.sub, metadata: cause.metadata })),
    );
    assert.match(error.message, /after \d+ refreshes/);
    assert.deepEqual([error.code, error.sub, error.metadata], ['claims_timeout', 'ada', {}]);
  });
});

describe('3. The page that dies after an hour', { concurrency: 2 }, () => {
  const SHORT = { lifetimeSeconds: 4 };

  test('usual: once the rendered token has expired, queries and mutations run as nobody', async (t) => {
    const { servers, page } = await visit(t, browser, SHORT);
    const seen = await page.evaluate(async () => {
      const { token } = await lab.json(fetch('/servers/seed'));
      const { client, users, send } = lab.convex();
      const first = new Promise((resolve) =>
        client.setAuth(
          async () => token,
          (is) => is && resolve(),
        ),
      );
      await first;
      const live = await send();
      await new Promise((resolve) => client.onUpdate('me:get', {}, (user) => user === null && resolve()));
      return { live, dead: await send(), users: users.filter((user, index) => user !== users[index - 1]) };
    });
    assert.deepEqual([seen.live, seen.dead, seen.users.at(-1)], ['user_ada', null, null]);
    assert.ok(servers.convex.log.some(({ type }) => type === 'auth-error'));
  });

  test('tabpin: the rendered token is served first, and others follow it for three lifetimes', async (t) => {
    const { servers, page } = await visit(t, browser, SHORT);
    const seen = await page.evaluate(async () => {
      const { token } = await lab.json(fetch('/servers/seed'));
      const { auth, seen } = lab.make({ initialToken: token });
      const { client, users, send } = lab.convex();
      const authors = new Set();
      let tokens = 0;
      const lived = new Promise((resolve) => auth.on('token', () => (tokens += 1) > 4 && resolve()));
      lab.connectConvex(client, auth, { leewaySeconds: 1 });
      auth.on('token', () => void send().then((author) => authors.add(author)));
      await lived;
      authors.add(await send());
      return { ...seen(), users: [...new Set(users.slice(users.indexOf('user_ada')))], authors: [...authors] };
    });
    assert.equal(seen.events.find(({ type }) => type === 'token').origin, 'initial');
    assert.deepEqual([seen.users, seen.authors, seen.statuses], [['user_ada'], ['user_ada'], ['signed_in']]);
    assert.deepEqual(servers.convex.rejected(), []);
  });

  test('tabpin: a source that repeats itself is `token_not_newer`, then `gave_up`, and the client lives again once it does not', async (t) => {
    const { page } = await visit(t, browser, SHORT);
    const seen = await page.evaluate(async () => {
      const { token } = await lab.json(fetch('/servers/seed'));
      let source = { ...lab.source, getToken: async () => token };
      // A source that gives the same again is asked anew after a second and a little.
      const { auth, seen } = lab.make({ source: { ...lab.source, getToken: (request) => source.getToken(request) }, giveUpAfterMs: 2_000 });
      const { client, send } = lab.convex();
      const over = lab.heard(auth, 'gave_up');
      lab.connectConvex(client, auth, { leewaySeconds: 1 });
      await over;
      const recovered = lab.heard(auth, 'recovered');
      source = lab.source;
      await recovered;
      return { ...seen(), author: await send() };
    });
    for (const code of ['token_not_newer']) assert.ok(seen.codes.includes(code), code);
    assert.deepEqual([seen.author, seen.statuses], ['user_ada', ['signed_in']]);
  });
});

describe('4. The background tab that acts as somebody else', { concurrency: 2 }, () => {
  /** A tab of Ada's, and one in front of it where Bob signs in. */
  const both = async (t, options) => {
    const world = await visit(t, browser, options);
    const front = await world.open();
    return { ...world, front, switchAway: () => front.evaluate(() => lab.become('user_bob')) };
  };

  test('usual: by cookie alone, its queries and mutations run as the other account', async (t) => {
    const { page, switchAway, servers } = await both(t);
    const act = () =>
      page.evaluate(async () => {
        const client = lab.trpc();
        return [(await client.whoami.query()).userId, (await client.notes.add.mutate({ text: 'hello' })).author];
      });
    assert.deepEqual(await act(), ['user_ada', 'user_ada']);
    await switchAway();
    assert.deepEqual(await act(), ['user_bob', 'user_bob']);
    assert.deepEqual(
      servers.trpc.notes.map(({ author }) => author),
      ['user_ada', 'user_bob'],
    );
  });

  test('tabpin: they run as the tab’s own, it says `drifted`, and tokens of the other are `wrong_account`', async (t) => {
    const { page, switchAway, servers } = await both(t);
    await page.evaluate(() => {
      globalThis.mine = lab.make();
      globalThis.client = lab.trpc(() => mine.auth.headers());
    });
    const act = () =>
      page.evaluate(async () => [(await client.whoami.query()).userId, (await client.notes.add.mutate({ text: 'hello' })).author]);
    assert.deepEqual(await act(), ['user_ada', 'user_ada']);
    await switchAway();
    await page.evaluate(() => lab.look());
    servers.provider.fault('foreign');
    await page.evaluate(() => mine.auth.getToken({ forceRefresh: true }));
    assert.deepEqual(await act(), ['user_ada', 'user_ada']);
    const seen = await page.evaluate(() => ({ ...mine.seen(), drifted: mine.auth.getSnapshot().drifted }));
    assert.deepEqual([seen.drifted, seen.codes, seen.statuses], [true, ['wrong_account'], ['signed_in']]);
    assert.ok(seen.events.some(({ type, where }) => type === 'drift' && where !== undefined));
    assert.deepEqual([...new Set(servers.trpc.log.map(({ userId, carrier }) => `${userId} ${carrier}`))], ['user_ada bearer']);
  });

  test('tabpin: never signed out by a marker, a 401, or another tab', async (t) => {
    const { page, front, switchAway, servers } = await both(t);
    await page.evaluate(() => void (globalThis.mine = lab.make({ timeoutMs: 500 })));
    const ask = (path = '/app/me') => page.evaluate((url) => lab.json(mine.auth.fetch(url)), path);
    await switchAway();
    await page.evaluate(() => lab.look());
    // A marker: without a token in time, the request fails closed.
    servers.provider.fault('500', Infinity);
    assert.deepEqual(await ask(), { code: 'tab_token_missing' });
    servers.provider.clearFaults();
    await page.evaluate(() => mine.auth.getToken({ timeoutMs: 10_000 }));
    assert.deepEqual(await ask(), { userId: 'user_ada' });
    // A 401: the server's SDK took the cookie in spite of the token.
    assert.deepEqual(await ask('/app/me?sdk=cookie'), { code: 'credential_substituted' });
    // Another tab: the other account leaves, and comes back.
    await front.evaluate(() => fetch('/provider/sign-out', { method: 'POST', body: JSON.stringify({ sessionId: 'sess_bob' }) }));
    await page.evaluate(() => lab.look());
    await switchAway();
    await page.evaluate(() => lab.look());
    assert.deepEqual(await ask(), { userId: 'user_ada' });
    const seen = await page.evaluate(() => mine.seen());
    assert.deepEqual(seen.statuses, ['signed_in']);
    assert.deepEqual(
      seen.events.filter(({ type }) => ['signed_out', 'lost'].includes(type)),
      [],
    );
    assert.deepEqual([...new Set(servers.app.log.map(({ userId }) => userId))].sort(), ['user_ada', null].sort());
  });
});

describe('5. Offline, and signed out', { concurrency: 2 }, () => {
  const SHORT = { lifetimeSeconds: 4 };

  test('usual: a refresh without a network is taken for a sign-out, which outlasts the outage', async (t) => {
    const { context, page } = await visit(t, browser, { ...SHORT, jti: true });
    await page.evaluate(async () => {
      const mint = ({ forceRefreshToken }) =>
        lab.source.getToken({ session: { sessionId: 'sess_ada' }, skipCache: forceRefreshToken }).catch(() => null);
      globalThis.states = [];
      globalThis.wired = lab.convex();
      await new Promise((resolve) => wired.client.setAuth(mint, (is) => states.push(is) === 2 && resolve()));
    });
    await context.setOffline(true);
    await page.waitForFunction(() => states.at(-1) === false);
    await context.setOffline(false);
    assert.equal(await page.evaluate(() => wired.send()), null, 'the mutation ran as nobody');
    assert.equal(await page.evaluate(() => states.at(-1)), false);
  });

  test('tabpin: it stays signed in through a lifetime without a network, says `offline`, and goes on', async (t) => {
    const { context, page, servers } = await visit(t, browser, SHORT);
    await page.evaluate(async () => {
      globalThis.mine = lab.make();
      globalThis.wired = lab.convex();
      lab.connectConvex(wired.client, mine.auth, { leewaySeconds: 1 });
      await wired.send();
    });
    await context.setOffline(true);
    const { expiresAt } = await page.evaluate(() => mine.auth.stats());
    assert.notEqual(await page.evaluate(() => mine.auth.peekHeaders().authorization), undefined, 'the token at hand is served');
    // Convex may have lost its timer with the connection, so somebody else asks.
    await page.evaluate(() => void mine.auth.getToken({ forceRefresh: true }).catch(() => {}));
    await page.waitForFunction((until) => Date.now() > until && mine.seen().codes.includes('offline'), expiresAt);
    const { online, status } = await page.evaluate(() => mine.auth.getSnapshot());
    assert.deepEqual([online, status], [false, 'signed_in']);
    await context.setOffline(false);
    assert.equal(await page.evaluate(() => wired.send()), 'user_ada');
    const seen = await page.evaluate(() => mine.seen());
    assert.ok(seen.events.some(({ type, error }) => type === 'retry' && error.code === 'offline'));
    assert.deepEqual(seen.statuses, ['signed_in']);
    assert.ok(!servers.convex.messages.some(({ author }) => author === null));
  });
});

describe('the buttons of the harness', () => {
  const paper = readFileSync(new URL('../../docs/failures.md', import.meta.url), 'utf8');
  const sections = paper.split(/^## \d+\. /m).slice(1);

  test('each breaks the usual wiring and not tabpin, by the name of its section', async (t) => {
    await bundleHarness();
    const server = await startServers({ accounts: [ADA, { ...BOB, signedIn: false }] });
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    t.after(() => close(context, server));
    const { page, complaints } = await openHarness(context, server.url);
    await becomes(page, 'right', 'alive');
    assert.equal(await page.locator('[data-failure]').count(), sections.length);
    for (const [index, section] of sections.entries()) {
      const row = page.locator(`[data-failure="${index + 1}"]`);
      assert.equal(await row.getByRole('button').textContent(), section.split('\n')[0]);
      assert.match(await row.getByRole('link').getAttribute('href'), /^docs\/failures\.md/);
      await row.getByRole('button').click();
      await page.waitForSelector(`[data-failure="${index + 1}"]:is([data-state=done], [data-state=failed])`, { timeout: 60_000 });
      const outcome = (name) => row.locator(`[data-side=${name}]`).getAttribute('data-outcome');
      assert.deepEqual([await outcome('left'), await outcome('right')], ['broken', 'well'], section.split('\n')[0]);
      for (const [, code] of (await row.textContent()).matchAll(/Named (\w+)/g)) assert.ok(section.includes(`\`${code}\``), code);
    }
    const first = await page.textContent('[data-failure="1"] [data-side=right]');
    for (const told of [OLD, ISSUER, 'issuer_mismatch', 'source_timeout']) assert.ok(first.includes(told), told);
    await assertWell(page, complaints);
    assert.equal(await page.textContent('[data-pin]'), 'Ada');
    assert.match(await (await fetch(`${server.url}/docs/failures.md`)).text(), /^# Five failures/);
  });
});
