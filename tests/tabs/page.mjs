/** Serves the multi-tab page beside the provider and Convex's stand-in, and opens tabs on it. */
import { build } from 'esbuild';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServers } from '../../www/servers/all.mjs';

export const ADA = { sessionId: 'sess_ada', userId: 'user_ada' };
export const BOB = { sessionId: 'sess_bob', userId: 'user_bob' };

/** The servers, and `page`: the address that tabs open; `app` is what they run, after the function `prepare`. */
export async function serveTabs({ app = new URL('app.mjs', import.meta.url), prepare = () => {}, ...options } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tabpin-tabs-'));
  const entryPoints = [fileURLToPath(app)];
  await build({ entryPoints, outfile: join(folder, 'app.js'), bundle: true, format: 'esm', logLevel: 'error' });
  const scripts = `<script>(${prepare})();</script><script type="module" src="app.js"></script>`;
  writeFileSync(join(folder, 'index.html'), `<!doctype html><title>A tab</title>${scripts}`);
  const servers = await startServers({ ...options, mounts: { '/tabs/': folder } });
  const close = async () => {
    await servers.close();
    rmSync(folder, { recursive: true });
  };
  return { ...servers, page: `${servers.url}/tabs/index.html`, close };
}

/** A tab in this browser context. `prepare` runs before any script of the page. */
export async function openTab(context, servers, prepare) {
  const page = await context.newPage();
  if (prepare) await page.addInitScript(prepare);
  await page.goto(servers.page);
  await page.waitForSelector('body[data-ready=true]', { state: 'attached' });
  return page;
}

/** Waits until this tab knows of so many others. */
export const meets = (page, count) => page.waitForFunction((others) => auth.stats().tabs === others, count);

/** How often the provider was asked for a token. */
export const mints = (servers) => servers.provider.log.filter(({ outcome }) => outcome !== 'signed_in').length;

/** Ends the tabs first, so that no request outlives the servers. */
export async function close(context, servers) {
  await context.close();
  await servers.close();
}
