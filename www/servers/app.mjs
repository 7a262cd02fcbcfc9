/**
 * A small application's server. Below `/app/`:
 *
 * | request | answer |
 * |---|---|
 * | `GET me` | `{ userId }`, null for a visitor; 401 `{ code }` for a credential that is refused |
 * | `GET dashboard` | what middleware does, by cookie alone: `{ organization }`, or 303 to `onboarding` while the token names none |
 * | `GET onboarding` | `{ organization: null }` |
 * | `POST organizations` `{ organization }` | changes the bearer's metadata at the provider; 201 |
 *
 * `createApp({ provider, issuer = provider.issuer })`: `issuer` is the one it expects. `me?sdk=cookie` is an SDK that takes the cookie
 * in spite of a bearer; `me?issuer=…` is a server that expects that one, and whose answer tells the diagnosis too. Returns `handler(req, res)` → whether it answered, and `log`: `{ path, status, userId, code, diagnosis }`.
 */
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { guard } from 'tabpin/server';
import { readCookie, readJson, sendJson } from './http.mjs';
import { createLog } from './log.mjs';
import { cookieSession, TOKEN_COOKIE } from './provider-http.mjs';

export function createApp({ provider, issuer = provider.issuer }) {
  const log = createLog();
  const keys = createLocalJWKSet(provider.jwks);

  const byBearer = async (authorization, expected = issuer) => {
    try {
      const { payload } = await jwtVerify(authorization.slice('Bearer '.length), keys, { issuer: expected, algorithms: ['RS256'] });
      return { userId: payload.sub, sessionId: payload.sid };
    } catch (error) {
      return { userId: null, reason: error.claim ?? error.code };
    }
  };

  const resolve = (req, sdk, expected) => {
    const { authorization } = req.headers;
    return authorization?.startsWith('Bearer ') && sdk !== 'cookie' ? byBearer(authorization, expected) : cookieSession(provider, req);
  };

  const routes = {
    async 'GET me'(req, url) {
      const [sdk, other] = ['sdk', 'issuer'].map((name) => url.searchParams.get(name));
      const expected = other ?? issuer;
      const verdict = guard(req, await resolve(req, sdk, expected), { issuer: expected });
      const { kind, status = 200, userId = null, code = null, diagnosis = null, wwwAuthenticate } = verdict;
      log.add({ path: url.pathname, status, userId, code, diagnosis });
      const refusal = other === null ? { code } : { code, diagnosis };
      return kind === 'refused' ? [status, refusal, { 'www-authenticate': wwwAuthenticate }] : [status, { userId }];
    },
    'GET dashboard'(req) {
      const token = readCookie(req, TOKEN_COOKIE);
      const organization = (token && decodeJwt(token).organization) ?? null;
      return organization ? [200, { organization }] : [303, {}, { location: '/app/onboarding' }];
    },
    'GET onboarding': () => [200, { organization: null }],
    async 'POST organizations'(req) {
      const { userId } = await byBearer(req.headers.authorization ?? '');
      const { organization } = await readJson(req);
      if (!userId) return [401, {}];
      provider.setClaims(userId, { organization });
      return [201, { organization }];
    },
  };

  return {
    log,
    handler(req, res) {
      const url = new URL(req.url, 'http://localhost');
      const route = url.pathname.startsWith('/app/') && routes[`${req.method} ${url.pathname.slice('/app/'.length)}`];
      if (!route) return false;
      Promise.resolve(route(req, url)).then(
        ([status, body, headers]) => sendJson(res, status, body, headers),
        (error) => sendJson(res, 500, { error: error.name }),
      );
      return true;
    },
  };
}
