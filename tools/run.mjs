// Child processes and what the person at the terminal sees of them. Node's own modules only: runs before `npm ci`.
import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import util from 'node:util';

/** The repository's root, with a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** A failure that the user can act on: shown as one line, without a stack. */
export class Failure extends Error {
  /** `output`: what the failed command printed, shown above the line when its cause was not recognised. */
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

const causes = [
  [/No space left on device|ENOSPC|os error 28\b|not enough (free )?space/i, 'the disk is full: free some space and run it again'],
  [
    /Could not resolve|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|Temporary failure|error trying to connect|dns error|Unable to locate package|spurious network error|failed to (fetch|download)|could not download|download failed/i,
    'a download failed: check the network and run it again',
  ],
  [/EACCES|Permission denied|os error 13\b/i, 'permission denied: see the files and folders named above'],
];

/** The likely cause in `output`, or null. */
export const diagnose = (output) => causes.find(([pattern]) => pattern.test(output))?.[1] ?? null;

const running = new Set();
let stopping = false;

/** Every process below `pid`, `pid` first. A group alone misses browsers, which found their own. */
function family(pid) {
  let table = '';
  try {
    table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // No ps on this machine: the group has to do.
  }
  const rows = table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const parent of found) for (const [child, ppid] of rows) if (ppid === parent) found.push(child);
  return found;
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone already.
    }
  }
}

/** Ends every child and what it started: politely, and after two seconds for good. */
async function stopChildren() {
  const pids = [...running].flatMap((child) => [-child.pid, ...family(child.pid)]);
  signal(pids, 'SIGTERM');
  const ended = Promise.all([...running].map((child) => new Promise((done) => child.once('close', done))));
  await Promise.race([ended, new Promise((done) => setTimeout(done, 2000).unref())]);
  signal(pids, 'SIGKILL');
}

/**
 * Runs a command in a process group of its own. `onLine` sees each line; without it the output passes through.
 * Resolves to the whole output; rejects with a `Failure` when the command is missing or its exit code is not 0.
 */
export function run(command, args, { env = {}, cwd = root, onLine = null, name = command } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    let partial = '';
    const take = (stream) => (text) => {
      output += text;
      if (!onLine) return stream.write(text);
      const lines = util.stripVTControlCharacters(partial + text).split(/[\r\n]+/);
      partial = lines.pop();
      for (const line of lines) if (line.trim()) onLine(line.trim());
    };
    child.stdout.setEncoding('utf8').on('data', take(process.stdout));
    child.stderr.setEncoding('utf8').on('data', take(process.stderr));
    child.on('error', (error) => {
      running.delete(child);
      const reason = error.code === 'ENOENT' ? `${command} was not found` : error.message;
      reject(new Failure(`${name}: ${reason}`));
    });
    child.on('close', (code, by) => {
      running.delete(child);
      // Ended by us: there is nothing to report, and the process is about to exit.
      if (stopping) return;
      output = util.stripVTControlCharacters(output);
      if (code === 0) return resolve(output);
      const cause = diagnose(output);
      const tail = onLine && !cause ? output.trimEnd().split('\n').slice(-20).join('\n') : '';
      const failure = new Failure(`${name} failed (${by ?? `exit code ${code}`})${cause ? `: ${cause}` : ''}`, tail);
      failure.printed = output;
      reject(failure);
    });
  });
}

/** Standard output of a short command, or null when it is missing or fails. */
export function ask(command, args) {
  try {
    return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Seconds since `start` (from `Date.now()`), for people. */
export const since = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;

/** One line that tells how far a long command is: rewritten in place on a terminal, else a line every 15 s. */
export function progress(label) {
  const start = Date.now();
  let shown = start;
  const terminal = process.stdout.isTTY;
  if (terminal) process.stdout.write(`${label} …`);
  else process.stdout.write(`${label} …\n`);
  const put = (text, end) => process.stdout.write(`\r\x1b[K${`${label} … ${text}`.slice(0, (process.stdout.columns ?? 80) - 1)}${end}`);
  return {
    line(text) {
      if (terminal) put(`${since(start)}  ${text}`, '');
      else if (Date.now() - shown > 15_000) {
        shown = Date.now();
        process.stdout.write(`    ${since(start)}  ${text}\n`);
      }
    },
    done(text = `done (${since(start)})`) {
      if (terminal) put(text, '\n');
      else process.stdout.write(`    ${text}\n`);
    },
  };
}

/** Runs a command-line tool's body: one clear line and exit code 1 on failure, no process left behind. */
export async function main(body) {
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(name, async () => {
      if (stopping) return;
      stopping = true;
      if (process.stdout.isTTY) process.stdout.write('\n');
      await stopChildren();
      process.exit(code);
    });
  }
  process.on('exit', () =>
    signal(
      [...running].flatMap((child) => [-child.pid, ...family(child.pid)]),
      'SIGKILL',
    ),
  );
  try {
    await body();
  } catch (error) {
    if (error.output) process.stderr.write(`${error.output}\n`);
    const known = error instanceof Failure ? error.message : diagnose(`${error.code} ${error.message}`);
    process.stderr.write(`\ntabpin: ${known ?? error.stack}\n`);
    process.exit(1);
  }
}
