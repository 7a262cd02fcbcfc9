/**
 * An application's server that knows Clerk: the real `@clerk/backend` says who each request to `/api/…` is.
 *
 * `createClerkApp({ api })` returns `handler(req, res)` → whether it answered, and `log`: an entry for each request,
 * `{ path, tab, want, marker, carrier, userId, sessionId, organizationId, metadata, reason, status }`.
 * `tab` and `want` are `?tab=` and `?want=` of the request: who asked, and as whom. A request that is nobody's gets 401.
 */
import { createClerkClient } from '@clerk/backend';
import { sendJson } from './http.mjs';
import { createLog } from './log.mjs';

export function createClerkApp({ api }) {
  const log = createLog();
  const jwtKey = api.keys.publicKey.export({ type: 'spki', format: 'pem' });
  const clerk = createClerkClient({ publishableKey: api.publishableKey, secretKey: 'sk_live_none', jwtKey, telemetry: { disabled: true } });

  async function answer(req, res, url) {
    const { authorization } = req.headers;
    const request = new Request(url, {
      method: req.method,
      headers: Object.entries(req.headers).filter(([, value]) => typeof value === 'string'),
    });
    const state = await clerk.authenticateRequest(request, { jwtKey, authorizedParties: [url.origin] });
    const auth = state.isAuthenticated ? state.toAuth() : null;
    const status = auth ? 200 : 401;
    const entry = {
      path: url.pathname,
      tab: url.searchParams.get('tab'),
      want: url.searchParams.get('want'),
      marker: req.headers['x-tabpin-required'] ?? null,
      carrier: authorization === undefined ? 'cookie' : 'bearer',
      userId: auth?.userId ?? null,
      sessionId: auth?.sessionId ?? null,
      organizationId: auth?.orgId ?? null,
      metadata: auth?.sessionClaims.metadata ?? null,
      reason: state.reason,
      status,
    };
    log.add(entry);
    const { userId, sessionId, organizationId, metadata, reason, carrier } = entry;
    sendJson(res, status, { userId, sessionId, organizationId, metadata, reason, carrier });
  }

  return {
    log,
    handler(req, res) {
      const url = new URL(req.url, `http://${req.headers.host}`);
      if (!url.pathname.startsWith('/api/')) return false;
      answer(req, res, url).catch((error) => sendJson(res, 500, { error: error.name }));
      return true;
    },
  };
}
