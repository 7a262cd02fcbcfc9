/** The package as npm would publish it, wired as in the README's quickstart, and left alone for ten lifetimes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { accepted } from './kit.mjs';
import { wiringOf } from './tabpin-wiring.mjs';
import { openWorld } from './world.mjs';

const run = promisify(execFile);

/** Packs what has been built, installs it in an empty folder, and imports it from there. */
async function packaged(t) {
  const folder = await mkdtemp(join(tmpdir(), 'tabpin-lifetimes-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], { cwd: folder });
  const entry = join(folder, 'entry.mjs');
  await writeFile(entry, `export { createTabAuth } from 'tabpin';\nexport { connectConvex } from 'tabpin/convex';\n`);
  return import(pathToFileURL(entry));
}

test('a Convex client survives ten lifetimes of 6-second tokens without one rejected token, from the tarball', async (t) => {
  const world = await openWorld({ lifetimeSeconds: 6, leewaySeconds: 2, jti: false }, wiringOf(await packaged(t)));
  t.after(() => world.close());
  world.wiring.connect();
  const first = await world.nth(1);
  await world.server.log.until(accepted('user_ada', { after: first.iat + 60 }), { ms: 90_000 });

  const tokens = world.server.log.filter(({ type }) => type === 'authenticate');
  const changes = world.me.map(({ sub }) => sub).filter((sub, i, all) => sub !== all[i - 1]);
  assert.deepEqual(world.server.rejected(), []);
  assert.equal(world.authErrors(), 0);
  assert.equal(world.server.log.filter(({ type }) => type === 'open').length, 1, 'one connection all along');
  assert.equal(world.signedOut(), false);
  assert.deepEqual(
    changes.filter((sub) => sub !== null),
    ['user_ada'],
  );
  assert.equal(await world.ranAs('ten lives later'), 'user_ada');
  t.diagnostic(`${tokens.length} tokens over ${tokens.at(-1).iat - first.iat} s, ${world.provider.minted} minted`);
});
