// The module as text that is short: see src/js/unpack.ts and src/unpack, which undo it.
import { build } from 'esbuild';
import { join } from 'node:path';
import { root } from './run.mjs';

/**
 * Everything that the module is made of, in the order in which `src/unpack` asks for it, as numbers.
 */
function numbers(wasm) {
  const found = [];
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let worth = 1; ; worth *= 128) {
      const byte = wasm[at++];
      value += (byte & 127) * worth;
      if (byte < 128) return value;
    }
  };
  const operands = (count = 1) => {
    for (; count > 0; count -= 1) found.push(leb());
  };
  const bytes = (count) => {
    for (; count > 0; count -= 1) found.push(wasm[at++]);
  };
  const whole = (from, to) => found.push(to - from, ...wasm.subarray(from, to));

  let start = 0;
  let end = 0;
  while (end === 0) {
    start = at;
    const id = wasm[at++];
    const size = leb();
    if (id === 10) end = at + size;
    else at += size;
  }
  const codeAt = at;
  whole(0, start);
  const opcodesAt = found.length;
  at = codeAt;
  const opcodes = [];
  /** An opcode: what it is is known only when all are counted. */
  const code = (op) => {
    opcodes.push([found.length, op]);
    found.push(op);
  };
  operands();
  for (let left = found[opcodesAt]; left > 0; left -= 1) {
    const stop = leb() + at;
    operands();
    for (let groups = found.at(-1); groups > 0; groups -= 1) {
      operands();
      bytes(1);
    }
    while (at < stop) {
      const op = wasm[at++];
      code(op);
      if ((op >= 0x02 && op <= 0x04) || op === 0x23 || op === 0x24 || op === 0x3f || op === 0x40) bytes(1);
      else if (op === 0x0c || op === 0x0d || op === 0x10 || (op >= 0x20 && op <= 0x22)) operands();
      else if (op === 0x0e) {
        operands();
        operands(found.at(-1) + 1);
      } else if (op === 0x11) operands(2);
      else if (op >= 0x28 && op <= 0x3e) {
        // How it is aligned is but a hint.
        at += 1;
        operands();
      } else if (op === 0x41) {
        let value = 0n;
        let bits = 0n;
        do {
          value |= BigInt(wasm[at] & 127) << bits;
          bits += 7n;
        } while (wasm[at++] > 127);
        const number = Number(BigInt.asIntN(Number(bits), value));
        found.push(number < 0 ? -2 * number - 1 : 2 * number);
      } else if (op === 0x42) {
        do bytes(1);
        while (found.at(-1) > 127);
      } else if (op === 0x44) bytes(8);
      else if (op === 0xfc) {
        bytes(1);
        const more = { 10: 2, 11: 1 }[found.at(-1)] ?? (found.at(-1) < 8 ? 0 : NaN);
        if (Number.isNaN(more)) throw new Error(`an instruction that was not thought of: fc ${found.at(-1).toString(16)}`);
        bytes(more);
      } else if (!([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(op) || (op >= 0x45 && op <= 0xc4))) {
        throw new Error(`an instruction that was not thought of: ${op.toString(16)}`);
      }
    }
  }
  whole(end, wasm.length);

  // From 1, the most frequent first; written down from the last.
  const counts = new Map();
  for (const [, op] of opcodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const order = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  for (const [index, op] of opcodes) found[index] = order.indexOf(op) + 1;
  found.splice(opcodesAt, 0, order.length, ...order.reverse());
  return found;
}

/** As Elias's gamma code: how many digits follow the first, in unary, then those digits. */
const decisions = (list) =>
  list.flatMap((number) => {
    const digits = [...(number + 1).toString(2)].slice(1).map(Number);
    return [...digits.map(() => 1), 0, ...digits];
  });

/** The reverse of what src/js/unpack.ts does. */
function encoder() {
  const highest = 2 ** 42;
  const digits = [];
  let low = 0;
  let high = highest * 64 - 1;
  return {
    put(chance, made) {
      const middle = low + Math.floor((high - low) * (chance * 0.9998 + 0.0001));
      if (made) high = middle;
      else low = middle + 1;
      let digit;
      while (high - low < highest && (digit = Math.floor(low / highest)) === Math.floor(high / highest)) {
        digits.push(digit);
        low = (low - digit * highest) * 64;
        high = (high - digit * highest) * 64 + 63;
      }
    },
    // The highest digit of what is left differs: the next one, and zeros, is within.
    text: () => [...digits, Math.floor(low / highest) + 1].map((digit) => String.fromCharCode(digit + (digit > 43 ? 53 : 48))).join(''),
  };
}

/** src/js/unpack.ts, to run here: what is packed is unpacked once to make sure. */
async function unpackerOf(bytes) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from './unpack.ts';`, resolveDir: join(root, 'src/js') },
    plugins: [{ name: 'bytes', setup: ({ onLoad }) => onLoad({ filter: /bytes\.js$/ }, () => ({ contents: bytes })) }],
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
 * it out of them, as Latin-1 (33 more than each byte, so that few need an escape); and how long both are.
 */
export async function pack(wasm, machine) {
  const wanted = numbers(wasm);
  const known = decisions(wanted);
  const { put, text } = encoder();
  let at = 0;
  const decide = (chance) => {
    const made = known[at++];
    put(chance, made);
    return made;
  };
  const { memory, b } = (await WebAssembly.instantiate(machine, { a: { a: decide } })).instance.exports;
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
