// A WebAssembly module as the list of numbers that it is made of.

/**
 * In the order in which `src/unpack` asks for them: what is before the code, the opcodes in use, the code without the
 * sizes of functions, what is after it. Throws on an instruction that is not known to it, and to `src/unpack`.
 */
export function numbers(wasm) {
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
