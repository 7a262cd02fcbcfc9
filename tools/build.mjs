// `npm run build`: Rust → WebAssembly → src/js/wasm → dist. What has not changed is not done again.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, Failure, main, progress, root, run } from './run.mjs';
import { hasRustSource, setup, sysroot, toolPath } from './setup.mjs';

/** The package's entry points: each has a source src/js/<name>.ts and a line in package.json's "exports". */
const entries = Object.values(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports)
  .map((target) => target.match(/^\.\/dist\/(\w+)\.js$/)?.[1])
  .filter(Boolean);

const wasmFeatures = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'bulk-memory-opt'];

/** Below 1 KiB lies only the far end of the stack. What is not inlined into its only caller packs better. */
const optimisations = [
  ...['--flatten', '--rereloop', '-Oz', '-Oz', '--converge', '--low-memory-unused'],
  ...['--one-caller-inline-max-function-size', '0', '--strip-debug', '--strip-producers', '--strip-target-features'],
];

/**
 * A 64 KiB stack instead of 1 MiB: the instance's memory starts at 128 KiB. And panic messages that do not name
 * folders of the machine that built it.
 */
function rustFlags() {
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src');
  const folders = existsSync(registry) ? readdirSync(registry).map((name) => join(registry, name)) : [];
  const hidden = [...folders, join(sysroot(), 'lib/rustlib/src/rust'), root.slice(0, -1)];
  // A table of handles in JavaScript is smaller than one of references in the module.
  return [
    '-Clink-arg=-zstack-size=65536',
    '-Ctarget-feature=-reference-types,-multivalue',
    ...hidden.map((path) => `--remap-path-prefix=${path}=.`),
  ];
}

/**
 * Rust's own library built anew, for size and with panics that stop without a word: a third off the module. Cargo
 * and rustc of a stable release know these flags, but accept them only when they believe to be building themselves.
 */
const lean = {
  env: { RUSTC_BOOTSTRAP: '1' },
  args: ['-Zbuild-std=std,panic_abort', '-Zbuild-std-features=optimize_for_size'],
  flags: [
    ...['-Zunstable-options', '-Cpanic=immediate-abort'],
    // Inlined before LLVM sees it, as at the other levels of optimisation: a thirtieth off the module.
    ...['-Zinline-mir=yes', '-Zinline-mir-threshold=20'],
    // Nothing is computed in several places to have it at hand in one.
    '-Cllvm-args=-enable-pre=0 -enable-load-pre=0',
  ],
};

/**
 * Compiles a crate: lean where this toolchain can, else the plain way, which works the same and is larger. As a module
 * alone: beside a Rust library, nothing would be optimised across crates. Where the module is.
 */
async function compile(name, onLine, features = []) {
  const what = [
    '-p',
    name,
    ...features.map((feature) => `--features=${feature}`),
    '--release',
    '--lib',
    '--crate-type',
    'cdylib',
    '--target',
    'wasm32-unknown-unknown',
  ];
  const cargo = ({ env = {}, args = [], flags = [] }) =>
    run('cargo', ['rustc', ...what, ...args], {
      env: { CARGO_ENCODED_RUSTFLAGS: [...rustFlags(), ...flags].join('\x1f'), CARGO_TARGET_DIR: join(root, 'target'), ...env },
      onLine,
      name: 'cargo rustc',
    });
  const compiled = join(root, `target/wasm32-unknown-unknown/release/${name.replace('-', '_')}.wasm`);
  if (hasRustSource()) {
    try {
      await cargo(lean);
      return compiled;
    } catch {
      // Said below; an error in the crate itself comes up again.
    }
  }
  console.log('This toolchain does not build its own library (component rust-src): the module gets larger.');
  await cargo({});
  return compiled;
}

/** What wasm-opt makes of a module. */
async function optimise(wasm, onLine) {
  const optimised = `${wasm}.optimised`;
  const flags = ['-mvp', ...wasmFeatures.map((name) => `--enable-${name}`), ...optimisations, wasm, '-o', optimised];
  await run(process.execPath, [join(root, 'node_modules/binaryen/bin/wasm-opt'), ...flags], { onLine, name: 'wasm-opt' });
  return readFileSync(optimised);
}

const files = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();

function stored(path) {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** Makes `folder` hold exactly `contents` (a map of names), touching only what differs: readers never see a gap. */
function sync(folder, contents) {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of contents) {
    const path = join(folder, name);
    if (stored(path)?.equals(Buffer.from(content))) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!contents.has(name) && statSync(path, { throwIfNoEntry: false })?.isFile()) rmSync(path);
  }
}

