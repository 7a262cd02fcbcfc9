/** Sessions that begin, end, switch and change, in the real Clerk: what a tab makes of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes, calls, right, state, told, wrong } from './judge.mjs';
import { launch, makeWorld } from './world.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const tabpin = { with: 'tabpin' };
const pins = (page) =>
  page.evaluate(() => kit.events.filter(({ type }) => type === 'pinned').map(({ session, cause }) => [session.userId, cause]));

/** A tab as ada, while bob has the cookie and the focus in another. */
async function besideBob(t, how = {}, options) {
  const world = await makeWorld(t, browser, options);
  const page = await world.open('one', { ...tabpin, ...how });
  await page.evaluate((ada) => kit.switchTo(ada), world.sessions.ada);
  const two = await world.open('two', tabpin);
  await two.evaluate((bob) => kit.switchTo(bob), world.sessions.bob);
  return { ...world, page, two };
}

test('the user switches in this tab: the tab follows, and what was begun as the old account does not go on', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', tabpin);
  await page.evaluate(() => kit.ask());
  const code = await page.evaluate(async (ada) => {
    const account = kit.auth.account();
    await kit.switchTo(ada);
    return account.getToken().then(() => 'token', kit.codeOf);
  }, world.sessions.ada);
  assert.equal(code, 'account_changed');
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'ada');
  assert.deepEqual(await pins(page), [
    ['bob', 'first'],
    ['ada', 'switched'],
  ]);
  assert.equal(wrong(world).length, 0);
});

test('somebody else signs in in another tab: this one stays, and knows that there are two', async (t) => {
  const world = await makeWorld(t, browser, { users: ['ada'] });
  const page = await world.open('one', tabpin);
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'ada');
  world.api.signIn('bob');
  const two = await world.open('two', tabpin);
  assert.equal((await two.evaluate(() => kit.ask())).userId, 'bob');
  await world.front(page);
  await page.waitForFunction(() => kit.auth.getSnapshot().multiSession);
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'ada');
  assert.deepEqual(await pins(page), [['ada', 'first']]);
  assert.deepEqual([wrong(world).length, right(world).length], [0, 3]);
});

for (const status of [401, 404]) {
  test(`the session is revoked, and the API answers ${status}: lost, and never the other account`, async (t) => {
    const world = await besideBob(t);
    await world.page.evaluate(() => kit.ask());
    world.api.end(world.sessions.ada, status);
    const from = world.api.log.length;
    const code = () => world.page.evaluate(() => kit.auth.getToken({ forceRefresh: true }).then(() => 'token', kit.codeOf));
    assert.deepEqual([await code(), await code()], ['account_changed', 'session_lost']);
    const { status: stands, user } = await state(world.page);
    assert.deepEqual([stands, user], ['lost', 'ada']);
    assert.equal((await world.page.evaluate(() => kit.ask())).reason, 'token-invalid');
    if (status === 404) assert.ok(calls(world, from).includes('session 404'));
    assert.equal(wrong(world).length, 0);
    assert.equal((await state(world.two)).status, 'signed_in');

    await world.page.evaluate((session) => kit.auth.pin(session), { sessionId: world.sessions.bob, userId: 'bob' });
    assert.equal((await world.page.evaluate(() => kit.ask())).userId, 'bob');
  });

  test(`the only session is revoked, and the API answers ${status}: signed out`, async (t) => {
    const world = await makeWorld(t, browser, { users: ['ada'] });
    const page = await world.open('one', tabpin);
    await page.evaluate(() => kit.ask());
    world.api.end(world.sessions.ada, status);
    await page.evaluate(() => kit.auth.getToken({ forceRefresh: true }).catch(() => undefined));
    await becomes(page, 'signed_out');
    assert.equal(await page.evaluate(() => kit.auth.accessToken()), null);
  });
}

