import packed, { length, machine, size } from './wasm/bytes.js';

/**
 * The module, of which `tools/pack.mjs` has made text: digits of 6 bits, out of which `src/unpack`, a module of its own,
 * puts it together. Null where the text arrived damaged.
 */
export function unpack(): Uint8Array<ArrayBuffer> | null {
  let at = 0;
  /** After the end NaN, which is 0 to the module. */
  const digit = () => {
    const letter = packed.charCodeAt(at++);
    return letter - (letter > 96 ? 53 : 48);
  };
  const bytes = Uint8Array.from(machine, (letter) => letter.charCodeAt(0) - 33);
  // By what was read: of the text itself a minifier knows the length.
  if (bytes.length !== length) return null;
  const { memory, b } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { a: { a: digit } }).exports as {
    memory: WebAssembly.Memory;
    b: () => number;
  };
  const start = b();
  return new Uint8Array(memory.buffer as ArrayBuffer, start, size);
}
