// What each entry of dist weighs with everything that it imports: raw, gzip and brotli, in bytes.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** The file and all that it imports, in order of discovery. */
function reach(name, reached = new Set()) {
  if (reached.has(name)) return reached;
  reached.add(name);
  for (const [, target] of readFileSync(join(dist, name), 'utf8').matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) {
    reach(join(dirname(name), target), reached);
  }
  return reached;
}

/** `[{ entry, raw, gzip, brotli }]`; each file is compressed by itself, as a server does. */
export function sizes(entries = ['index', 'convex', 'testing']) {
  return entries.map((entry) => {
    const contents = [...reach(`${entry}.js`)].map((name) => readFileSync(join(dist, name)));
    const sum = (measure) => contents.reduce((total, content) => total + measure(content), 0);
    return {
      entry,
      raw: sum((content) => content.length),
      gzip: sum((content) => gzipSync(content, { level: 9 }).length),
      brotli: sum((content) => brotliCompressSync(content).length),
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.table(sizes());
