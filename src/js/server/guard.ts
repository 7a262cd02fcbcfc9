import { readClaims, type BearerClaims } from './claims.js';
import { claimFlaw, suspectedFlaw, type Flaw } from './flaw.js';
import { bearerToken, headerValues, presented } from './presented.js';
import { codeOf, foundSomething } from './reasons.js';
import { refuse } from './refusal.js';
import type { GuardOptions, HeaderSource, ResolvedSession, Verdict } from './types.js';

/** Does what was resolved belong to the bearer? The SDK has verified what it resolved, so decoding is enough. */
const isOwn = (claims: BearerClaims | null, { userId, sessionId }: NonNullable<ResolvedSession>) =>
  claims !== null && claims.sub === userId && (claims.sid === null || claims.sid === sessionId);

/** Why a bearer is refused; null = it is not. */
function bearerFlaw(token: string | null, claims: BearerClaims | null, session: ResolvedSession, options: GuardOptions): Flaw | null {
  if (token === null) return { code: 'malformed_authorization' };
  if (session?.userId && !isOwn(claims, session)) return { code: 'credential_substituted' };
  if (claims === null) return { code: 'token_malformed' };
  const flaw = claimFlaw(claims, options);
  if (flaw || session?.userId) return flaw;
  const code = codeOf(session?.reason);
  return code ? { code } : (suspectedFlaw(claims, options) ?? { code: 'credential_refused' });
}

/** Why a request without a bearer is refused; null = it is not. */
function cookieFlaw(request: HeaderSource, session: ResolvedSession): Flaw | null {
  const refused = !session?.userId && foundSomething(session?.reason, headerValues(request, 'cookie').join('; '));
  return refused ? { code: codeOf(session?.reason) ?? 'credential_refused' } : null;
}

/** Does the page show another account than the one that asks? A page that shows somebody is not a visitor's. */
const viewerFlaw = ({ viewerId }: GuardOptions, session: ResolvedSession): Flaw | null =>
  (viewerId ?? null) !== null && viewerId !== (session?.userId ?? '') ? { code: 'viewer_mismatch' } : null;

/**
 * Who asks: the resolved user, a visitor, or somebody to refuse.
 *
 * Precedence: the marker → `tab_token_missing`; an Authorization that is not one well-formed `Bearer` → `malformed_authorization`;
 * its claims against what was resolved (`sub` alone where the token has no `sid`) → `credential_substituted`; then issuer, party, time;
 * last the viewer. 403 for `viewer_mismatch` only, else 401.
 */
export function guard(request: HeaderSource, session: ResolvedSession, options: GuardOptions = {}): Verdict {
  const { marker, authorization, carrier } = presented(request, options.connectionParams);
  const token = bearerToken(authorization ?? '');
  const claims = readClaims(token ?? '');
  const { userId, sessionId = null } = session ?? {};
  const flaw =
    (marker === null ? null : ({ code: 'tab_token_missing' } as const)) ??
    (authorization === null ? cookieFlaw(request, session) : bearerFlaw(token, claims, session, options)) ??
    viewerFlaw(options, session);
  const cookie = userId || flaw?.code !== 'viewer_mismatch' ? 'cookie' : null;
  if (flaw) return refuse(flaw, { carrier: carrier ?? cookie, marker, claims, session, options });
  return userId ? { kind: 'signed_in', userId, sessionId, carrier: carrier ?? 'cookie' } : { kind: 'visitor' };
}
