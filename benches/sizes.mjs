/** What an application that uses a package's entry adds to its pages: bundled alone, minified, in bytes. */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const { exports: targets } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Each entry whole, and how the two that most use weigh together. */
const own = Object.keys(targets)
  .filter((key) => key !== './package.json')
  .map((key) => ({ name: `tabpin${key.slice(1)}`, code: `export * from 'tabpin${key.slice(1)}';` }));
const both = { name: 'tabpin and tabpin/convex', code: `export * from 'tabpin';\nexport * from 'tabpin/convex';` };

/** What of others does a part of the work, or is used beside it. */
const peers = [
  ['jwt-decode', 'jwtDecode'],
  ['jose', 'decodeJwt'],
  ['convex/browser', 'ConvexClient'],
  ['@supabase/supabase-js', 'createClient'],
].map(([name, used]) => ({ name: `${name} (${used})`, code: `export { ${used} } from '${name}';` }));

async function sizeOf({ name, code }) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    write: false,
    logLevel: 'error',
  });
  const [{ contents }] = outputFiles;
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length } };
  return { name, raw: contents.length, gzip: gzipSync(contents, { level: 9 }).length, brotli: brotliCompressSync(contents, brotli).length };
}

/** `[{ name, raw, gzip, brotli }]`: this package's entries, then parts of others. */
export const sizes = () => Promise.all([...own, both, ...peers].map(sizeOf));
