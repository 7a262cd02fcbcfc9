// Installs what the machine lacks, and says what it cannot install. Node's own modules only: runs before `npm ci`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromePath, driverPath, firefoxPath, webkit } from './browser.mjs';
import { ask, diagnose, Failure, main, progress, root, run } from './run.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');
const atLeast = (version, wanted) => {
  const [a, b] = [version, wanted].map((text) =>
    text
      .match(/(\d+)\.(\d+)/)
      .slice(1)
      .map(Number),
  );
  return a[0] > b[0] || (a[0] === b[0] && a[1] >= b[1]);
};

/** Where wasm-bindgen's own programs are. */
export const toolPath = (name) => join(root, 'target/tools/bin', name);

/** wasm-bindgen's version: its programs must match the library exactly, so Cargo.lock decides. */
const bindgenVersion = () => read('Cargo.lock').match(/name = "wasm-bindgen"\nversion = "([^"]+)"/)[1];

/** Where the Rust toolchain is. */
export const sysroot = () => ask('rustc', ['--print', 'sysroot']) ?? '';
/** The triple that rustc builds for when not told. */
export const hostTriple = () => ask('rustc', ['-vV'])?.match(/host: (.+)/)[1] ?? '';

/** Path of one of LLVM's tools that come with the Rust component `llvm-tools`. */
export const llvmTool = (name) => join(sysroot(), 'lib/rustlib', hostTriple(), 'bin', name);

const targets = () => ['--target', 'wasm32-unknown-unknown', '--target', hostTriple()];

/** Throws on a Node that is too old. Comes first wherever newer parts of Node are used. */
export function checkNode() {
  const wanted = JSON.parse(read('package.json')).engines.node;
  if (!atLeast(process.versions.node, wanted)) {
    throw new Failure(`Node ${wanted} is needed and this is ${process.versions.node}: install a newer Node (https://nodejs.org).`);
  }
}

function checkRust() {
  const wanted = read('Cargo.toml').match(/rust-version = "([^"]+)"/)[1];
  const version = ask('rustc', ['--version']);
  if (!version || !ask('cargo', ['--version'])) {
    throw new Failure('Rust is needed and cargo or rustc was not found: install the stable toolchain (https://rustup.rs).');
  }
  if (!atLeast(version, wanted)) throw new Failure(`Rust ${wanted} is needed and this is ${version}: run "rustup update stable".`);
}

async function rustup(args, what, onLine) {
  if (!ask('rustup', ['--version'])) {
    throw new Failure(`${what} is missing and rustup was not found to add it: install rustup (https://rustup.rs).`);
  }
  await run('rustup', args, { onLine, name: `rustup ${args.join(' ')}` });
}

/** Do the packages in node_modules differ from the lock file? By content: a fresh checkout's dates tell nothing. */
function packagesStale() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return true;
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const want = JSON.parse(read('package-lock.json')).packages;
  return Object.entries(want).some(([path, { version, optional, devOptional }]) => {
    if (path === '') return false;
    return have[path] ? have[path].version !== version : !optional && !devOptional;
  });
}

async function installPackages(onLine) {
  // No install scripts: what we need comes inside the packages.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1', '--loglevel=http'];
  const output = await run('npm', ['ci', ...flags], { onLine, name: 'npm ci' });
  // npm goes on when the disk is full, and leaves holes.
  if (!output.includes('ENOSPC')) return;
  rmSync(join(root, 'node_modules/.package-lock.json'), { force: true });
  throw new Failure(`npm ci failed: ${diagnose(output)}`);
}

async function installBindgen(onLine) {
  const target = join(root, 'target/tools/build');
  mkdirSync(target, { recursive: true });
  // Unoptimised: a run takes 0.2 s longer, the installation less than half the time.
  const env = { CARGO_PROFILE_RELEASE_OPT_LEVEL: '0', CARGO_PROFILE_RELEASE_LTO: 'off', CARGO_PROFILE_RELEASE_DEBUG: '0' };
  // Not --locked: that pins a TLS crate that not every mirror carries.
  const what = ['wasm-bindgen-cli', '--version', bindgenVersion(), '--no-default-features'];
  const where = ['--root', join(root, 'target/tools'), '--target-dir', target];
  await run('cargo', ['install', ...what, ...where], { env, onLine, name: 'cargo install wasm-bindgen-cli' });
  rmSync(target, { recursive: true });
}

