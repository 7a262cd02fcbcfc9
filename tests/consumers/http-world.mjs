/** What the HTTP consumers share: one server that records the headers which arrive, and a tab wired to it. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createTabAuth } from 'tabpin';
import { classify } from '../../www/servers/carried.mjs';
import { closeServer, listen, sendJson } from '../../www/servers/http.mjs';
import { createLog } from '../../www/servers/log.mjs';
import { createTrpcServer } from '../../www/servers/trpc.mjs';
import { makeProvider, within } from './kit.mjs';
import { createSource } from './source.mjs';

/** An unsigned JWT with role `anon`: what Supabase sends where there is no user. */
export const ANON_KEY = [{ alg: 'none' }, { role: 'anon' }, 'anon']
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .join('.');

/**
 * A tab and the servers that it talks to. `cookie` is the session id in the browser's cookie jar, undefined where the source cannot
 * tell; `cookied` is a fetch with that jar. At the end, no request may have carried anything but a JWT, the fail-closed pair, or nothing.
 */
export async function openTab(t, { accounts, cookie, current, source: changes, ...options } = {}) {
  const provider = makeProvider({ lifetimeSeconds: 30, accounts });
  const trpc = createTrpcServer({ provider });
  const others = createLog();
  const server = createServer((req, res) => {
    if (trpc.handler(req, res)) return;
    others.add({ path: req.url, ...classify(req) });
    sendJson(res, 200, []);
  });
  const url = await listen(server);
  const source = Object.assign(createSource(provider, { current, cookie }), changes);
  const auth = createTabAuth({ source, runtime: 'client', ...options });
  t.after(async () => {
    auth.dispose();
    provider.close();
    await closeServer(server);
    for (const { kind, names } of [...trpc.log, ...others]) {
      assert.ok(['bearer-jwt', 'fail-closed', 'none'].includes(kind), `a request carried ${kind} (${names.join(', ')})`);
    }
  });
  const cookied = (input, init) =>
    fetch(input, { ...init, headers: { ...init?.headers, ...(cookie && { cookie: `provider_session=${cookie}` }) } });
  return { provider, trpc, others, url, source, auth, cookied };
}

/** Waits until the tab's status is `status`. */
export function becomes(auth, status) {
  return within(
    5000,
    new Promise((resolve) => {
      const check = () => auth.getSnapshot().status === status && resolve();
      auth.subscribe(check);
      check();
    }),
    `The status "${status}"`,
  );
}
