// The native tests, run with counters in the code, and what they reached of src/core.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Failure, root, run } from './run.mjs';
import { hostTriple, llvmTool } from './setup.mjs';

const floor = 95;

/** Runs `cargo test` under coverage; resolves to its output. Rejects when a test fails or src/core is covered too little. */
export async function coveredTests(testArgs) {
  // A folder of its own: the flags differ, and sharing one would rebuild everything at each turn.
  const folder = join(root, 'target/coverage');
  const profiles = join(folder, 'profiles');
  rmSync(profiles, { recursive: true, force: true });
  mkdirSync(profiles, { recursive: true });
  const host = hostTriple();
  // Flags for one target, so that build scripts and procedural macros stay as they are.
  const env = {
    [`CARGO_TARGET_${host.toUpperCase().replaceAll('-', '_')}_RUSTFLAGS`]: '-Cinstrument-coverage',
    RUSTDOCFLAGS: '-Cinstrument-coverage',
    CARGO_TARGET_DIR: folder,
    LLVM_PROFILE_FILE: join(profiles, '%m-%p.profraw'),
  };
  const args = ['test', '--target', host, ...testArgs];
  const output = await run('cargo', args, { env, name: 'cargo test' });

  const built = await run('cargo', [...args, '--no-run', '--message-format=json'], { env, onLine: () => {}, name: 'cargo test --no-run' });
  const binaries = built
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line).executable)
    .filter(Boolean);

  const merged = join(folder, 'merged.profdata');
  const raw = readdirSync(profiles).map((name) => join(profiles, name));
  await run(llvmTool('llvm-profdata'), ['merge', '-sparse', ...raw, '-o', merged], { onLine: () => {} });
  const objects = binaries.flatMap((path, index) => (index === 0 ? [path] : ['-object', path]));
  const report = await run(llvmTool('llvm-cov'), ['export', '-summary-only', `-instr-profile=${merged}`, ...objects], { onLine: () => {} });
  const percent = summarise(JSON.parse(report.slice(report.indexOf('{'))).data[0].files);
  if (percent < floor) throw Object.assign(new Failure(`src/core is covered to ${percent.toFixed(1)} % only.`), { printed: output });
  return output;
}

/** Prints what is covered, file by file where that is too little; the percentage over all of src/core. */
function summarise(files) {
  const core = join(root, 'src', 'core') + sep;
  const rows = files
    .filter(({ filename }) => filename.startsWith(core))
    .map(({ filename, summary }) => ({ name: filename.slice(core.length), ...summary.lines }));
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const covered = rows.reduce((sum, row) => sum + row.covered, 0);
  for (const row of rows.filter((each) => each.percent < floor).sort((a, b) => a.percent - b.percent)) {
    console.log(
      `  ${row.percent.toFixed(1).padStart(5)} %  src/core/${row.name} (${row.count - row.covered} of ${row.count} lines missed)`,
    );
  }
  const percent = count === 0 ? 0 : (100 * covered) / count;
  console.log(`Line coverage of src/core: ${percent.toFixed(1)} % (${covered} of ${count} lines, at least ${floor} % wanted)`);
  return percent;
}
