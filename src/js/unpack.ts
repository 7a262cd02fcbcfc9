import packed, { machine, size } from './wasm/bytes.js';

/** The worth of the highest of the eight digits of 6 bits that are looked at. */
const HIGHEST = 2 ** 42;

/**
 * The module, of which `tools/pack.mjs` has made text. `src/unpack`, a module of its own, puts it together out of
 * decisions; the text holds them by arithmetic coding: it is one number between 0 and 1, and each decision divides what
 * is left of that range by how likely it is.
 */
export function unpack(): Uint8Array<ArrayBuffer> {
  let at = 0;
  let low = 0;
  let high = HIGHEST * 64 - 1;
  let code = 0;
  const next = () => {
    const letter = packed.charCodeAt(at++);
    // After the end, only zeros.
    return (letter - (letter > 96 ? 53 : 48)) | 0;
  };
  while (at < 8) code = code * 64 + next();
  const decide = (chance: number) => {
    // Never quite sure, so that either part has room.
    const middle = low + Math.floor((high - low) * (chance * 0.9998 + 0.0001));
    const made = code <= middle;
    if (made) high = middle;
    else low = middle + 1;
    let digit;
    while (high - low < HIGHEST && (digit = Math.floor(low / HIGHEST)) === Math.floor(high / HIGHEST)) {
      low = (low - digit * HIGHEST) * 64;
      high = (high - digit * HIGHEST) * 64 + 63;
      code = (code - digit * HIGHEST) * 64 + next();
    }
    return made;
  };
  const bytes = Uint8Array.from(machine, (letter) => letter.charCodeAt(0) - 33);
  const { memory, b } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { a: { a: decide } }).exports as {
    memory: WebAssembly.Memory;
    b: () => number;
  };
  const start = b();
  return new Uint8Array(memory.buffer as ArrayBuffer, start, size);
}