test('a template that does not exist is named, and is no end of the session', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', { ...tabpin, template: 'typo', timeout: 1_000 });
  const from = world.api.log.length;
  const error = await page.evaluate(() => kit.auth.getToken().then(null, ({ code, message }) => ({ code, message })));
  assert.deepEqual(error, { code: 'source_rejected', message: 'The source rejected: HTTP 404 for the template typo.' });
  assert.equal((await state(page)).status, 'signed_in');
  assert.deepEqual(calls(world, from).slice(0, 2), ['tokens 404', 'session 200']);
  assert.equal(await page.evaluate(async () => kit.tabpin.decodeClaims(await kit.auth.withTemplate('convex').getToken()).aud), 'convex');
});

test('another organization is another account of the same session, and its tokens say so', async (t) => {
  const world = await makeWorld(t, browser);
  world.api.addOrganization('bob', 'org_1', 'org:admin');
  const page = await world.open('one', tabpin);
  const ask = () => page.evaluate(async () => ({ key: kit.auth.account().key, ...(await kit.ask()) }));
  const seen = [await ask()];
  await page.evaluate(() => Clerk.setActive({ organization: 'org_1' }));
  seen.push(await ask());
  world.api.addOrganization('bob', 'org_1', 'org:member');
  await page.evaluate(() => Clerk.session.reload());
  seen.push(await ask());
  assert.deepEqual(
    seen.map(({ userId, organizationId }) => [userId, organizationId]),
    [
      ['bob', null],
      ['bob', 'org_1'],
      ['bob', 'org_1'],
    ],
  );
  assert.equal(new Set(seen.map(({ key }) => key)).size, 3, 'the role is part of it');
  assert.deepEqual(await pins(page), [['bob', 'first']]);
});

test('signing out here ends this session at the server, and no other', async (t) => {
  const world = await besideBob(t);
  await world.front(world.page);
  await world.page.evaluate(() => kit.auth.signOut());
  assert.deepEqual(
    world.api.live().map(({ userId }) => userId),
    ['bob'],
  );
  assert.equal((await state(world.page)).status, 'signed_out');
  assert.equal((await world.two.evaluate(() => kit.ask())).userId, 'bob');
  assert.equal(wrong(world).length, 0);
});

test('everybody signs out: Clerk is left with nobody, and so is the tab; who signs in next is adopted', async (t) => {
  const world = await makeWorld(t, browser, { users: ['ada'] });
  const page = await world.open('one', tabpin);
  await page.evaluate(() => kit.ask());
  await page.evaluate(() => Clerk.signOut());
  await becomes(page, 'signed_out');
  world.api.signIn('eve');
  await page.evaluate(async () => {
    await Clerk.client.reload();
    await Clerk.setActive({ session: Clerk.client.signedInSessions[0].id });
  });
  await becomes(page, 'signed_in');
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'eve');
});

test("Clerk loads without its API: the cookie's account is not adopted, and the pin stands once the API is back", async (t) => {
  const world = await besideBob(t, { timeout: 500 });
  world.api.fault('500', { on: 'client', times: Infinity });
  await world.reload(world.page);
  assert.equal(await world.page.evaluate(() => Clerk.status), 'degraded');
  const refused = await world.page.evaluate(() => kit.ask());
  assert.deepEqual([refused.userId, refused.reason], [null, 'token-invalid']);
  assert.equal((await state(world.page)).status, 'unknown');

  world.api.clear();
  await world.front(world.two);
  await world.front(world.page);
  await becomes(world.page, 'signed_in');
  assert.equal((await world.page.evaluate(() => kit.ask())).userId, 'ada');
  assert.equal(wrong(world).length, 0);
});

test("a first visit without Clerk's API: nobody is adopted until it is back", async (t) => {
  const world = await makeWorld(t, browser);
  await (await world.open('zero')).evaluate(() => kit.ask());
  world.api.fault('500', { on: 'client', times: Infinity });
  const page = await world.open('one', { ...tabpin, timeout: 500 });
  assert.equal(await page.evaluate(() => Clerk.session.id), world.sessions.bob, 'Clerk itself adopts the cookie');
  assert.equal((await page.evaluate(() => kit.ask())).userId, null);
  assert.equal((await state(page)).status, 'unknown');
  world.api.clear();
  await page.evaluate(() => Clerk.session.touch());
  await told(page, 'pinned');
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
});
