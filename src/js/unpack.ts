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
 * offsets, …), because like compresses best beside like. `starts`: where each part begins, and the end.
 */
export function unpack(text: string, starts: readonly number[]): Uint8Array<ArrayBuffer> {
  const at = [...starts];
  const next = (part: number) => text.charCodeAt(at[part]!++) - 33;
  const bytes = (part: number, count: number) => Array.from({ length: count }, () => next(part) & 255);
  const whole = (part: number) => bytes(part, (starts[part + 1] as number) - (starts[part] as number));
  /** To the base of 1024; every digit but the last is 1024 too high. */
  const value = (part: number) => {
    let sum = 0;
    let digit;
    while ((digit = next(part)) > 1023) sum = (sum + digit - 1024) * 1024;
    return sum + digit;
  };
  const leb = (out: number[], value: number) => {
    for (; value > 127; value >>>= 7) out.push((value & 127) | 128);
    out.push(value);
  };

  const table = Array.from({ length: value(Part.table) }, () => ({
    follows: value(Part.table),
    own: bytes(Part.table, value(Part.table)),
  }));
  const section: number[] = [];
  const count = value(Part.bodies);
  leb(section, count);
  for (let body = 0; body < count; body += 1) {
    const out: number[] = [];
    const operand = (part: number) => leb(out, value(part));
    let kinds = value(Part.bodies);
    for (leb(out, kinds); kinds > 0; kinds -= 1) {
      operand(Part.bodies);
      out.push(next(Part.bodies));
    }
    for (let depth = 1; depth > 0;) {
      const { follows, own } = table[value(Part.codes)] as (typeof table)[0];
      out.push(...own);
      if (follows < Follows.nothing) operand(follows);
      else if (follows === Follows.block) depth += 1;
      else if (follows === Follows.end) depth -= 1;
      else if (follows === Follows.labels) {
        let labels = value(Part.branches);
        for (leb(out, labels); labels >= 0; labels -= 1) operand(Part.branches);
      } else if (follows === Follows.indirect) {
        operand(Part.calls);
        operand(Part.calls);
      } else if (follows === Follows.signed) {
        const zigzag = value(Part.signed);
        let number = (zigzag >>> 1) ^ -(zigzag & 1);
        for (; number < -64 || number > 63; number >>= 7) out.push((number & 127) | 128);
        out.push(number & 127);
      } else if (follows === Follows.long) {
        let byte;
        do out.push((byte = next(Part.raw) & 255));
        while (byte > 127);
      } else if (follows === Follows.double) out.push(...bytes(Part.raw, 8));
    }
    leb(section, out.length);
    for (const byte of out) section.push(byte);
  }
  const size: number[] = [10];
  leb(size, section.length);
  return Uint8Array.from([whole(Part.before), size, section, whole(Part.after)].flat());
}
