import { wasmUnavailable } from './errors.js';
import packed, { length, machine, size } from './wasm/bytes.js';

/**
 * The module, of which `tools/pack.mjs` has made text: digits of 6 bits, out of which `src/unpack`, a module of its own,
 * puts it together. Throws `wasm_unavailable`.
 */
export function unpack(): Uint8Array<ArrayBuffer> {
  let at = 0;
  /** After the end NaN, which is 0 to the module. */
  const digit = () => {
    const letter = packed.charCodeAt(at++);
    return letter - (letter > 96 ? 53 : 48);
  };
  const bytes = Uint8Array.from(machine, (letter) => letter.charCodeAt(0) - 33);
  if (bytes.length !== length) {
    throw wasmUnavailable('The core arrived damaged: the script was not read as UTF-8.', 'Serve the script with `charset=utf-8`.');
  }
  const { memory, b } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { a: { a: digit } }).exports as {
    memory: WebAssembly.Memory;
    b: () => number;
  };
  const start = b();
  return new Uint8Array(memory.buffer as ArrayBuffer, start, size);
}
