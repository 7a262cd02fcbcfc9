import type { GuardCode } from './types.js';

/** The reasons and codes of `@clerk/backend`, and jose's codes and names of claims, in our words. */
const CODES: readonly (readonly [RegExp, GuardCode])[] = [
  [/expired|^exp$/i, 'token_expired'],
  [/nbf|not-active-yet/, 'token_not_yet_valid'],
  [/iat-in-the-future/, 'issued_in_future'],
  [/^iss$/, 'issuer_mismatch'],
  [/authorized-parties|^azp$/, 'party_mismatch'],
  [/^(token-invalid|ERR_JW[ST]_INVALID)$/, 'token_malformed'],
];

/** An SDK's reason in our words; null where it is none of those that we have a word for. */
export const codeOf = (reason: string | null | undefined): GuardCode | null =>
  CODES.find(([pattern]) => pattern.test(reason ?? ''))?.[1] ?? null;

/** Reasons for nobody that tell of no credential. The second: Clerk has just found out, by a handshake, that nobody is signed in. */
const NOTHING_THERE = ['session-token-and-uat-missing', 'session-token-missing', 'dev-browser-missing'];

/**
 * Does the SDK say that it found a credential, and refused it? A development instance of Clerk's does not look at a session's
 * cookie as long as its own is missing; that cookie is a credential all the same.
 */
export const foundSomething = (reason: string | null | undefined, cookies: string): boolean =>
  Boolean(reason) && (!NOTHING_THERE.includes(reason ?? '') || (reason === 'dev-browser-missing' && cookies.includes('__session')));
