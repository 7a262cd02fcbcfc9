import type { SessionRef, TokenRequest, TokenSource } from './types.js';

export type FaultKind = 'reject' | 'hang' | 'null' | 'foreign' | 'same' | 'malformed' | 'expired';

export type FakeSource = TokenSource & {
  signIn(session: SessionRef): void;
  signOut(session: SessionRef): Promise<void>;
  switchTo(session: SessionRef): void;
  /** The next `times` calls: fail, hang, answer null, answer another account's or the same token. */
  fault(kind: FaultKind, times?: number): void;
  latency(ms: number): void;
  readonly minted: number;
};

const base64url = (value: object) => btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** A scriptable provider for users' own tests, and ours: several accounts, life, latency, faults. Its tokens are not signed. */
export function fakeSource(
  options: { readonly accounts?: readonly SessionRef[]; readonly lifetimeMs?: number; readonly now?: () => number } = {},
): FakeSource {
  const { accounts = [{ sessionId: 'sess_1', userId: 'user_1' }], lifetimeMs = 60_000, now = Date.now } = options;
  let sessions = [...accounts];
  let current: SessionRef | null = sessions[0] ?? null;
  let minted = 0;
  let last: string | null = null;
  let latency = 0;
  const faults: FaultKind[] = [];
  const listeners = new Set<() => void>();
  const changed = () => [...listeners].forEach((listener) => listener());
  const same = (a: SessionRef | null, b: SessionRef) => a?.sessionId === b.sessionId && a?.userId === b.userId;

  const token = (session: SessionRef, request: TokenRequest, expired: boolean) => {
    minted += 1;
    const issued = now() - (expired ? 2 * lifetimeMs : 0);
    const claims = {
      iss: 'https://provider.example',
      sub: session.userId,
      ...(session.sessionId === null ? {} : { sid: session.sessionId }),
      ...(request.template === undefined ? {} : { template: request.template }),
      iat: Math.floor(issued / 1000),
      exp: Math.floor((issued + lifetimeMs) / 1000),
      jti: String(minted),
    };
    last = `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.unsigned`;
    return last;
  };

  const answer = (request: TokenRequest): string | null => {
    const session = request.session ?? current;
    switch (faults.shift()) {
      case 'reject':
        throw Object.assign(new Error('the provider failed'), { status: 500 });
      case 'null':
        return null;
      case 'malformed':
        return '<html>not a token</html>';
      case 'same':
        if (last !== null) return last;
        break;
      case 'expired':
        return session && token(session, request, true);
      case 'foreign': {
        const other = sessions.find((candidate) => !same(session, candidate));
        return token(other ?? { sessionId: 'sess_foreign', userId: 'user_foreign' }, request, false);
      }
    }
    return session && sessions.some((candidate) => same(session, candidate)) ? token(session, request, false) : null;
  };

  return {
    perTab: true,
    getToken: async (request) => {
      if (faults[0] === 'hang') {
        faults.shift();
        return new Promise<never>(() => undefined);
      }
      if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency));
      return answer(request);
    },
    current: () => current,
    sessions: () => sessions,
    ambient: () => current && { sessionId: current.sessionId },
    subscribe: (listener) => {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    select: async (session) => {
      current = session;
      changed();
    },
    signIn(session) {
      sessions = [...sessions.filter((candidate) => !same(session, candidate)), session];
      current = session;
      changed();
    },
    async signOut(session) {
      sessions = sessions.filter((candidate) => !same(session, candidate));
      if (same(current, session)) current = sessions[0] ?? null;
      changed();
    },
    switchTo(session) {
      current = session;
      changed();
    },
    fault(kind, times = 1) {
      faults.push(...Array<FaultKind>(times).fill(kind));
    },
    latency(ms) {
      latency = ms;
    },
    get minted() {
      return minted;
    },
  };
}

/** Runs a source through what an instance relies on; the list of what it gets wrong. */
export async function checkSource(source: TokenSource): Promise<readonly string[]> {
  const wrong: string[] = [];
  const check = (holds: boolean, complaint: string) => void (holds || wrong.push(complaint));
  const session = source.current?.() ?? null;
  const request = (skipCache: boolean): TokenRequest => ({ session, skipCache, signal: new AbortController().signal });
  const ask = async (skipCache: boolean) => {
    try {
      return await source.getToken(request(skipCache));
    } catch {
      return undefined;
    }
  };

  if (source.current) {
    const listed = source.sessions?.();
    const isListed =
      !session || !listed || listed.some(({ userId, sessionId }) => userId === session.userId && sessionId === session.sessionId);
    check(isListed, '`current()` is not among `sessions()`.');
  }
  if (source.subscribe) {
    const stop = source.subscribe(() => undefined);
    check(typeof stop === 'function', '`subscribe` does not return a function that ends the subscription.');
    if (typeof stop === 'function') stop();
  }
  const first = await ask(false);
  if (session) check(typeof first === 'string', '`getToken` gives no token although `current()` says who is signed in.');
  if (typeof first !== 'string') return wrong;

  const claims = readClaims(first);
  check(claims !== null, '`getToken` does not give a JWT.');
  if (claims === null) return wrong;
  check(typeof claims['exp'] === 'number', 'The token has no `exp`.');
  check(typeof claims['iat'] === 'number', 'The token has no `iat`: Convex cannot schedule by it.');
  check(!session || claims['sub'] === session.userId, "The token's `sub` is not `current().userId`.");
  const sid = claims['sid'];
  check(!session || sid === undefined || sid === session.sessionId, "The token's `sid` is not `current().sessionId`.");
  // RS256 signs the same text within one second, so the next second is awaited before the two are compared.
  await new Promise((resolve) => setTimeout(resolve, 1050 - (Date.now() % 1000)));
  const second = await ask(true);
  check(typeof second === 'string' && second !== first, '`skipCache` does not bring a new token.');
  return wrong;
}

function readClaims(token: string): Record<string, unknown> | null {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    return JSON.parse(atob(payload)) as Record<string, unknown>;
  } catch {
    return null;
  }
}
