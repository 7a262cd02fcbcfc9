/** The README's quickstart, as it stands there, in a browser: a real Convex client, and a stand-in for Clerk. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { launchOptions } from '../../tools/browser.mjs';
import { startServers } from '../../www/servers/all.mjs';
import { accepted } from '../consumers/kit.mjs';
import { root, snippet } from './readme.mjs';

/** Runs before the page's own scripts: as much of Clerk as the quickstart asks for. */
function standIn() {
  const getToken = async ({ template, skipCache }) => {
    const body = JSON.stringify({ sessionId: 'sess_ada', template, skipCache });
    const response = await fetch('/provider/token', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return (await response.json()).token;
  };
  globalThis.clerk = { session: { id: 'sess_ada', getToken } };
}

test('the quickstart signs a Convex client in and refreshes its token', async (t) => {
  const page = mkdtempSync(join(tmpdir(), 'tabpin-quickstart-'));
  t.after(() => rmSync(page, { recursive: true }));
  const { url, convex, close } = await startServers({ lifetimeSeconds: 30, mounts: { '/quickstart/': page } });
  t.after(close);
  writeFileSync(join(page, 'index.html'), '<!doctype html><meta charset="utf-8"><script type="module" src="quickstart.js"></script>');
  await build({
    stdin: { contents: snippet('quickstart'), resolveDir: root, loader: 'ts' },
    define: { 'import.meta.env.VITE_CONVEX_URL': JSON.stringify(url) },
    outfile: join(page, 'quickstart.js'),
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    logLevel: 'error',
  });
  const browser = await chromium.launch(launchOptions());
  t.after(() => browser.close());
  const tab = await browser.newPage();
  const complaints = [];
  tab.on('pageerror', (error) => complaints.push(error.message));
  await tab.addInitScript(standIn);
  await tab.goto(`${url}/quickstart/index.html`);

  const first = await convex.log.until(accepted('user_ada'));
  await convex.log.until(accepted('user_ada', { after: first.iat }));
  assert.deepEqual(convex.rejected(), []);
  assert.deepEqual(complaints, []);
});
