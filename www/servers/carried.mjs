import { decodeJwt } from 'jose';

/** The fail-closed pair, as a client that has no token must send it. */
export const MARKER = 'x-tabpin-required';
const UNAVAILABLE = 'Bearer tabpin.unavailable';

const JWT = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/;

/**
 * What a request carried, without its token:
 * - `kind`: `bearer-jwt` (exactly `Bearer <JWT>`, no marker), `fail-closed` (exactly the pair), `none` (neither), or `other`;
 * - `sub`, `sid`: the bearer's own claims, unverified; `marker`: the marker's value or null;
 * - `names`: the two headers' names as they arrived, duplicates and case included.
 */
export function classify(req) {
  const raw = [];
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i];
    if (['authorization', MARKER].includes(name.toLowerCase())) raw.push([name, req.rawHeaders[i + 1]]);
  }
  const names = raw.map(([name]) => name);
  const values = (wanted) => raw.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  const authorizations = values('authorization');
  const markers = values(MARKER);
  const claims = authorizations.length === 1 ? claimsOf(authorizations[0]) : null;
  const kind = kindOf(authorizations, markers, claims);
  return { kind, sub: claims?.sub ?? null, sid: claims?.sid ?? null, marker: markers.length > 0 ? markers.join(', ') : null, names };
}

function kindOf(authorizations, markers, claims) {
  if (authorizations.length === 0 && markers.length === 0) return 'none';
  if (authorizations.length === 1 && markers.length === 0 && claims) return 'bearer-jwt';
  if (authorizations.length === 1 && authorizations[0] === UNAVAILABLE && markers.length === 1 && /^[a-z_]+$/.test(markers[0]))
    return 'fail-closed';
  return 'other';
}

function claimsOf(authorization) {
  const token = JWT.exec(authorization)?.[1];
  try {
    return token ? decodeJwt(token) : null;
  } catch {
    return null;
  }
}
