/** What the README says is so: its snippets compile and run, its table of errors is the core's, what it names is there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { clerkSource } from 'tabpin/clerk';
import { checkSource, fakeSource } from 'tabpin/testing';
import { FakeClerk } from '../clerk/fake.mjs';
import { read, root, snippet, snippets, tableRows } from './readme.mjs';

/** A folder inside the project, so that `tabpin` is found by its own name. */
function folder(t) {
  mkdirSync(join(root, 'target'), { recursive: true });
  const path = mkdtempSync(join(root, 'target/docs-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Runs a snippet in this process; what it declares is exported by name. */
async function runSnippet(t, name, exported = '') {
  const path = join(folder(t), 'snippet.mjs');
  const { code } = await transform(`${snippet(name)}\n${exported}`, { loader: 'ts', target: 'es2022' });
  writeFileSync(path, code);
  return import(pathToFileURL(path));
}

test('every snippet compiles as an application would compile it', async (t) => {
  const path = folder(t);
  assert.ok(snippets.length >= 12, 'the snippets are found');
  for (const { name, extension, code } of snippets) writeFileSync(join(path, `snippet-${name}.${extension}`), `${code}\nexport {};\n`);
  for (const name of ['ambient.d.ts', 'server.ts']) cpSync(join(root, 'tests/docs', name), join(path, name));
  const compilerOptions = {
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2022', 'dom', 'dom.iterable', 'esnext.disposable'],
    jsx: 'react-jsx',
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const complaints = await promisify(execFile)(process.execPath, [tsc, '-p', path]).then(
    () => '',
    ({ stdout }) => stdout,
  );
  assert.equal(complaints, '');
});

test('the quickstart has at most 12 lines', () => {
  assert.ok(snippet('quickstart').trim().split('\n').length <= 12);
});

test("Clerk's source gives an instance what it relies on, and starts Clerk as the pin says", async (t) => {
  const clerk = Object.assign(new FakeClerk(), { load: async (options) => (clerk.options = options) });
  const fake = fakeSource({ accounts: [{ sessionId: 'sess_ada', userId: 'ada' }] });
  clerk.answer = (_id, { skipCache }) => fake.getToken({ session: fake.current(), skipCache });
  globalThis.clerk = clerk;
  t.after(() => delete globalThis.clerk);
  await runSnippet(t, 'clerk');
  assert.equal(clerk.options.selectInitialSession(clerk.client).id, 'sess_ada');
  assert.deepEqual(await checkSource(clerkSource(clerk)), []);
});

test('the example of a test gets its token in spite of the faults', async (t) => {
  const { source, token } = await runSnippet(t, 'tests', 'export { source, token };');
  assert.equal(source.minted, 1);
  assert.equal(token.split('.').length, 3);
});

test('the table of errors has the codes, cures and verdicts of the core', () => {
  const { codes } = JSON.parse(read('tests/golden/errors.json'));
  assert.deepEqual(
    tableRows('errors').map(([code, , cure, retryable]) => [code, cure, retryable]),
    codes.map(({ code, suggestion, retryable }) => [`\`${code}\``, suggestion, retryable ? 'yes' : 'no']),
  );
});

test('the tables of the bench are there, with every entry', () => {
  const [, tables] = read('README.md').match(/<!-- bench -->(.*)<!-- \/bench -->/s);
  const { exports: targets } = JSON.parse(read('package.json'));
  const entries = Object.keys(targets).filter((key) => key !== './package.json');
  assert.deepEqual(
    entries.filter((key) => !tables.includes(`| tabpin${key.slice(1)} | `)),
    [],
  );
});

test('every file that the papers link to or name is there', () => {
  const papers = ['README.md', 'ARCHITECTURE.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
  const missing = papers.flatMap((paper) =>
    [...read(paper).matchAll(/`((?:src|tools|tests|www|benches|examples)\/[\w./-]+|[A-Z]{5,}\.md)`|\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, named, linked]) => named ?? linked)
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => `${paper}: ${path}`),
  );
  assert.deepEqual(missing, []);
});
