/** What a guard compares, decoded and not verified; null = not there. Times are seconds since the epoch. */
export type BearerClaims = {
  readonly sub: string | null;
  readonly sid: string | null;
  readonly iss: string | null;
  readonly azp: string | null;
  readonly iat: number | null;
  readonly nbf: number | null;
  readonly exp: number | null;
  readonly kid: string | null;
};

type Members = Readonly<Record<string, unknown>>;

/** A part of a compact JWS as a JSON object (RFC 7515, section 7.1). Throws on anything else. */
function members(part: string): Members {
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError();
  return value as Members;
}

/** A claim of the right type, or null where it is absent. Throws on another type. */
function text(payload: Members, name: string): string | null {
  const value = payload[name] ?? null;
  if (value !== null && typeof value !== 'string') throw new TypeError();
  return value;
}

/** A time must not look absent because it is empty. */
function time(payload: Members, name: string): number | null {
  const value = payload[name];
  if (value === undefined) return null;
  if (typeof value !== 'number') throw new TypeError();
  return value;
}

/** The claims of a JWT; null where the text is none, or where a registered claim is of another type than its RFC's. */
export function readClaims(token: string): BearerClaims | null {
  const [, header, payload] = /^([\w-]+)\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  try {
    const [{ kid }, claims] = [members(header ?? ''), members(payload ?? '')];
    return {
      sub: text(claims, 'sub'),
      sid: text(claims, 'sid'),
      iss: text(claims, 'iss'),
      azp: text(claims, 'azp'),
      iat: time(claims, 'iat'),
      nbf: time(claims, 'nbf'),
      exp: time(claims, 'exp'),
      kid: typeof kid === 'string' ? kid : null,
    };
  } catch {
    return null;
  }
}