/** Everything that the module depends on, as one hash. */
function wasmKey() {
  const hash = createHash('sha256')
    .update(ask('rustc', ['-vV']) ?? '')
    .update(String(hasRustSource()));
  const inputs = files('src').filter((path) => path.endsWith('.rs'));
  for (const path of [
    ...inputs,
    ...['Cargo.toml', 'Cargo.lock', 'src/unpack/Cargo.toml', 'src/js/unpack.ts'].map((name) => join(root, name)),
    ...['build.mjs', 'wasm.mjs', 'glue.js', 'pack.mjs', 'numbers.mjs'].map((name) => join(root, 'tools', name)),
  ]) {
    hash.update(relative(root, path)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** The machine that packs, for the test of packing. */
export const knowingPath = join(root, 'target/knowing.wasm');

/** src/js/wasm: the glue, and the module as text. */
async function buildWasm() {
  const keyPath = join(root, 'target/wasm.key');
  const glueFolder = join(root, 'src/js/wasm');
  const key = wasmKey();
  if (stored(keyPath)?.toString() === key && stored(join(glueFolder, 'bytes.js')) && stored(knowingPath))
    return console.log('[1/3] WebAssembly: unchanged');

  const shown = progress('[1/3] WebAssembly: compiling');
  const onLine = shown.line;
  const compiled = await compile('tabpin', onLine);
  const knowing = await optimise(await compile('tabpin-unpack', onLine, ['known']), onLine);
  const machine = await optimise(await compile('tabpin-unpack', onLine), onLine);
  writeFileSync(knowingPath, knowing);

  const made = join(root, `target/glue-${process.pid}`);
  const bindgen = ['--target', 'web', '--omit-default-module-path', '--remove-name-section', '--remove-producers-section'];
  await run(toolPath('wasm-bindgen'), [...bindgen, '--out-dir', made, '--out-name', 'glue', compiled], { onLine, name: 'wasm-bindgen' });

  const { shorten, trim } = await import('./wasm.mjs');
  const { pack } = await import('./pack.mjs');
  const bound = trim(readFileSync(join(made, 'glue.js'), 'utf8'));
  const { wasm: shortened, glue } = shorten(readFileSync(join(made, 'glue_bg.wasm')), bound);
  const plain = join(made, 'plain.wasm');
  writeFileSync(plain, shortened);
  const wasm = await optimise(plain, onLine);
  sync(
    glueFolder,
    new Map([
      ['glue.js', glue],
      ['glue.d.ts', readFileSync(join(made, 'glue.d.ts'), 'utf8')],
      ['bytes.js', await pack(wasm, machine, knowing)],
      [
        'bytes.d.ts',
        'declare const packed: string;\nexport default packed;\nexport declare const machine: string;\nexport declare const length: number;\nexport declare const size: number;\n',
      ],
    ]),
  );
  rmSync(made, { recursive: true });
  writeFileSync(keyPath, key);
  shown.done(`${wasm.length} bytes`);
}

/**
 * Members of the package's own objects that nobody else sees, neither an application nor another copy of the package:
 * the bundle has shorter names for them. Whatever else has a member of such a name must not be used in `src/js`.
 */
const internal = [
  ...['bearer', 'intern', 'offer', 'promise'],
  ...['borrow', 'changes', 'ender', 'events', 'generations', 'hit', 'naming', 'order', 'settings', 'tab', 'tell', 'tokens', 'wait'],
  ...['forced', 'predicate', 'replaces', 'isClient', 'issuers'],
];

/** wasm-bindgen's own members too. */
const shortened = new RegExp(`^(__?wbg_\\w+|${internal.join('|')})$`);

/** An uncaught error shows its whole line: keep that short of the module's bytes. */
const longestLine = 2000;

/** What runs on a server stands alone: no chunk of its is one that holds the module. */
const alone = ['server'];

/** One ES module per entry, with what they share in chunks. */
async function bundle() {
  const groups = [entries.filter((name) => !alone.includes(name)), ...alone.map((name) => [name])];
  return (await Promise.all(groups.map(bundleTogether))).flat();
}

async function bundleTogether(names) {
  const esbuild = await import('esbuild');
  const result = await esbuild
    .build({
      absWorkingDir: root,
      entryPoints: names.map((name) => `src/js/${name}.ts`),
      outdir: 'dist',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      charset: 'utf8',
      minify: true,
      mangleProps: shortened,
      lineLimit: longestLine,
      packages: 'external',
      chunkNames: 'chunk-[hash]',
      legalComments: 'none',
      write: false,
      logLevel: 'silent',
    })
    .catch((error) => {
      throw new Failure(
        `esbuild: ${error.errors?.map(({ text, location }) => `${location?.file}:${location?.line} ${text}`).join('\n') ?? error.message}`,
      );
    });
  return Promise.all(result.outputFiles.map(async ({ path, text }) => [relative(join(root, 'dist'), path), await squeeze(text)]));
}

/** What esbuild leaves to be done: what is used once goes where it is used. */
async function squeeze(text) {
  const { minify } = await import('terser');
  // Functions stay where they are: moved, they compress worse. Esbuild has already made sequences of statements.
  const compress = { passes: 3, reduce_funcs: false, sequences: false };
  return (await minify(text, { module: true, ecma: 2022, compress, format: { max_line_len: longestLine } })).code;
}

/** The declarations that an entry reaches; others would only be noise in the package. */
async function declarations() {
  const made = join(root, `target/types-${process.pid}`);
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', made], {
    name: 'tsc',
  });
  const reached = new Set(entries.map((name) => `${name}.d.ts`));
  const contents = new Map();
  for (const name of reached) {
    const text = readFileSync(join(made, name), 'utf8');
    contents.set(name, text);
    for (const [, target] of text.matchAll(/(?:from|import\() ?'(\.[^']+)\.js'/g)) reached.add(`${join(dirname(name), target)}.d.ts`);
  }
  rmSync(made, { recursive: true });
  const member = new RegExp(`^ *(readonly )?(${internal.join('|')})\\??[:(<]`, 'm');
  for (const [name, text] of contents) if (member.test(text)) throw new Failure(`${name}: ${member.exec(text)[2]} is not internal`);
  return contents;
}

/** Builds what has changed. Needs what `setup` installs. */
export async function build() {
  await buildWasm();
  console.log('[2/3] bundle');
  const bundled = await bundle();
  console.log('[3/3] types');
  sync(join(root, 'dist'), new Map([...bundled, ...(await declarations())]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setup();
    await build();
  });
}
