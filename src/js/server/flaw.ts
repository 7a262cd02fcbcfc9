import type { BearerClaims } from './claims.js';
import type { GuardCode, GuardOptions } from './types.js';

/** Why a bearer will not do, and for a time by how many seconds. */
export type Flaw = { readonly code: GuardCode; readonly skewSeconds?: number };

/** Clocks of servers differ by so much, s; Clerk's SDK allows it too. */
const TOLERANCE = 5;

/** A time that does not hold. `now` and `slack`, which is forgiven, in seconds. */
function timeFlaw({ exp, nbf, iat }: BearerClaims, now: number, slack: number): Flaw | null {
  const off = (code: GuardCode, by: number) => ({ code, skewSeconds: Math.round(by) });
  if (exp !== null && exp + slack <= now) return off('token_expired', now - exp);
  if (nbf !== null && nbf > now + slack) return off('token_not_yet_valid', nbf - now);
  if (iat !== null && iat > now + slack) return off('issued_in_future', iat - now);
  return null;
}

/** Whether a claim is one of those wanted; nothing wanted = anything will do. */
const isOneOf = (claim: string | null, wanted: readonly string[]) => wanted.length === 0 || (claim !== null && wanted.includes(claim));

export const issuersOf = ({ issuer }: GuardOptions): readonly string[] => [issuer ?? []].flat();

/** The first of issuer, party and time that does not hold. */
export function claimFlaw(claims: BearerClaims, options: GuardOptions): Flaw | null {
  if (!isOneOf(claims.iss, issuersOf(options))) return { code: 'issuer_mismatch' };
  if (!isOneOf(claims.azp, options.authorizedParties ?? [])) return { code: 'party_mismatch' };
  return timeFlaw(claims, seconds(options), TOLERANCE);
}

/** For a bearer that the SDK has refused without saying why: without forgiving anything. */
export const suspectedFlaw = (claims: BearerClaims, options: GuardOptions): Flaw | null => timeFlaw(claims, seconds(options), 0);

const seconds = ({ now = Date.now() }: GuardOptions) => now / 1000;
