/** Where WebAssembly is blocked every verb says so, and nothing is lost once it is not. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);

/** A Content-Security-Policy without the word makes every compilation fail with this error. */
const forbidden = `
  WebAssembly.Module = class {
    constructor() { throw new WebAssembly.CompileError("violates the following Content Security policy directive: script-src 'self'"); }
  };
`;
const blocks = {
  'by the Content-Security-Policy': { block: forbidden, says: /Content-Security-Policy.*'wasm-unsafe-eval'/, cures: /'wasm-unsafe-eval'/ },
  'by its absence': { block: 'delete globalThis.WebAssembly;', says: /no WebAssembly/, cures: /lockdown/ },
};

/** What every function does, as [name, code or answer]. */
const everything = `
  const { authHeaders, createTabAuth, decodeClaims, explainToken, MARKER_HEADER } = await import('tabpin');
  const { fakeSource } = await import('tabpin/testing');
  const own = WebAssembly;
  const { Module } = own;
  const source = fakeSource();
  const seen = {};
  const infos = [];
  const tell = (value) => {
    if (value?.name !== 'TabAuthError') return value?.[MARKER_HEADER] ?? (value === undefined ? 'nothing' : value);
    infos.push({ message: value.message, suggestion: value.suggestion, retryable: value.retryable });
    return value.code;
  };
  const attempt = async (name, call) => {
    try { seen[name] = tell(await call()); } catch (error) { seen[name] = tell(error); }
  };
  BLOCK
  const auth = createTabAuth({ source, runtime: 'client', initialToken: 'x.y.z' });
  for (const name of ['getToken', 'accessToken', 'headers', 'fetchToken', 'ready', 'signOut', 'seed', 'unpin', 'explain', 'stats', 'account']) {
    await attempt(name, () => auth[name](name === 'seed' ? 'x.y.z' : undefined));
  }
  await attempt('fetch', () => auth.fetch('https://api.example/'));
  await attempt('pin', () => auth.pin({ userId: 'a', sessionId: 'b' }));
  await attempt('waitForClaims', () => auth.waitForClaims(() => true));
  await attempt('templateFetchToken', () => auth.withTemplate('t').fetchToken());
  await attempt('templateGetToken', () => auth.withTemplate('t').getToken());
  await attempt('peekHeaders', () => auth.peekHeaders());
  await attempt('authHeaders', () => authHeaders('x.y.z'));
  await attempt('decodeClaims', () => decodeClaims('x.y.z'));
  await attempt('explainToken', () => explainToken('x.y.z'));
  let changes = 0;
  auth.subscribe(() => (changes += 1));
  const snapshot = auth.getSnapshot();
  const same = snapshot === auth.getSnapshot();
  globalThis.WebAssembly = own;
  own.Module = Module;
  const minted = source.minted;
  const token = await auth.getToken();
  console.log(JSON.stringify({ seen, infos, snapshot, same, minted, user: decodeClaims(token).sub, changes, after: auth.getSnapshot() }));
  auth.dispose();
`;

describe('WebAssembly is blocked', { concurrency: 2 }, () => {
  for (const [how, { block, says, cures }] of Object.entries(blocks)) {
    test(how, async () => {
      const script = everything.replace('BLOCK', block);
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
      const { seen, infos, snapshot, same, minted, user, changes, after } = JSON.parse(stdout);
      const { fetchToken, templateFetchToken, ...others } = seen;
      assert.deepEqual([fetchToken, templateFetchToken], [null, null], 'fetchToken never rejects');
      for (const [name, code] of Object.entries(others)) assert.equal(code, 'wasm_unavailable', name);
      for (const { message, suggestion, retryable } of infos) {
        assert.match(message, says);
        assert.match(suggestion, cures);
        assert.equal(retryable, false);
      }
      assert.equal(snapshot.status, 'unknown');
      assert.equal(snapshot.error.code, 'wasm_unavailable');
      assert.equal(same, true);
      assert.equal(minted, 0);
      assert.equal(user, 'user_1', 'with the fault over, the next call succeeds');
      assert.ok(changes > 0);
      assert.deepEqual([after.status, after.error], ['signed_in', null]);
    });
  }
});

test('a script that was not read as UTF-8 says so, and how to serve it', async () => {
  const { outputFiles } = await build({
    stdin: { contents: `export { decodeClaims } from 'tabpin';`, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    write: false,
  });
  const misread = Buffer.from(outputFiles[0].contents).toString('latin1');
  const { decodeClaims } = await import(`data:text/javascript;base64,${Buffer.from(misread).toString('base64')}`);
  assert.throws(
    () => decodeClaims('x.y.z'),
    ({ code, message, suggestion }) => code === 'wasm_unavailable' && /UTF-8/.test(message) && /charset=utf-8/.test(suggestion),
  );
});
