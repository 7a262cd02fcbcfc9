/** What `tools/pack.mjs` makes of a module comes out of `src/unpack` as it went in. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import binaryen from 'binaryen';
import { machine } from '../../src/js/wasm/bytes.js';
import { knowingPath } from '../../tools/build.mjs';
import { pack, unpackerOf } from '../../tools/pack.mjs';

const unpacker = Uint8Array.from(machine, (letter) => letter.charCodeAt(0) - 33);
const knowing = readFileSync(knowingPath);

function compiled(text) {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  assert.ok(module.validate());
  return module.emitBinary();
}
/** How a load or a store is aligned is but a hint, and not kept. */
const inWords = (wasm) =>
  binaryen
    .readBinary(wasm)
    .emitText()
    .replace(/ align=\d/g, '');

async function packedAndBack(wasm) {
  const { unpack } = await unpackerOf(await pack(wasm, unpacker, knowing));
  return unpack();
}

/** Of each kind of operand one, and a stack with values of all kinds in blocks within blocks. */
const everything = `(module
  (type $pair (func (param i32 i64) (result f64)))
  (import "a" "b" (func $given (param f64) (result i32)))
  (memory 1) (global $top (mut i32) (i32.const 7)) (table 2 2 funcref) (elem (i32.const 0) $named $given)
  (data (i32.const 16) "words, words, and \\00\\ff")
  (export "named" (func $named))
  (func $named (param $a i32) (param $b i64) (result f64) (local $c f64) (local $d i64)
    (local.set $c (f64.const 1.5))
    (global.set $top (i32.add (global.get $top) (local.tee $a (i32.load8_u offset=300 (local.get $a)))))
    (memory.copy (i32.const 0) (i32.const 64) (local.get $a)) (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
    (i64.store offset=8 (local.get $a) (select (local.get $b) (i64.const -9223372036854775808) (memory.grow (memory.size))))
    (block $out (loop $again
      (block $one (block $two (br_table $one $two $again $out (local.get $a))) (br_if $again (i64.eqz (local.get $b))))
      (local.set $d (if (result i64) (i32.lt_s (local.get $a) (i32.const -2147483648))
        (then (i64.extend_i32_u (i32.trunc_sat_f64_u (local.get $c)))) (else (i64.const 9007199254740993))))))
    (drop (call $given (f64.neg (local.get $c))))
    (f64.add (f64.convert_i64_s (local.get $d)) (call_indirect (type $pair) (i32.const 2147483647) (local.get $d) (i32.const 0)))))`;

test('a module with every kind of operand comes out as it went in', async () => {
  const wasm = compiled(everything);
  assert.equal(inWords(await packedAndBack(wasm)), inWords(wasm));
});

test('constants of every length come out as they went in', async () => {
  const edges = Array.from({ length: 32 }, (_, bit) => 2 ** bit).flatMap((value) => [value - 1, value, -value, -value - 1]);
  const small = edges.filter((value) => value >= -(2 ** 31) && value < 2 ** 31).map((value) => `(drop (i32.const ${value}))`);
  const large = edges.map((value) => `(drop (i64.const ${BigInt(value) * 2147483647n}))`);
  const wasm = compiled(`(module (func ${[...small, ...large].join(' ')}))`);
  assert.equal(inWords(await packedAndBack(wasm)), inWords(wasm));
});

test('a module with an instruction that the unpacker does not know is not packed', async () => {
  await assert.rejects(
    pack(compiled('(module (func (drop (f32.const 1))))'), unpacker, knowing),
    /an instruction that was not thought of: 43/,
  );
});
