/**
 * The provider over HTTP, same origin, below `/provider/`:
 *
 * | request | answer |
 * |---|---|
 * | `GET sessions` | `{ sessions, current }`; `current` is the cookie's live session id or null |
 * | `POST token` `{ sessionId, template, skipCache }` | `{ token }`, and without a template a cookie of it; 404 where the session has ended |
 * | `POST sign-in` `{ userId }`, `POST switch` `{ sessionId }` | `{ session }`, and the cookie |
 * | `POST sign-out` `{ sessionId }` | 204; a cookie of that session moves to another live one |
 * | `POST fault` `{ kind, times }`, `POST latency` `{ ms }`, `POST clear` | 204; `times: null` means until cleared |
 * | `GET log`, `GET jwks` | the log, the public keys |
 */
import { readCookie, readJson, sendJson } from './http.mjs';

/** The cookie that holds the browser's current session id; it stands for a provider's shared session cookie. */
const SESSION_COOKIE = 'provider_session';

/** The cookie that holds the newest token made from no template, for middleware. */
export const TOKEN_COOKIE = 'provider_token';

const setCookie = (sessionId) => ({
  'set-cookie': `${SESSION_COOKIE}=${sessionId ?? ''}; Path=/; HttpOnly; SameSite=Lax${sessionId ? '' : '; Max-Age=0'}`,
});

/** The live session that the request's cookie names; null for a visitor. */
export function cookieSession(provider, req) {
  const id = readCookie(req, SESSION_COOKIE);
  return provider.sessions().find(({ sessionId }) => sessionId === id) ?? null;
}

/** `(req, res)` → true when the path was the provider's own; the answer then follows. */
export function providerHandler(provider) {
  const routes = {
    'GET sessions': (req, res) =>
      sendJson(res, 200, { sessions: provider.sessions(), current: cookieSession(provider, req)?.sessionId ?? null }),
    'GET log': (_req, res) => sendJson(res, 200, provider.log),
    'GET jwks': (_req, res) => sendJson(res, 200, provider.jwks),
    'POST token': async (_req, res, { sessionId, template, skipCache }) => {
      const gone = new AbortController();
      res.once('close', () => gone.abort());
      const token = await provider.mint({ session: sessionId, template, skipCache, signal: gone.signal });
      const ended = token === null && !provider.sessions().some((session) => session.sessionId === sessionId);
      const cookie = token !== null &&
        template === undefined && { 'set-cookie': `${TOKEN_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax` };
      sendJson(res, ended ? 404 : 200, { token }, cookie || {});
    },
    'POST sign-in': (_req, res, { userId }) => {
      const session = provider.signIn(userId);
      sendJson(res, 200, { session }, setCookie(session.sessionId));
    },
    'POST switch': (_req, res, { sessionId }) => {
      const session = provider.sessions().find((candidate) => candidate.sessionId === sessionId);
      if (!session) return sendJson(res, 404, { error: 'session_ended' });
      sendJson(res, 200, { session }, setCookie(sessionId));
    },
    'POST sign-out': (req, res, { sessionId }) => {
      const current = cookieSession(provider, req);
      provider.signOut(sessionId);
      const next = provider.sessions()[0]?.sessionId;
      res.writeHead(204, current?.sessionId === sessionId ? setCookie(next) : {}).end();
    },
    'POST fault': (_req, res, { kind, times }) => {
      provider.fault(kind, times === null ? Infinity : times);
      res.writeHead(204).end();
    },
    'POST latency': (_req, res, { ms }) => {
      provider.latency(ms);
      res.writeHead(204).end();
    },
    'POST clear': (_req, res) => {
      provider.clearFaults();
      res.writeHead(204).end();
    },
  };

  return (req, res) => {
    const { pathname } = new URL(req.url, 'http://localhost');
    if (!pathname.startsWith('/provider/')) return false;
    const route = routes[`${req.method} ${pathname.slice('/provider/'.length)}`];
    if (!route) sendJson(res, 404, { error: 'no_such_endpoint' });
    else answer(route, req, res);
    return true;
  };
}

async function answer(route, req, res) {
  try {
    await route(req, res, req.method === 'POST' ? await readJson(req) : {});
  } catch (error) {
    if (error.code === 'offline' || error.name === 'AbortError') return res.destroy();
    const status = error.status ?? (error instanceof SyntaxError || error instanceof RangeError ? 400 : 500);
    sendJson(res, status, { error: error.status ? 'provider_failed' : error.message });
  }
}
