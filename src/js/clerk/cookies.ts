/** The session that a cookie's token names; null where it cannot be read. It is not verified: a server does that. */
function sessionOf(token: string): string | null {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { sid } = JSON.parse(atob(payload)) as { sid?: unknown };
    return typeof sid === 'string' ? sid : null;
  } catch {
    return null;
  }
}

/**
 * Whom a request with nothing but cookies would run as. Clerk's server reads `__session`, or `__session_<suffix>` where
 * the application has a suffix; until that is known, any suffix counts. Cookies that disagree are somebody's.
 */
export function cookieSession(suffix: string | undefined): { readonly sessionId: string | null } | null | undefined {
  let cookies;
  try {
    cookies = document.cookie.split('; ');
  } catch {
    return undefined;
  }
  const names = suffix === undefined ? /^__session(_[\w-]{8})?=./ : new RegExp(`^__session(_${suffix})?=.`);
  const ids = new Set(cookies.filter((cookie) => names.test(cookie)).map((cookie) => sessionOf(cookie.slice(cookie.indexOf('=') + 1))));
  if (ids.size === 0) return null;
  const [sessionId = null] = ids;
  return { sessionId: ids.size === 1 ? sessionId : null };
}

/** What Clerk appends to the names of its cookies; undefined where the browser has no hash to offer (plain http). */
export async function cookieSuffix(publishableKey: string): Promise<string | undefined> {
  const digest = await globalThis.crypto?.subtle?.digest('SHA-1', new TextEncoder().encode(publishableKey));
  if (!digest) return undefined;
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 8);
}
