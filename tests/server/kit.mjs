/**
 * Requests with every kind of credential, and the two verifiers that an application would have: Clerk's backend without network,
 * and jose alone. Both are the real ones. Cookies are what Clerk's production instances set.
 */
import { createServer } from 'node:http';
import { createClerkClient } from '@clerk/backend';
import { jwtVerify, SignJWT } from 'jose';
import { MARKER_HEADER } from 'tabpin';
import { guard } from 'tabpin/server';
import { closeServer, listen, readJson, sendJson } from '../../www/servers/http.mjs';
import { createKeys } from '../../www/servers/keys.mjs';

export const ADA = { sub: 'user_ada', sid: 'sess_ada' };
export const BOB = { sub: 'user_bob', sid: 'sess_bob' };
export const HOST = 'clerk.example.com';
export const ISSUER = `https://${HOST}`;
export const PARTY = 'https://app.example.com';
export const MARKER = MARKER_HEADER;
/** What a tab without a token sends. */
export const CLOSED = { [MARKER]: 'token_missing', authorization: 'Bearer tabpin.unavailable' };

export const keys = createKeys();
export const foreignKeys = createKeys();
export const pem = keys.publicKey.export({ type: 'spki', format: 'pem' });
export const publishableKey = `pk_live_${btoa(`${HOST}$`)}`;

/**
 * A token of `who`, signed. `age` is how many seconds ago it was issued; below 0: it will be. The other options are claims,
 * undefined to leave one out, and `signer`.
 */
export function mint(who, { age = 5, life = 60, signer = keys, ...claims } = {}) {
  const iat = Math.floor(Date.now() / 1000) - age;
  return new SignJWT({ iss: ISSUER, azp: PARTY, iat, nbf: iat, exp: iat + life, ...who, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: signer.kid, typ: 'JWT' })
    .sign(signer.privateKey);
}

export const bearer = async (who, options) => ({ authorization: `Bearer ${await mint(who, options)}` });
export const cookie = async (who, options) => ({ cookie: `__session=${await mint(who, options)}; __client_uat=1` });

/** The name that Clerk gives to a cookie of this instance. */
export async function suffixed(name) {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(publishableKey));
  return `${name}_${Buffer.from(digest).toString('base64url').slice(0, 8)}`;
}

/** A request of an application's page: never one that Clerk would answer with a redirect. */
export const requestOf = (headers = {}, method = 'GET') => new Request(`${PARTY}/api`, { method, headers });

export const createClerk = (options) =>
  createClerkClient({ secretKey: 'sk_live_unused', publishableKey, jwtKey: pem, telemetry: { disabled: true }, ...options });
const clerk = createClerk();

/** What Clerk resolves, its reason included. */
export async function withClerk(request, options = {}, client = clerk) {
  const state = await client.authenticateRequest(request, options);
  const auth = state.toAuth();
  return { userId: auth?.userId ?? null, sessionId: auth?.sessionId, reason: state.reason ?? undefined };
}

/** The token that an application would look at: the bearer, else the cookie's. */
function tokenOf({ headers }) {
  const [scheme, token] = (headers.get('authorization') ?? '').split(' ', 2);
  return scheme === 'Bearer' && token ? token : /__session=([^;]+)/.exec(headers.get('cookie') ?? '')?.[1];
}

/** What an application resolves that verifies with jose, its reason included. */
export async function withJose(request, { issuer } = {}) {
  const token = tokenOf(request);
  if (token === undefined) return null;
  try {
    const { payload } = await jwtVerify(token, keys.publicKey, { ...(issuer && { issuer }) });
    return { userId: payload.sub, sessionId: payload.sid };
  } catch (error) {
    return { userId: null, reason: error.code };
  }
}

/** `verify`: one of the two above. */
export async function judge(verify, headers, { method, verifying, ...options } = {}) {
  const request = requestOf(headers, method);
  return guard(request, await verify(request, verifying), options);
}

/** A verdict in a word: the user, `visitor`, or status and code. */
export const word = (verdict) =>
  ({ signed_in: () => verdict.userId, visitor: () => 'visitor', refused: () => `${verdict.status} ${verdict.code}` })[verdict.kind]();

/** Clerk's Backend API as far as a refresh goes: a session's next cookie. `asked` lists which sessions' were asked for. */
export async function startRefresher(t) {
  const asked = [];
  const server = createServer(async (req, res) => {
    const who = [ADA, BOB].find(({ sid }) => req.url.includes(`/sessions/${sid}/refresh`));
    asked.push(who.sid);
    await readJson(req);
    sendJson(res, 200, { object: 'cookies', cookies: [`__session=${await mint(who)}; Path=/`] });
  });
  const apiUrl = await listen(server);
  t.after(() => closeServer(server));
  return { apiUrl, asked };
}
