// The tarball as npm would publish it, on a machine without Rust.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const { exports: targets } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const names = Object.keys(targets)
  .filter((key) => key !== './package.json')
  .map((key) => `tabpin${key.slice(1)}`);

describe('the package', () => {
  let folder;
  let tarball;
  let installed;
  let files;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tabpin-package-'));
    await run('npm', ['pack', '--pack-destination', folder], { cwd: root });
    tarball = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.tgz')),
    );
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder, env: withoutRust() });
    installed = join(folder, 'node_modules/tabpin');
    files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(installed.length + 1));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Only the folder that Node and npm are in. */
  const withoutRust = () => ({ HOME: folder, PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(':') });

  test('it installs without Rust and without any other package', () => {
    assert.deepEqual(
      readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
      ['tabpin'],
    );
  });

  test('it holds the entries with their types, the shared chunks and the papers, and nothing else', () => {
    const built = Object.values(targets)
      .filter((target) => target.endsWith('.js'))
      .map((target) => target.slice(2));
    for (const name of [
      'package.json',
      'LICENSE-MIT',
      'LICENSE-APACHE',
      ...built,
      ...built.map((each) => each.replace(/\.js$/, '.d.ts')),
    ]) {
      assert.ok(files.includes(name), `${name} is missing`);
    }
    const expected =
      /^(package\.json|README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE-(MIT|APACHE)|dist\/chunk-\w+\.js|dist\/(\w+\/)?[\w-]+\.d\.ts)$/;
    assert.deepEqual(
      files.filter((name) => !built.includes(name) && !expected.test(name)),
      [],
    );
  });

  test('no file names a place on the machine that built it', () => {
    for (const name of files) {
      const bytes = readFileSync(join(installed, name), 'utf8');
      // The bytes of the module's data are stored 33 higher, see tools/pack.mjs.
      const text = bytes + bytes.replace(/[\x01-\xff]/g, (letter) => String.fromCharCode((letter.charCodeAt(0) - 33) & 255));
      // Papers may show `import.meta` in their examples; our own modules never ask where they are.
      const code = name.endsWith('.js') ? ['sourceMappingURL', 'import.meta'] : [];
      for (const place of [root, homedir(), '.cargo', '.rustup', 'index.crates', ...code]) {
        assert.ok(!text.includes(place), `${name} contains ${place}`);
      }
    }
  });

  test('every entry can be imported, and importing does nothing', async () => {
    const script = `
      const before = Object.keys(globalThis).length;
      const compile = () => { throw new Error('compiled at import'); };
      WebAssembly.Module = compile;
      WebAssembly.compile = compile;
      for (const name of ${JSON.stringify(names)}) if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');
      if (Object.keys(globalThis).length !== before) throw new Error('a global was added');
      console.log('imported');`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env: withoutRust() });
    assert.equal(stdout, 'imported\n');
  });

  test('it can be required, as Node 20.19 allows for ES modules', async () => {
    const script = `console.log(typeof require('tabpin').createTabAuth)`;
    const { stdout } = await run(process.execPath, ['--input-type=commonjs', '-e', script], { cwd: folder, env: withoutRust() });
    assert.equal(stdout, 'function\n');
  });

  test('publint finds nothing, however strict', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    );
  });

  test('its types resolve for every consumer of ES modules', async () => {
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const { stdout } = await run(process.execPath, [attw, '--profile', 'esm-only', '--no-color', '--no-emoji', tarball], { cwd: folder });
    for (const name of names) assert.match(stdout, new RegExp(`"${name}"\\W+OK \\(ESM\\)\\W+OK `));
  });
});
