/** A Clerk that does not come, comes late, comes twice, or comes without its cookies. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes, right, state, told, wrong } from './judge.mjs';
import { launch, makeWorld } from './world.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const tabpin = { with: 'tabpin' };

test('Clerk never loads: every verb says so in time, and no request runs as the cookie', async (t) => {
  const world = await makeWorld(t, browser);
  await (await world.open('zero')).evaluate(() => kit.ask());
  await world.context.route('**/clerk.browser.js', (route) => route.abort());
  const page = await world.open('one', { ...tabpin, timeout: 300, load: 'no' });
  const seen = await page.evaluate(async () => ({
    token: await kit.auth.getToken().catch(kit.codeOf),
    access: await kit.auth.accessToken().catch(kit.codeOf),
    ready: await kit.auth.ready().catch(kit.codeOf),
    reason: (await kit.ask()).reason,
    status: kit.auth.getSnapshot().status,
  }));
  const code = 'source_not_ready';
  assert.deepEqual(seen, { token: code, access: code, ready: code, reason: 'token-invalid', status: 'unknown' });
  assert.equal(world.app.log.at(-1).marker, code);
  await page.evaluate(() => kit.auth.dispose());
  assert.deepEqual(page.complaints, []);
});

test('Clerk comes long after the page has given up waiting: the tab recovers without a reload', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', { ...tabpin, timeout: 200, load: 'no', script: 'no' });
  assert.equal(await page.evaluate(() => kit.auth.getToken().catch(kit.codeOf)), 'source_not_ready');
  await page.addScriptTag({ url: '/clerk-js/clerk.browser.js' });
  await page.evaluate(() => kit.load());
  await told(page, 'pinned');
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
  assert.deepEqual(page.complaints, []);
});

test('another Clerk takes the place of the first: it is followed, and the pin stands', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', tabpin);
  await page.evaluate((ada) => kit.switchTo(ada), world.sessions.ada);
  await page.evaluate(() => {
    kit.first = globalThis.Clerk;
    delete globalThis.Clerk;
  });
  await page.addScriptTag({ url: '/clerk-js/clerk.browser.js' });
  await page.evaluate(() => kit.load());
  assert.equal(await page.evaluate(() => Clerk === kit.first), false);
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'ada');
  await page.evaluate((bob) => kit.switchTo(bob), world.sessions.bob);
  assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');
  assert.equal(wrong(world).length, 0);
});

test('two copies of Clerk on a page: each source follows its own, whatever the cookie says', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', tabpin);
  await page.evaluate(() => {
    kit.first = globalThis.Clerk;
    delete globalThis.Clerk;
  });
  await page.addScriptTag({ url: '/clerk-js/clerk.browser.js' });
  const users = await page.evaluate(async (ada) => {
    await kit.load();
    const { createTabAuth, clerkSource, decodeClaims } = kit.tabpin;
    const [one, two] = [kit.first, Clerk].map((clerk, index) => createTabAuth({ source: clerkSource(clerk), namespace: `copy-${index}` }));
    await Promise.all([one.ready(), two.ready()]);
    await Clerk.setActive({ session: ada });
    const subs = await Promise.all([one, two].map(async (auth) => decodeClaims(await auth.getToken()).sub));
    one.dispose();
    two.dispose();
    return subs;
  }, world.sessions.ada);
  assert.deepEqual(users, ['bob', 'ada']);
});

test('scripts may not use cookies: the tab has its account and its tokens all the same', async (t) => {
  const world = await makeWorld(t, browser);
  const tab = await world.open('one', { ...tabpin, cookies: 'no' });
  assert.equal(await tab.evaluate(() => document.cookie), '');
  assert.equal((await tab.evaluate(() => kit.ask())).userId, 'bob');
  await world.reload(tab);
  assert.equal((await tab.evaluate(() => kit.ask())).userId, 'bob');
  assert.deepEqual([right(world).length, wrong(world).length], [2, 0]);
});

test('the client is destroyed by a sign-out of everybody while a token is awaited: signed out, and nothing hangs', async (t) => {
  const world = await makeWorld(t, browser, { shareTokens: 'none' });
  const page = await world.open('one', tabpin);
  world.api.fault('hang', { times: Infinity });
  const outcome = page.evaluate(() => kit.auth.accessToken().then((token) => (token === null ? null : 'token'), kit.codeOf));
  await world.api.log.until(({ call }) => call === 'tokens');
  await page.evaluate(() => Clerk.signOut());
  assert.equal(await outcome, null);
  await becomes(page, 'signed_out');
  assert.equal((await state(page)).user, null);
});
