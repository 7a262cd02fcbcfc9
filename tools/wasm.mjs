// What happens to the module and its glue besides wasm-opt: less around each call, fewer and shorter names.
import { readFileSync } from 'node:fs';

const helpers = readFileSync(new URL('glue.js', import.meta.url), 'utf8');

const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

/** a, b, … z, A, … Z, aa, ba, … */
function shortName(index) {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return (index >= 52 ? shortName(Math.floor(index / 52) - 1) : '') + letters[index % 52];
}

/** What wasm-bindgen writes around each call, in fewer words. Each is of use at least once, see `simplify`. */
const SIMPLER = [
  // `free` and the finalisers: an instance and its host hold each other, one of them from within the module, so that no
  // collector ever finds them gone.
  [/^ {4}__destroy_into_raw\(\) \{\n[^]*?^ {4}\}\n {4}free\(\) \{\n[^]*?^ {4}\}\n/gm, ''],
  [/^ +\w+Finalization\.register\(.*\);\n/gm, ''],
  [/^if \(Symbol\.dispose\) .*\n/gm, ''],
  [/^ +return this;\n/gm, ''],
  // What has been handed over is given back where handing over more throws: but that only ever throws for good.
  [/^ +let ptr0.*;\n +try \{\n([^]*?)^ +\} catch \(e\) \{\n[^]*?^ +throw e;\n +\}\n/gm, '$1'],
  // Numbers are made of what is handed over, in its order. The module does so by itself.
  [/^ +const (val\d) = \+(\w+);\n([^]*?)\b\1\b/m, '$3$2'],
  // Where text and numbers lie, and how many: spread into the call.
  [/^ +(?:const )?ptr(\d) = (pass\w+\(\w+), .*;\n +(?:const )?len\1 = .*;\n([^]*?)ptr\1, len\1/m, '$3...$2)'],
  [/^( +)const ret = (.*);\n +(.*)\bret\b/gm, '$1$3$2'],
  // Numbers count from 0, and memory is far from 2 GiB: none comes out negative.
  [/ >>> 0/g, ''],
  [/\bgetObject\((\w+)\)/g, 'heap[$1]'],
  // The only such call is of `setTimeout`, with what it takes.
  [/: function\(\) \{ return handleError\(function (.*)\{\n([^]*?)\}, arguments\); \}/gm, ': function$1{\n$2}'],
  [/: function ?(\(.*\)) \{/g, ': $1 => {'],
];

const simplify = (text) =>
  SIMPLER.reduce((before, [part, instead]) => {
    let after = before.replace(part, instead);
    if (after === before) throw new Error(`not found in the glue: ${part}`);
    // Those without `g` overlap.
    while (!part.global && part.test(after)) after = after.replace(part, instead);
    return after;
  }, text);

/** Of wasm-bindgen's glue what is about this module; the helpers and the start are `tools/glue.js`. */
export function trim(glue) {
  const parts = glue.match(
    /^([^]*?)^function __wbg_get_imports\(\) \{\n +const import0 = (\{\n) +__proto__: null,\n([^]*?^ {4}\});\n[^]*?(".*": )import0,\n[^]*?(^function wasm_bindgen_\w+\([^]*?^\}\n)/m,
  );
  if (!parts) throw new Error('the glue is not of the usual shape');
  const [, exports, open, imports, folder, closures] = parts;
  return `${helpers}\n${simplify(`${exports}const imports = {\n  ${folder}${open}${imports},\n};\n`)}\n${closures}`;
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
  const done = glue.replace(/^ +"?([\w./$]+)"?: (?=[({])/gm, rename).replace(/\bwasm\.(\w+)/g, rename);
  if (left.size > 0) throw new Error(`not found in the glue: ${[...left].join(', ')}`);
  return done;
}
