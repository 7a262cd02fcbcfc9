import { TabAuthError } from './errors.js';
import { failClosed } from './headers.js';
import { load } from './load.js';
import type { Claims, Expected, Finding, TabAuthErrorInfo, TabAuthOptions } from './types.js';

/** The core throws errors as plain objects; what others throw passes through. */
export function rethrow(error: unknown): never {
  if (error instanceof Error || typeof error !== 'object' || error === null) throw error;
  throw new TabAuthError(error as TabAuthErrorInfo);
}

/** Decoded, not verified. Throws `token_malformed`. */
export function decodeClaims(token: string): Claims {
  try {
    return JSON.parse(load().decodePayload(String(token))) as Claims;
  } catch (error) {
    rethrow(error);
  }
}

/** Why a server would refuse this token: one finding per reason, worst first; [] = none found. */
export function explainToken(token: string | null | undefined, expected: Expected = {}): readonly Finding[] {
  const { issuer, audience, authorizedParties, session, now } = expected;
  return load().explainToken(token === null || token === undefined ? undefined : String(token), {
    issuers: (issuer === undefined ? [] : [issuer].flat()).map(String),
    audience: audience === undefined ? undefined : String(audience),
    parties: [authorizedParties ?? []].flat().map(String),
    session: session ?? null,
    now: now ?? Date.now(),
  }) as Finding[];
}

/** The header for a token that somebody else fetched. Never `Bearer null`. */
export function authHeaders(
  token: string | null | undefined,
  options: {
    readonly multiSession?: boolean | null | undefined;
    readonly onMissingToken?: TabAuthOptions['onMissingToken'];
  } = {},
): Record<string, string> {
  const core = loadOrNull();
  const given = typeof token === 'string' && token !== '';
  // Without the core nothing can be checked, so nothing is let through.
  if (!core) return failClosed({}, 'wasm_unavailable');
  if (given && core.isBearable(token)) return { authorization: `Bearer ${token}` };
  const verdict: unknown = core.missing(options.onMissingToken ?? 'auto', options.multiSession ?? undefined, given);
  if (typeof verdict === 'string') return failClosed({}, verdict);
  return verdict === undefined ? {} : rethrow(verdict);
}

function loadOrNull() {
  try {
    return load();
  } catch {
    return null;
  }
}
