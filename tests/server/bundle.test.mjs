/** The server's entry stands alone: no module, no dependency, nothing but the Web's own functions. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { transform } from 'esbuild';
import { brotliCompressSync } from 'node:zlib';
import { ADA, BOB, CLOSED, mint } from './kit.mjs';

const dist = new URL('../../dist/', import.meta.url);
const text = readFileSync(new URL('server.js', dist), 'utf8');

test('it imports nothing, least of all the module', () => {
  assert.doesNotMatch(text, /\bimport\b|\brequire\b|node:|WebAssembly|\bprocess\b|\bBuffer\b|\bdocument\b/);
  assert.match(readFileSync(new URL('index.js', dist), 'utf8'), /\bimport\b/, 'another entry does');
  assert.ok(brotliCompressSync(text).length < 4096);
});

test('it runs where there is nothing but what every worker has', async () => {
  const { code } = await transform(text, { format: 'iife', globalName: 'server' });
  const world = createContext({ atob, TextDecoder });
  runInContext(code, world);
  const ask = (headers, session) => runInContext('(...args) => JSON.stringify(server.guard(...args))', world)({ headers }, session);
  const session = { userId: ADA.sub, sessionId: ADA.sid };
  assert.equal(JSON.parse(ask({ authorization: `Bearer ${await mint(ADA)}` }, session)).userId, ADA.sub);
  assert.equal(JSON.parse(ask({ authorization: `Bearer ${await mint(BOB)}` }, session)).code, 'credential_substituted');
  assert.equal(JSON.parse(ask(CLOSED, session)).code, 'tab_token_missing');
  assert.deepEqual(JSON.parse(ask({}, null)), { kind: 'visitor' });
});
