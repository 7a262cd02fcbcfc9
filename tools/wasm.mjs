// What happens to the module and its glue besides wasm-opt: fewer and shorter names.

const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

/** a, b, … z, A, … Z, aa, ba, … */
function shortName(index) {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return (index >= 52 ? shortName(Math.floor(index / 52) - 1) : '') + letters[index % 52];
}

/** Parts of the glue that nothing here needs, and what stands in for them. */
const UNUSED = [
  // `free` and the finalisers: an instance and its host hold each other, one of them from within the module, so that no
  // collector ever finds them gone.
  [/^ {4}__destroy_into_raw\(\) \{\n[^]*?^ {4}\}\n {4}free\(\) \{\n[^]*?^ {4}\}\n/gm, ''],
  [/^ +\w+Finalization\.register\(.*\);\n/gm, ''],
  [/^const \w+Finalization = [^]*?;\n/gm, ''],
  [/^if \(Symbol\.dispose\) .*\n/gm, ''],
  // The same for closures: only timers are any, and each ends by firing or by being replaced.
  [/^const CLOSURE_DTORS = [^]*?;\n\n/m, ''],
  [/^ +CLOSURE_DTORS\.\w+\(.*\);\n/gm, ''],
  // Text goes in through `encode` alone; writing it byte by byte is for speed with short text.
  [/^ {4}if \(realloc === undefined\) \{\n([^]*?)^ {4}\}\n\n[^]*?^\}\n/m, '$1}\n'],
  [/(passStringToWasm0\([^()]*, wasm\.\w+), wasm\.\w+\)/g, '$1)'],
  // Every browser that has WebAssembly with bulk memory has `encodeInto`.
  [/^if \(!\('encodeInto' in cachedTextEncoder\)\) \{\n[^]*?^\}\n/m, ''],
  // Other ways to call `initSync`.
  [/^ {4}if \(module !== undefined\) \{\n[^]*?^ {4}\}\n(?=\n {4}const imports)/m, ''],
  [/^ {4}if \(!\(module instanceof WebAssembly\.Module\)\) \{\n[^]*?^ {4}\}\n(?= {4}const instance)/m, ''],
  // The asynchronous start: a namespace import would keep it alive.
  [/^export \{ initSync, __wbg_init as default \};/m, 'export { initSync };'],
];

/** Takes those parts out. */
export function trim(glue) {
  return UNUSED.reduce((text, [part, instead]) => {
    if (text.search(part) < 0) throw new Error(`not found in the glue: ${part}`);
    return text.replace(part, instead);
  }, glue);
}

/**
 * Renames every import and export, in the module and in the glue that wasm-bindgen made for it: those names carry
 * hashes, which nothing compresses. Exports that the glue does not mention go. Throws when the glue is not of the shape
 * that this was written for.
 */
export function shorten(wasm, glue) {
  const short = new Map();
  const used = new Set([...glue.matchAll(/\bwasm\.(\w+)/g)].map(([, name]) => name));
  const renamed = (name) => short.get(name) ?? short.set(name, shortName(short.size)).get(name);
  let at = 8;
  const out = [wasm.subarray(0, at)];
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const text = () => {
    const size = number();
    at += size;
    return wasm.toString('utf8', at - size, at);
  };
  const encoded = (name) => [...leb(name.length), ...Buffer.from(name)];
  while (at < wasm.length) {
    const [id, size, start] = [wasm[at++], number(), at];
    const end = start + size;
    if (id !== 2 && id !== 7) {
      out.push(Buffer.from([id, ...leb(size)]), wasm.subarray(start, end));
      at = end;
      continue;
    }
    const count = number();
    const entries = [];
    for (let entry = 0; entry < count; entry++) {
      const folder = id === 2 ? encoded(renamed(text())) : [];
      const name = text();
      const kind = at++;
      // Imports are functions only (kind 0, a type index); exports are a kind and an index.
      if (id === 2 && wasm[kind] !== 0) throw new Error('an import that is not a function');
      number();
      if (id === 2 || used.has(name)) entries.push([...folder, ...encoded(renamed(name)), ...wasm.subarray(kind, at)]);
    }
    const body = [...leb(entries.length), ...entries.flat()];
    out.push(Buffer.from([id, ...leb(body.length), ...body]));
  }
  return { wasm: Buffer.concat(out), glue: shortenGlue(glue, short) };
}

function shortenGlue(glue, short) {
  const left = new Set(short.keys());
  const rename = (whole, name) => {
    left.delete(name);
    return whole.replace(name, short.get(name) ?? name);
  };
  const done = glue.replace(/^ +"?([\w./$]+)"?: (?=function|import0)/gm, rename).replace(/\bwasm\.(\w+)/g, rename);
  if (left.size > 0) throw new Error(`not found in the glue: ${[...left].join(', ')}`);
  return done;
}
