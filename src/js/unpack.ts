/** What follows an instruction's own bytes; below these, the number of the stream that its one operand is in. */
export const enum Follows {
  nothing = 32,
  /** A block, up to its end. */
  block,
  end,
  /** A number of labels, the labels, and one more. */
  labels,
  /** A type, and a table. */
  indirect,
  signed,
  long,
  double,
}

/** The parts of the text, in their order; `tools/pack.mjs` writes them. The instructions' operands come after these. */
export const enum Part {
  before,
  after,
  table,
  bodies,
  codes,
  branches,
  calls,
  signed,
  raw,
}

/**
 * The module, of which `tools/pack.mjs` has made text: its code is sorted by what it is made of (instructions, variables,
 * offsets, …), because like compresses best beside like. `starts`: where each part begins; `size`: the module's, bytes.
 */
export function unpack(text: string, starts: readonly number[], size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  let end = 0;
  const at = [...starts];
  const next = (part: number) => text.charCodeAt(at[part]!++) - 33;
  const bytes = (part: number, count: number) => {
    for (; count > 0; count -= 1) out[end++] = next(part);
  };
  const whole = (part: number) => bytes(part, (starts[part + 1] as number) - (starts[part] as number));
  /** To the base of 1024; every digit but the last is 1024 too high. */
  const value = (part: number) => {
    let sum = 0;
    let digit;
    while ((digit = next(part)) > 1023) sum = (sum + digit - 1024) * 1024;
    return sum + digit;
  };
  const leb = (value: number) => {
    for (; value > 127; value >>>= 7) out[end++] = value | 128;
    out[end++] = value;
  };
  const operand = (part: number) => leb(value(part));
  /** Writes something, and before it how long it is. */
  const sized = (write: () => void) => {
    const start = end;
    write();
    const stop = end;
    leb(stop - start);
    const head = out.slice(stop, end);
    out.copyWithin(start + head.length, start, stop);
    out.set(head, start);
  };

  const table = Array.from({ length: value(Part.table) }, () => [
    value(Part.table),
    ...Array.from({ length: value(Part.table) }, () => next(Part.table)),
  ]);
  const body = () => {
    let kinds = value(Part.bodies);
    for (leb(kinds); kinds > 0; kinds -= 1) {
      operand(Part.bodies);
      bytes(Part.bodies, 1);
    }
    for (let depth = 1; depth > 0;) {
      const entry = table[value(Part.codes)] as number[];
      const follows = entry[0] as number;
      for (let index = 1; index < entry.length; index += 1) out[end++] = entry[index] as number;
      if (follows < Follows.nothing) operand(follows);
      else if (follows === Follows.block) depth += 1;
      else if (follows === Follows.end) depth -= 1;
      else if (follows === Follows.labels) {
        let labels = value(Part.branches);
        for (leb(labels); labels >= 0; labels -= 1) operand(Part.branches);
      } else if (follows === Follows.indirect) {
        operand(Part.calls);
        operand(Part.calls);
      } else if (follows === Follows.signed) {
        const zigzag = value(Part.signed);
        let number = (zigzag >>> 1) ^ -(zigzag & 1);
        for (; number < -64 || number > 63; number >>= 7) out[end++] = number | 128;
        out[end++] = number & 127;
      } else if (follows === Follows.long) {
        do bytes(Part.raw, 1);
        while ((out[end - 1] as number) > 127);
      } else if (follows === Follows.double) bytes(Part.raw, 8);
    }
  };
  whole(Part.before);
  out[end++] = 10;
  sized(() => {
    let bodies = value(Part.bodies);
    for (leb(bodies); bodies > 0; bodies -= 1) sized(body);
  });
  whole(Part.after);
  return out;
}
