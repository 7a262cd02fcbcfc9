// What the module's wrappers and imports are built upon: wasm-bindgen's own helpers, by the same names, in the few lines
// that this module needs of them. `tools/wasm.mjs` puts what wasm-bindgen made for the module around it.
let wasm;
let heap;
let decoder;

/** The lowest number of what the module knows by one that may be let go: below are constants. */
const own = 1028;
/** The next number to be given; where that was in use before, the one after it stands there. */
let free = own;

function addHeapObject(object) {
  const index = free;
  free = heap[index] ?? index + 1;
  heap[index] = object;
  return index;
}

function takeObject(index) {
  const object = heap[index];
  if (index >= own) {
    heap[index] = free;
    free = index;
  }
  return object;
}

/** Copies an array of numbers into the module's memory, which the module frees. Memory may grow: no view of it is kept. */
function pass(numbers) {
  const pointer = wasm.__wbindgen_malloc(numbers.byteLength, numbers.BYTES_PER_ELEMENT);
  new numbers.constructor(wasm.memory.buffer, pointer, numbers.length).set(numbers);
  return [pointer, numbers.length];
}

const passStringToWasm0 = (text) => pass(new TextEncoder().encode(text));
const passArrayF64ToWasm0 = (numbers) => pass(Float64Array.from(numbers));

const getStringFromWasm0 = (pointer, length) => decoder.decode(new Uint8Array(wasm.memory.buffer, pointer, length));

/** A timer's callback. What it holds goes once neither the module nor a call needs it any more. */
function makeMutClosure(a, b, call) {
  let users = 1;
  const closure = () => {
    users += 1;
    call(a, b);
    closure._wbg_cb_unref();
  };
  closure._wbg_cb_unref = () => {
    users -= 1;
    if (users === 0) wasm.__wbindgen_destroy_closure(a, b);
  };
  return closure;
}

/** Here and not above, so that bundlers see that this file does nothing by itself. */
export function initSync(module) {
  heap = Array(1024).concat(undefined, null, true, false);
  decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  wasm = new WebAssembly.Instance(module, imports).exports;
}
