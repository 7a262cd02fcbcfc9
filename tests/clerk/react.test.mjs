/** What `useClerk()` gives in a real React application, as a source: an object of its own that Clerk comes into later. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { becomes, right, state, wrong } from './judge.mjs';
import { launch, makeWorld } from './world.mjs';

describe('`useClerk()`', () => {
  let browser;
  let script;

  before(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('page/react.js', import.meta.url))],
      define: { 'process.env.NODE_ENV': '"development"' },
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'error',
    });
    script = outputFiles[0].text;
    browser = await launch();
  });

  after(() => browser?.close());

  /** A tab whose own wiring gives way to the application's; `kit.auth` is the application's from then on. */
  async function render(page) {
    await page.evaluate(() => kit.auth.dispose());
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction(() => kit.render);
    await page.evaluate(() => kit.render());
    await page.waitForFunction(() => kit.clerk);
  }

  const shows = (page, status, userId) => page.waitForSelector(`[data-status=${status}]:text-is("${userId}")`);

  test('is a source before Clerk has come, follows switches in this tab only, and signs its own account out', async (t) => {
    const world = await makeWorld(t, browser);
    const page = await world.open('one', { with: 'tabpin', load: 'no', script: 'no' });
    await render(page);
    await shows(page, 'signed_in', 'bob');
    assert.equal(await page.evaluate(() => kit.clerk === globalThis.Clerk), false, 'it is no clerk-js');
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'bob');

    await page.evaluate((session) => kit.clerk.setActive({ session }), world.sessions.ada);
    await shows(page, 'signed_in', 'ada');
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'ada');

    const other = await world.open('two', { with: 'tabpin' });
    await other.evaluate((session) => kit.switchTo(session), world.sessions.bob);
    assert.equal(await page.evaluate(() => kit.cookie()), world.sessions.bob, 'the cookie is not this tab’s any more');
    assert.equal((await page.evaluate(() => kit.ask())).userId, 'ada');

    await page.evaluate(() => kit.auth.signOut());
    await becomes(page, 'signed_out');
    await shows(page, 'signed_out', 'nobody');
    assert.deepEqual([(await state(other)).status, (await other.evaluate(() => kit.ask())).userId], ['signed_in', 'bob']);
    assert.deepEqual([right(world).length, wrong(world).length], [4, 0]);
    assert.deepEqual(page.complaints, []);
  });

  test('asked before Clerk has come, it answers once it has', async (t) => {
    const world = await makeWorld(t, browser);
    let come;
    const may = new Promise((resolve) => (come = resolve));
    await world.context.route('**/clerk.browser.js', async (route) => {
      await may;
      await route.continue();
    });
    const page = await world.open('one', { with: 'tabpin', load: 'no', script: 'no' });
    await render(page);
    await shows(page, 'unknown', 'nobody');
    const token = page.evaluate(() => kit.auth.getToken().then((text) => kit.tabpin.decodeClaims(text).sub, kit.codeOf));
    come();
    assert.equal(await token, 'bob');
    await shows(page, 'signed_in', 'bob');
    assert.deepEqual(page.complaints, []);
  });
});
