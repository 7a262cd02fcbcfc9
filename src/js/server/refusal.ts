import type { BearerClaims } from './claims.js';
import { issuersOf, type Flaw } from './flaw.js';
import type { GuardCode, GuardOptions, ResolvedSession, Verdict } from './types.js';

/** What is known about a request when it is refused. */
export type Case = {
  readonly carrier: 'header' | 'cookie' | 'params' | null;
  readonly marker: string | null;
  readonly claims: BearerClaims | null;
  readonly session: ResolvedSession;
  readonly options: GuardOptions;
};

/** RFC 6750, section 3.1. Another token helps against neither of these two. */
const ERRORS: { readonly [code in GuardCode]?: string } = {
  malformed_authorization: 'invalid_request',
  viewer_mismatch: 'insufficient_scope',
};

/** Unverified text may say anything; in a log it is one line of limited length. */
const loggable = (text: string | null | undefined) => text?.replace(/[^\x20-\x7e]/g, '?').slice(0, 200) || null;

const anyOf = (wanted: readonly string[] = []) => wanted.join(' or ') || null;

/** A refusal for `code`. The challenge is made of our own words only. */
export function refuse({ code, skewSeconds }: Flaw, { carrier, marker, claims, session, options }: Case): Verdict {
  return {
    kind: 'refused',
    code,
    status: code === 'viewer_mismatch' ? 403 : 401,
    wwwAuthenticate: `Bearer error="${ERRORS[code] ?? 'invalid_token'}", error_description="${code}"`,
    diagnosis: {
      carrier,
      marker: loggable(marker),
      kid: loggable(claims?.kid),
      sid: loggable(claims?.sid),
      resolvedSid: loggable(session?.sessionId),
      expectedIssuer: anyOf(issuersOf(options)),
      actualIssuer: loggable(claims?.iss),
      expectedParty: anyOf(options.authorizedParties),
      actualParty: loggable(claims?.azp),
      skewSeconds: skewSeconds ?? null,
      reason: loggable(session?.reason),
    },
  };
}
