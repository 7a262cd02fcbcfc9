import { throwIt } from './errors.js';
import { bearing, failClosed, without } from './headers.js';
import { load } from './load.js';
import { policyNumber } from './options.js';
import { sessionNumbers } from './source.js';
import type { Claims, Expected, Finding, TabAuthOptions } from './types.js';
import * as core from './wasm/glue.js';

/** Decoded, not verified. Throws `token_malformed`. */
export function decodeClaims(token: string): Claims {
  load();
  const payload: unknown = core.decodePayload(String(token));
  return typeof payload === 'string' ? (JSON.parse(payload) as Claims) : throwIt(payload);
}

/** Why a server would refuse this token: one finding per reason, worst first; [] = none found. */
export function explainToken(token: string | null | undefined, expected: Expected = {}): readonly Finding[] {
  const { issuer, audience, authorizedParties, session, now } = expected;
  load();
  const names = (texts: unknown = []) => [texts].flat().map((text) => core.nameOf(String(text)));
  const [wanted = 0] = names(audience);
  const [sessionId = 0, userId = 0, startedAt = 0] = sessionNumbers(session);
  const issuers = names(issuer);
  const numbers = [now ?? Date.now(), wanted, sessionId, userId, startedAt, issuers.length, ...issuers, ...names(authorizedParties)];
  return core.explainToken(String(token ?? ''), numbers) as Finding[];
}

/** The header for a token that somebody else fetched. Never `Bearer null`. */
export function authHeaders(
  token: string | null | undefined,
  options: {
    readonly multiSession?: boolean | null | undefined;
    readonly onMissingToken?: TabAuthOptions['onMissingToken'];
  } = {},
): Record<string, string> {
  try {
    load();
  } catch {
    // Without the core nothing can be checked, so nothing is let through.
    return failClosed({}, 'wasm_unavailable');
  }
  const given = typeof token === 'string' && token !== '';
  if (given && core.isBearable(token)) return bearing({}, token);
  const several = options.multiSession ?? null;
  return without({}, core.missing(policyNumber(options.onMissingToken), several === null ? 2 : Number(Boolean(several)), given));
}
