/** What happens before the first use, and after the last: nothing. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a script with spies on everything by which an instance could be noticed; `seen` is what they saw. */
async function script(body) {
  const spies = `
    const seen = [];
    const spy = (target, name) => {
      const own = target[name];
      target[name] = function (...args) { seen.push(name); return own?.apply(this, args); };
    };
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'addEventListener']) spy(globalThis, name);
    globalThis.document = { addEventListener: () => seen.push('document') };
    globalThis.window = { addEventListener: () => seen.push('window') };
    Object.defineProperty(globalThis, 'sessionStorage', { get: () => (seen.push('sessionStorage'), null) });
    Object.defineProperty(globalThis, 'localStorage', { get: () => (seen.push('localStorage'), null) });
    const Module = WebAssembly.Module;
    WebAssembly.Module = new Proxy(Module, { construct: (_, args) => (seen.push('compile'), new Module(...args)) });
    const globals = Reflect.ownKeys(globalThis).length;
    const source = {
      getToken: () => (seen.push('getToken'), Promise.resolve(null)),
      current: () => (seen.push('current'), null),
      sessions: () => (seen.push('sessions'), []),
      subscribe: () => (seen.push('subscribe'), () => {}),
    };
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', `${spies}${body}; console.log(JSON.stringify(seen));`], {
    timeout: 20_000,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

describe('before the first use', { concurrency: 2 }, () => {
  test('importing every entry does nothing', async () => {
    const seen = await script(`
      for (const name of ['tabpin', 'tabpin/convex', 'tabpin/testing']) await import(name);
      if (Reflect.ownKeys(globalThis).length !== globals) seen.push('a global');
    `);
    assert.deepEqual(seen, []);
  });

  test('creating an instance starts no timer, listener, storage access, compilation or question to the source', async () => {
    const seen = await script(`
      const { createTabAuth } = await import('tabpin');
      const auth = createTabAuth({ source, initialToken: 'x.y.z', debug: () => {} });
      const { fetchToken, getToken, headers } = auth;
      auth.getServerSnapshot();
      auth.dispose();
    `);
    assert.deepEqual(seen, []);
  });

  test('the first use does start it', async () => {
    const seen = await script(`
      const { createTabAuth } = await import('tabpin');
      const auth = createTabAuth({ source });
      auth.getSnapshot();
      auth.dispose();
    `);
    for (const name of ['compile', 'current', 'subscribe']) assert.ok(seen.includes(name), name);
  });

  test('disposing before the first use leaves nothing to start', async () => {
    const seen = await script(`
      const { createTabAuth } = await import('tabpin');
      const auth = createTabAuth({ source });
      auth.dispose();
      auth.getSnapshot();
      await auth.getToken().catch(() => {});
      seen.splice(0, seen.length, ...seen.filter((name) => name !== 'compile'));
    `);
    assert.deepEqual(seen, []);
  });
});

describe('after the last use', { concurrency: 2 }, () => {
  const ending = (end) => `
    const { createTabAuth } = await import('tabpin');
    const { fakeSource } = await import('tabpin/testing');
    const auth = createTabAuth({ source: fakeSource(), runtime: 'client' });
    await auth.getToken();
    auth.getToken({ forceRefresh: true }).catch((error) => console.log(error.code));
    ${end}
  `;
  const ends = async (end) => (await run(process.execPath, ['--input-type=module', '-e', ending(end)], { timeout: 20_000 })).stdout.trim();

  test('dispose leaves no timer: the process ends by itself', async () => {
    assert.equal(await ends('auth.dispose()'), 'disposed');
  });

  test('Symbol.dispose is the same, for `using`', async () => {
    assert.equal(await ends('auth[Symbol.dispose]()'), 'disposed');
  });

  test('where the engine has no Symbol.dispose, no instance has a member of another name instead', async () => {
    const older = `
      const { dispose, asyncDispose, ...members } = Object.getOwnPropertyDescriptors(Symbol);
      const Own = Symbol;
      globalThis.Symbol = Object.defineProperties((text) => Own(text), members);
      const { createTabAuth } = await import('tabpin');
      for (const options of [{ runtime: 'client' }, {}]) {
        const auth = createTabAuth({ source: () => Promise.resolve(null), ...options });
        console.log(typeof Symbol.dispose, 'undefined' in auth, typeof auth.dispose);
        auth.dispose();
      }
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', older], { timeout: 20_000 });
    assert.deepEqual(stdout.trim().split('\n'), ['undefined false function', 'undefined false function']);
  });
});
