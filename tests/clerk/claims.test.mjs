/** A user's metadata changes at the server: the redirect that follows finds it in the cookie. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, makeWorld } from './world.mjs';

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** What middleware does: no header, only the cookie. */
const byCookie = (page) => page.evaluate(() => fetch('/api/redirect?tab=one').then((response) => response.json()));

test('Clerk alone: right after the change the cookie still says what was', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one');
  await page.evaluate(() => kit.ask());
  world.api.setMetadata('bob', { plan: 'pro' });
  const { userId, metadata } = await byCookie(page);
  assert.deepEqual([userId, metadata], ['bob', {}]);
});

test('with tabpin the wait ends when a token says so, and the cookie says so then', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', { with: 'tabpin', template: 'convex' });
  await page.evaluate(() => kit.auth.getToken());
  const wait = page.evaluate(() =>
    kit.auth.waitForClaims(({ metadata }) => metadata?.plan === 'pro').then(({ sub, metadata }) => ({ sub, metadata })),
  );
  // The change arrives late: only after a token without it.
  await world.api.log.until(({ call, status, template }) => call === 'tokens' && status === 200 && template === undefined);
  world.api.setMetadata('bob', { plan: 'pro' });
  assert.deepEqual(await wait, { sub: 'bob', metadata: { plan: 'pro' } });
  assert.deepEqual((await byCookie(page)).metadata, { plan: 'pro' });
  assert.deepEqual(await page.evaluate(() => Clerk.user.publicMetadata), { plan: 'pro' }, 'the page knows too');
});

test('an organization is created: the wait ends with it, as another account', async (t) => {
  const world = await makeWorld(t, browser);
  const page = await world.open('one', { with: 'tabpin' });
  await page.evaluate(() => kit.auth.getToken());
  world.api.addOrganization('bob', 'org_1', 'org:admin');
  const claims = await page.evaluate(async () => {
    await Clerk.session.reload();
    await Clerk.setActive({ organization: 'org_1' });
    return kit.auth.waitForClaims(({ o }) => o?.id === 'org_1').then(({ sub, o }) => ({ sub, o }));
  });
  assert.deepEqual(claims, { sub: 'bob', o: { id: 'org_1', rol: 'admin', slg: 'org_1' } });
  assert.equal((await byCookie(page)).organizationId, 'org_1');
});

test('a change that does not come: the wait says how often it has looked, and what it saw', async (t) => {
  const world = await makeWorld(t, browser);
  world.api.setMetadata('bob', { plan: 'free' });
  const page = await world.open('one', { with: 'tabpin' });
  await page.evaluate(() => kit.auth.getToken());
  const error = await page.evaluate(() =>
    kit.auth
      .waitForClaims(({ metadata }) => metadata?.plan === 'pro', { timeoutMs: 3_000 })
      .then(null, ({ code, message, cause: { sub, metadata } }) => ({ code, message, sub, metadata })),
  );
  assert.deepEqual([error.code, error.sub, error.metadata], ['claims_timeout', 'bob', { plan: 'free' }]);
  assert.match(error.message, /after \d+ refreshes/);
});
