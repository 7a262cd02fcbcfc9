// The module as text that compresses well: see src/js/unpack.ts, which undoes it.
import { build } from 'esbuild';
import { join } from 'node:path';
import { root } from './run.mjs';

/** src/js/unpack.ts, to run here: what is packed is unpacked once to make sure. */
async function unpacker() {
  const { outputFiles } = await build({
    stdin: { contents: `export * from './unpack.ts';`, resolveDir: join(root, 'src/js') },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** The parts' names, as in src/js/unpack.ts; from `get` on, the operands of instructions. */
const PARTS = ['before', 'after', 'table', 'bodies', 'codes', 'branches', 'calls', 'signed', 'raw', 'get', 'set', 'load', 'store'];
const part = (name) => PARTS.indexOf(name);
const NOTHING = 32;
const [BLOCK, END, LABELS, INDIRECT, SIGNED, LONG, DOUBLE] = [33, 34, 35, 36, 37, 38, 39];

/** Bytes of Latin-1, so that few of the frequent ones need an escape; numbers to the base of 1024. */
const SHIFT = 33;
const byteCode = (byte) => (byte + SHIFT) & 255;
const digits = (value) =>
  value < 1024 ? [value] : [...digits(Math.floor(value / 1024)).map((digit) => (digit % 1024) + 1024), value % 1024];

/** Everything that the module's code is made of, by parts: lists of character codes. */
function split(wasm) {
  const parts = PARTS.map(() => []);
  const put = (name, ...values) => parts[part(name)].push(...values.flatMap(digits).map((digit) => digit + SHIFT));
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = wasm[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const signed = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = wasm[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(Number(shift) + 7, value));
    }
  };
  let [start, end] = [0, 0];
  while (end === 0) {
    start = at;
    const id = wasm[at++];
    const size = leb();
    if (id === 10) end = at + size;
    else at += size;
  }
  parts[part('before')].push(...[...wasm.subarray(0, start)].map(byteCode));
  parts[part('after')].push(...[...wasm.subarray(end)].map(byteCode));

  const used = new Map();
  const codes = [];
  /** An instruction: its own bytes, constant operands among them, and what follows. */
  const code = (follows, ...own) => {
    const key = `${follows}:${own}`;
    if (!used.has(key)) used.set(key, { follows, own, count: 0 });
    used.get(key).count += 1;
    codes.push(key);
  };
  const one = (name, ...own) => {
    code(part(name), ...own);
    put(name, leb());
  };
  const bodies = leb();
  put('bodies', bodies);
  for (let body = 0; body < bodies; body++) {
    const size = leb();
    const stop = at + size;
    let kinds = leb();
    put('bodies', kinds);
    for (; kinds > 0; kinds--) put('bodies', leb(), wasm[at++]);
    while (at < stop) {
      const op = wasm[at++];
      if (op >= 0x02 && op <= 0x04) code(BLOCK, op, wasm[at++]);
      else if (op === 0x0b) code(END, op);
      else if (op === 0x0c || op === 0x0d) one('branches', op);
      else if (op === 0x0e) {
        code(LABELS, op);
        const count = leb();
        put('branches', count);
        for (let label = 0; label <= count; label++) put('branches', leb());
      } else if (op === 0x10) one('calls', op);
      else if (op === 0x11) {
        code(INDIRECT, op);
        put('calls', leb(), leb());
      } else if (op === 0x20) one('get', op);
      else if (op === 0x21 || op === 0x22) one('set', op);
      else if (op === 0x23 || op === 0x24) code(NOTHING, op, wasm[at++]);
      else if (op >= 0x28 && op <= 0x3e) {
        // How it is aligned is but a hint.
        at++;
        one(op < 0x36 ? 'load' : 'store', op, 0);
      } else if (op === 0x3f || op === 0x40) code(NOTHING, op, wasm[at++]);
      // 0 and 1 are so frequent that they are instructions of their own.
      else if (op === 0x41 && wasm[at] < 2) code(NOTHING, op, wasm[at++]);
      else if (op === 0x41) {
        code(SIGNED, op);
        const number = signed();
        put('signed', number < 0 ? -2 * number - 1 : 2 * number);
      } else if (op === 0x42) {
        code(LONG, op);
        do parts[part('raw')].push(byteCode(wasm[at]));
        while (wasm[at++] > 127);
      } else if (op === 0x44) {
        code(DOUBLE, op);
        for (let byte = 0; byte < 8; byte++) parts[part('raw')].push(byteCode(wasm[at++]));
      } else if (op === 0xfc) {
        const number = wasm[at++];
        const operands = number < 8 ? 0 : number === 10 ? 2 : number === 11 ? 1 : NaN;
        if (Number.isNaN(operands)) throw new Error(`an instruction that was not thought of: fc ${number.toString(16)}`);
        code(NOTHING, op, number, ...wasm.subarray(at, (at += operands)));
      } else if (op === 0x00 || op === 0x01 || op === 0x05 || op === 0x0f || op === 0x1a || op === 0x1b || (op >= 0x45 && op <= 0xc4)) {
        code(NOTHING, op);
      } else throw new Error(`an instruction that was not thought of: ${op.toString(16)}`);
    }
  }
  const table = [...used].sort(([, a], [, b]) => b.count - a.count);
  put('table', table.length);
  for (const [, { follows, own }] of table) {
    put('table', follows, own.length);
    parts[part('table')].push(...own.map(byteCode));
  }
  const numbers = new Map(table.map(([key], index) => [key, index]));
  put('codes', ...codes.map((key) => numbers.get(key)));
  return parts;
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
 * The module as a JavaScript module: a template literal, where its parts begin, how long it is, and how long the module is. A quarter smaller
 * after brotli than base64, and a tenth smaller than the module itself.
 */
export async function pack(wasm) {
  const parts = split(wasm);
  const text = parts.map((codes) => codes.map((code) => String.fromCharCode(code)).join('')).join('');
  const starts = parts.map((_, index) => parts.slice(0, index).reduce((sum, { length }) => sum + length, 0));
  const { unpack } = await unpacker();
  const unpacked = Buffer.from(unpack(text, starts, wasm.length));
  const again = split(unpacked);
  if (!WebAssembly.validate(unpacked) || JSON.stringify(again) !== JSON.stringify(parts)) throw new Error('packing has lost something');
  const escaped = [...text].map((letter) => ESCAPES.get(letter) ?? letter).join('');
  return `export default \`${escaped}\`;\nexport const starts = [${starts}];\nexport const length = ${text.length};\nexport const size = ${wasm.length};\n`;
}
