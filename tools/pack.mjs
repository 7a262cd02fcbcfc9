// The module as text that is short: see src/js/unpack.ts and src/unpack, which undo it.
import { build } from 'esbuild';
import { join } from 'node:path';
import { numbers } from './numbers.mjs';
import { root } from './run.mjs';

/** As Elias's gamma code: how many digits follow the first, in unary, then those digits. */
const decisions = (list) =>
  list.flatMap((number) => {
    const digits = [...(number + 1).toString(2)].slice(1).map(Number);
    return [...digits.map(() => 1), 0, ...digits];
  });

/** The reverse of what src/unpack/src/decide.rs does. */
function encoder() {
  const highest = 2 ** 42;
  const digits = [];
  let low = 0;
  let high = highest * 64 - 1;
  return {
    put(chance, made) {
      const middle = low + Math.floor((high - low) / 65536) * chance;
      if (made) high = middle;
      else low = middle + 1;
      let digit;
      while ((digit = Math.floor(low / highest)) === Math.floor(high / highest)) {
        digits.push(digit);
        low = (low - digit * highest) * 64;
        high = (high - digit * highest) * 64 + 63;
      }
    },
    // The highest digit of what is left differs: the next one, and zeros, is within.
    text: () => [...digits, Math.floor(low / highest) + 1].map((digit) => String.fromCharCode(digit + (digit > 43 ? 53 : 48))).join(''),
  };
}

/** src/js/unpack.ts with what `pack` has written, to run here. */
export async function unpackerOf(bytes) {
  // Wherever the last build's is, or is not yet.
  const provide = ({ onResolve, onLoad }) => {
    onResolve({ filter: /wasm\/bytes\.js$/ }, ({ path }) => ({ path, namespace: 'packed' }));
    onLoad({ filter: /./, namespace: 'packed' }, () => ({ contents: bytes }));
  };
  const { outputFiles } = await build({
    stdin: { contents: `export * from './unpack.ts';`, resolveDir: join(root, 'src/js') },
    plugins: [{ name: 'packed', setup: provide }],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** How long a module is that lies at the beginning of a zeroed memory, and has no custom section (0). */
function lengthOf(wasm) {
  let at = 8;
  while (wasm[at] > 0) {
    let size = 0;
    let worth = 1;
    do {
      size += (wasm[++at] & 127) * worth;
      worth *= 128;
    } while (wasm[at] > 127);
    at += 1 + size;
  }
  return at;
}

const ESCAPES = new Map([
  ['\0', '\\x00'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\\', '\\\\'],
  ['`', '\\`'],
  ['$', '\\$'],
]);

/**
 * The module as a JavaScript module: the decisions that make it, as digits of 6 bits; `machine`, the module that makes
 * it out of them, as Latin-1 (33 more than each byte, so that few need an escape); and how long both are. Unpacks it
 * once, to make sure. `knowing`: the same machine, which asks for the decisions.
 */
export async function pack(wasm, machine, knowing) {
  const wanted = numbers(wasm);
  const known = decisions(wanted);
  const { put, text } = encoder();
  let at = 0;
  const decide = (chance) => {
    const made = known[at++];
    put(chance, made);
    return made;
  };
  const { memory, b } = (await WebAssembly.instantiate(knowing, { a: { a: decide } })).instance.exports;
  const start = b();
  const size = lengthOf(new Uint8Array(memory.buffer, start));
  const letters = [...machine].map((byte) => String.fromCharCode((byte + 33) & 255));
  const bytes = `export default '${text()}';
export const machine = \`${letters.map((letter) => ESCAPES.get(letter) ?? letter).join('')}\`;
export const length = ${letters.length};
export const size = ${size};
`;
  const { unpack } = await unpackerOf(bytes);
  const unpacked = unpack();
  if (!WebAssembly.validate(unpacked) || JSON.stringify(numbers(unpacked)) !== JSON.stringify(wanted))
    throw new Error('packing has lost something');
  return bytes;
}