const isDebian = () => existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
const mayInstall = () => isDebian() && process.getuid() === 0;

async function installPackage(names, onLine) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env, onLine });
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...names], { env, onLine });
}

async function installBrowser(onLine) {
  if (!mayInstall()) {
    const what = chromePath()
      ? 'chromedriver of the same version (or set CHROMEDRIVER)'
      : 'Chrome or Chromium (or set CHROME_PATH), and its chromedriver';
    const how = isDebian() ? ' On Debian: sudo apt-get install chromium chromium-driver.' : '';
    throw new Failure(`The browser tests need ${what}: install it and run it again.${how}`);
  }
  await installPackage(['chromium', 'chromium-driver'], onLine);
}

/** Is the source of Rust's own library there? Without it the build is larger. */
export const hasRustSource = () => existsSync(join(sysroot(), 'lib/rustlib/src/rust/library/Cargo.lock'));

const forBuild = [
  { name: 'Node', check: checkNode },
  { name: 'Rust', check: checkRust },
  {
    name: 'WebAssembly target',
    missing: () => !existsSync(join(sysroot(), 'lib/rustlib/wasm32-unknown-unknown/lib')),
    install: (line) => rustup(['target', 'add', 'wasm32-unknown-unknown'], "Rust's wasm32-unknown-unknown target", line),
  },
  {
    name: "source of Rust's library",
    // Without rustup the build does without.
    missing: () => !hasRustSource() && ask('rustup', ['--version']) !== null,
    install: (line) => rustup(['component', 'add', 'rust-src'], "The source of Rust's library", line),
  },
  {
    name: 'crates',
    missing: () => ask('cargo', ['fetch', '--locked', '--offline', ...targets()]) === null,
    install: (line) => run('cargo', ['fetch', ...targets()], { onLine: line, name: 'cargo fetch' }),
  },
  {
    name: 'npm packages',
    missing: packagesStale,
    install: installPackages,
  },
  {
    name: 'wasm-bindgen',
    missing: () => ask(toolPath('wasm-bindgen'), ['--version']) !== `wasm-bindgen ${bindgenVersion()}`,
    install: installBindgen,
  },
];

const forTests = [
  {
    name: 'Rust test tools',
    missing: () => ![llvmTool('llvm-cov'), ...['cargo-fmt', 'cargo-clippy'].map((name) => join(sysroot(), 'bin', name))].every(existsSync),
    install: (line) => rustup(['component', 'add', 'llvm-tools', 'rustfmt', 'clippy'], 'llvm-tools, rustfmt or clippy', line),
  },
  { name: 'browser', missing: () => !chromePath() || !driverPath(), install: installBrowser },
  // Elsewhere their tests are skipped where they are missing.
  { name: 'Firefox', missing: () => mayInstall() && !firefoxPath(), install: (line) => installPackage(['firefox-esr'], line) },
  { name: 'WebKit', missing: () => mayInstall() && !webkit(), install: (line) => installPackage(['webkit2gtk-driver', 'xvfb'], line) },
];

/** Installs what is missing for the build, and with `tests` for the tests too. Checks first: a second run takes a moment. */
export async function setup({ tests = false } = {}) {
  const steps = tests ? [...forBuild, ...forTests] : forBuild;
  for (const [index, step] of steps.entries()) {
    const label = `[${index + 1}/${steps.length}] ${step.name}`;
    step.check?.();
    if (!step.missing?.()) {
      console.log(`${label}: ready`);
      continue;
    }
    const shown = progress(`${label}: installing`);
    await step.install(shown.line);
    if (step.missing()) throw new Failure(`${step.name}: installed, but still not usable.`);
    shown.done();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(() => setup({ tests: process.argv.includes('--tests') }));
