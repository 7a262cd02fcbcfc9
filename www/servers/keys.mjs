import { generateKeyPairSync } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';

/** Claims that `sign` leaves out or spoils on request; each is a token that some consumer cannot live with. */
export const FLAWS = ['no-iat', 'no-exp', 'tiny', 'malformed', 'text-null', 'stale', 'used'];

/** An RS256 key pair with its public half as a JWKS. Tests that start many providers share one. */
export function createKeys(kid = 'key-1') {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
  return { kid, privateKey, publicKey, jwks: { keys: [jwk] } };
}

/**
 * Signs `claims` as a JWT that lives `lifetimeSeconds` from the whole second of `now` (wall-clock ms) on;
 * `{ token, iat, exp }`, null where the token lacks them.
 * RS256 is deterministic: the same claims in the same second give the same text.
 */
export async function sign(keys, claims, { now, lifetimeSeconds, flaw }) {
  if (flaw === 'text-null') return { token: 'null', iat: null, exp: null };
  if (flaw === 'malformed') return { token: `malformed.${claims.jti ?? claims.sub}`, iat: null, exp: null };
  let iat = Math.floor(now / 1000);
  if (flaw === 'stale') iat -= 2 * Math.ceil(lifetimeSeconds);
  if (flaw === 'used') iat -= Math.ceil(lifetimeSeconds * 0.6);
  const life = flaw === 'tiny' ? 2 : lifetimeSeconds;
  const payload = { ...claims, iat, nbf: iat, exp: iat + life };
  if (flaw === 'no-iat') delete payload.iat;
  if (flaw === 'no-exp') delete payload.exp;
  const token = await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: keys.kid, typ: 'JWT' }).sign(keys.privateKey);
  return { token, iat: payload.iat ?? null, exp: payload.exp ?? null };
}

/**
 * The claims of a token whose signature, issuer and expiry hold, without any clock tolerance.
 * Throws jose's error, whose `code` names the reason and whose text never quotes the token.
 */
export async function verify(keys, token, { issuer, now }) {
  if (typeof token !== 'string') throw new errors.JWSInvalid('The token is not a string.');
  const { payload } = await jwtVerify(token, keys.publicKey, {
    issuer,
    algorithms: ['RS256'],
    clockTolerance: 0,
    currentDate: new Date(now),
  });
  return payload;
}
