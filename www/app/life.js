import { decodeClaims } from 'tabpin';

/** When a token ends, and how long it lives from mint to end, both in ms. */
export function lifeOf(token) {
  const { iat, exp } = decodeClaims(token);
  return { until: exp * 1000, ms: (exp - iat) * 1000 };
}
