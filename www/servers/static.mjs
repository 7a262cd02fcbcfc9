import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.ts': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};

/**
 * Serves files: `mounts` maps a path prefix (`/dist/`) to a folder; the longest prefix that fits wins.
 * Nothing outside those folders is reachable. A browser asks each time, so that a rebuilt file shows at once; not by `no-store`,
 * because Chromium and Firefox keep no page for going back that had such a response.
 */
export function createStatic(mounts) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  return async (req, res) => {
    const path = decodePath(req.url);
    const prefix = path && prefixes.find((candidate) => path.startsWith(candidate));
    const file = prefix && (await locate(mounts[prefix], path.slice(prefix.length)));
    if (!file || !['GET', 'HEAD'].includes(req.method)) {
      res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
      return;
    }
    res.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-cache' });
    if (req.method === 'HEAD') res.end();
    else
      createReadStream(file)
        .on('error', () => res.destroy())
        .pipe(res);
  };
}

function decodePath(url) {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
}

async function locate(folder, rest) {
  const inside = normalize(rest);
  if (inside === '..' || inside.startsWith(`..${sep}`) || inside.startsWith(sep) || inside.includes('\0')) return null;
  for (const file of [join(folder, inside), join(folder, inside, 'index.html')]) {
    const found = await stat(file).catch(() => null);
    if (found?.isFile()) return file;
  }
  return null;
}
