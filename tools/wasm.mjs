// What happens to the module and its glue after wasm-opt: shorter names, and bytes as text.

const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

/** a, b, … z, A, … Z, aa, ba, … */
function shortName(index) {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return (index >= 52 ? shortName(Math.floor(index / 52) - 1) : '') + letters[index % 52];
}

/**
 * Renames every import and export, in the module and in the glue that wasm-bindgen made for it: those names carry
 * hashes, which nothing compresses. Throws when the glue is not of the shape that this was written for.
 */
export function shorten(wasm, glue) {
  const short = new Map();
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
    const body = [...leb(count)];
    for (let entry = 0; entry < count; entry++) {
      if (id === 2) body.push(...encoded(renamed(text())));
      body.push(...encoded(renamed(text())));
      const kind = at++;
      // Imports are functions only (kind 0, a type index); exports are a kind and an index.
      if (id === 2 && wasm[kind] !== 0) throw new Error('an import that is not a function');
      number();
      body.push(...wasm.subarray(kind, at));
    }
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
  // Exports that only other generated files use may stay unmentioned; an import that is not supplied may not.
  const missing = [...left].filter((name) => name.startsWith('__wbg_') || name.startsWith('./'));
  if (missing.length > 0) throw new Error(`not found in the glue: ${missing.join(', ')}`);
  return done;
}

/** Drops the asynchronous start, which nothing uses: a namespace import would keep it alive. */
export function dropDefault(glue) {
  const kept = glue.replace('export { initSync, __wbg_init as default };', 'export { initSync };');
  if (kept === glue) throw new Error('the default export was not found in the glue');
  return kept;
}

/**
 * The module as a JavaScript module: a template literal of Latin-1 characters, each byte stored as `(byte + 1) & 255`
 * (so that the many zero bytes need no escape), and the number of bytes. 4 % over the bare bytes after brotli, where
 * base64 adds 37 %. Read it back with `(text.charCodeAt(i) - 1) & 255`.
 */
export function encodeBytes(wasm) {
  let text = '';
  for (const byte of wasm) {
    const code = (byte + 1) & 255;
    const letter = String.fromCharCode(code);
    if (code === 0) text += '\\x00';
    else if (letter === '\n') text += '\\n';
    else if (letter === '\r') text += '\\r';
    else if ('\\`$'.includes(letter)) text += `\\${letter}`;
    else text += letter;
  }
  return `export default \`${text}\`;\nexport const length = ${wasm.length};\n`;
}
