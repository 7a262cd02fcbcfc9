import { wasmUnavailable } from './errors.js';
import { initSync } from './wasm/glue.js';
import { unpack } from './unpack.js';

let started = false;

/** Compiles the core on first use; before that, nothing of `wasm/glue.js` works. A failure is not remembered: the next call tries again. */
export function load(): void {
  if (started) return;
  if (typeof WebAssembly === 'undefined') {
    throw wasmUnavailable('This browser has no WebAssembly.', 'Turn off the lockdown mode or policy that removes it for this site.');
  }
  try {
    const bytes = unpack();
    if (!bytes)
      throw wasmUnavailable('The core arrived damaged: the script was not read as UTF-8.', 'Serve the script with `charset=utf-8`.');
    initSync(new WebAssembly.Module(bytes));
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) {
      throw wasmUnavailable(
        "The page's Content-Security-Policy forbids WebAssembly: script-src lacks 'wasm-unsafe-eval'.",
        "Add 'wasm-unsafe-eval' to script-src.",
      );
    }
    throw error;
  }
  started = true;
}
