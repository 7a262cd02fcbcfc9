// `npm test`: every check and test there is, in order. `--quick` leaves out the long ones, `--check` the tests;
// with a word (`npm test -- coverage`), only the steps that have it in their names.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromePath, driverPath, webdriverConfig } from './browser.mjs';
import { build } from './build.mjs';
import { coveredTests } from './coverage.mjs';
import { Failure, main, root, run, since } from './run.mjs';
import { setup, toolPath } from './setup.mjs';

const mode = ['--quick', '--check'].find((flag) => process.argv.includes(flag)) ?? '--all';
const word = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? '';
const wasm = ['--target', 'wasm32-unknown-unknown'];
const webTests = existsSync(join(root, 'tests/web.rs')) ? ['--test', 'web'] : [];
const types = existsSync(join(root, 'src/js/index.ts'));

const cargo = (args, env) => run('cargo', args, { env, name: `cargo ${args[0]}` });
const bin = (path, args) => run(process.execPath, [join(root, 'node_modules', path), ...args], { name: path.split('/').pop() });

/** Node's test files under tests/, those of `folder`, or those of no folder that has a step of its own. */
function testFiles(folder) {
  const names = existsSync(join(root, 'tests')) ? readdirSync(join(root, 'tests'), { recursive: true }) : [];
  return names
    .filter((name) => name.endsWith('.test.mjs'))
    .filter((name) => (folder ? name.startsWith(`${folder}/`) : !/^(clerk|e2e|package|server)\//.test(name)))
    .map((name) => `tests/${name}`)
    .sort();
}

/** Most of these wait for real expiries, so several files run at a time. The limit is per file and for hangs only. */
const nodeTests = (files, atOnce = 1) =>
  run(process.execPath, ['--test', '--test-reporter=spec', '--test-timeout=600000', `--test-concurrency=${atOnce}`, ...files], {
    env: { CHROME_PATH: chromePath() ?? '' },
    name: 'node --test',
  });

function browserTests() {
  const config = join(root, 'target/webdriver.json');
  mkdirSync(join(root, 'target'), { recursive: true });
  writeFileSync(config, JSON.stringify(webdriverConfig()));
  return cargo(['test', ...wasm, ...webTests], {
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: toolPath('wasm-bindgen-test-runner'),
    CHROMEDRIVER: driverPath(),
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: config,
    WASM_BINDGEN_TEST_ONLY_WEB: '1',
    WASM_BINDGEN_TEST_TIMEOUT: '120',
  });
}

/** Ten lifetimes take a minute. */
const quickFiles = testFiles().filter((name) => mode !== '--quick' || !name.endsWith('lifetimes.test.mjs'));

/** `when`: is there anything to do yet? `tests`: must the output count at least one test? */
const steps = [
  { name: 'rustfmt', in: ['--check', '--quick'], run: () => cargo(['fmt', '--all', '--check']) },
  {
    name: 'clippy, native',
    in: ['--check', '--quick'],
    run: () => cargo(['clippy', '--all-targets', '--features', 'models', '--', '-Dwarnings']),
  },
  {
    name: 'clippy, wasm32',
    in: ['--check', '--quick'],
    run: async () => {
      await cargo(['clippy', ...wasm, '--lib', ...webTests, '--', '-Dwarnings']);
      await cargo(['clippy', ...wasm, '-p', 'tabpin-unpack', '--lib', '--', '-Dwarnings']);
    },
  },
  { name: 'docs', in: ['--check'], run: () => cargo(['doc', ...wasm, '--no-deps'], { RUSTDOCFLAGS: '-Dwarnings' }) },
  { name: 'JavaScript style', in: ['--check', '--quick'], run: () => bin('prettier/bin/prettier.cjs', ['--check', '.']) },
  { name: 'build', in: ['--check', '--quick'], when: types, run: build },
  { name: 'TypeScript', in: ['--check', '--quick'], when: types, run: () => bin('typescript/bin/tsc', ['-p', '.']) },
  {
    name: 'Rust tests, few cases',
    in: ['--quick'],
    only: true,
    tests: true,
    run: () => cargo(['test', '--features', 'planted-faults'], { TABPIN_CASES: '1500' }),
  },
  { name: 'Rust tests, with coverage', in: [], tests: true, run: () => coveredTests(['--features', 'planted-faults']) },
  { name: 'models', in: [], tests: true, run: () => cargo(['test', '--features', 'models', '--test', 'models', '--', '--test-threads=1']) },
  { name: 'node tests', in: ['--quick'], when: quickFiles.length, tests: true, run: () => nodeTests(quickFiles, 3) },
  { name: 'the server half', in: ['--quick'], when: testFiles('server').length, tests: true, run: () => nodeTests(testFiles('server'), 3) },
  { name: 'Rust in a browser', in: [], when: webTests.length, tests: true, run: browserTests },
  { name: 'Clerk, the real one', in: [], when: testFiles('clerk').length, tests: true, run: () => nodeTests(testFiles('clerk'), 2) },
  { name: 'pages in a browser', in: [], when: testFiles('e2e').length, tests: true, run: () => nodeTests(testFiles('e2e')) },
  { name: 'the package', in: [], when: testFiles('package').length, tests: true, run: () => nodeTests(testFiles('package')) },
].filter((step) => (mode === '--all' ? !step.only : step.in.includes(mode)) && step.name.includes(word));

const sum = (output, pattern) => [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);

/** Closing lines of cargo's and wasm-bindgen's runners, and of Node's. */
const count = (output = '') => ({
  passed: sum(output, /^test result: .*?(\d+) passed/gm) + sum(output, /^ℹ pass (\d+)/gm),
  failed: sum(output, /^test result: .*?(\d+) failed/gm) + sum(output, /^ℹ (?:fail|cancelled) (\d+)/gm),
});

await main(async () => {
  const start = Date.now();
  const total = { passed: 0, failed: 0 };
  const add = ({ passed, failed }) => {
    total.passed += passed;
    total.failed += failed;
    return passed + failed;
  };
  const close = () => mode === '--check' || console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (process.stdout.isTTY) Object.assign(process.env, { CARGO_TERM_COLOR: 'always', FORCE_COLOR: '1' });

  await setup({ tests: true });
  for (const [index, step] of steps.entries()) {
    console.log(`\n── [${index + 1}/${steps.length}] ${step.name} (${since(start)}) ──`);
    if ('when' in step && !step.when) {
      console.log('nothing here yet');
      continue;
    }
    try {
      const seen = add(count((await step.run()) ?? ''));
      if (step.tests && seen === 0) throw new Failure('no test ran.');
    } catch (error) {
      if (add(count(error.printed)) === 0 || total.failed === 0) total.failed++;
      console.error(`${error.output ?? ''}\ntabpin: step "${step.name}" failed: ${error instanceof Failure ? error.message : error.stack}`);
      process.exitCode = 1;
      return close();
    }
  }
  console.log(`\nDone in ${since(start)}.`);
  close();
});
