/**
 * Bundles the harness page: its own modules, the built package through its public name,
 * and the real Convex and tRPC clients, into one file that `index.html` loads from `bundle/`.
 */
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const here = new URL('./', import.meta.url);

/** `outdir` must be what the server shows as `/bundle/`. Rejects with esbuild's own message when `dist/` is not built. */
export async function bundleHarness({ outdir = fileURLToPath(new URL('bundle/', here)) } = {}) {
  await build({
    entryPoints: [fileURLToPath(new URL('app/main.js', here))],
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'linked',
    logLevel: 'error',
  });
  return outdir;
}
