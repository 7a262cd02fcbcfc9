/** Options as applications write them, `exactOptionalPropertyTypes` on. */
import { authHeaders, createTabAuth, explainToken, type SessionRef, type TabAuthOptions, type TokenOptions } from 'tabpin';
import type { ConnectOptions } from 'tabpin/convex';

const source = async () => 'token';
const session: SessionRef = { sessionId: null, userId: 'user_1' };

createTabAuth({ source });
createTabAuth({ source: { getToken: async () => null } });
createTabAuth({ source: { getToken: async () => undefined, current: () => undefined, sessions: () => [session], perTab: true } });
createTabAuth({ source, issuer: ['https://a.example'] as const, allowedOrigins: ['https://a.example'] as const });
createTabAuth({ source, debug: (event) => console.debug(event.type) });

/** A variable that may be undefined can be handed on everywhere. */
export function handedOn(
  text: string | undefined,
  flag: boolean | undefined,
  ms: number | undefined,
  signal: AbortSignal | undefined,
): void {
  const options: TabAuthOptions = {
    source,
    template: text,
    initialToken: text,
    namespace: text,
    issuer: text,
    onMissingToken: flag ? 'closed' : undefined,
    allowedOrigins: text ? [text] : undefined,
    shareTokens: flag,
    autoRefresh: flag,
    leewayMs: ms,
    timeoutMs: ms,
    giveUpAfterMs: ms,
    runtime: flag ? 'client' : undefined,
    debug: flag,
  };
  const auth = createTabAuth(options);
  const tokenOptions: TokenOptions = { forceRefresh: flag, signal, timeoutMs: ms };
  void auth.getToken(tokenOptions);
  void auth.fetchToken({ forceRefreshToken: flag });
  void auth.ready({ signal, timeoutMs: ms });
  void auth.waitForClaims(() => true, { template: text, timeoutMs: ms, signal });
  void auth.fetch('/', { body: text, signal, headers: undefined });
  auth.seed(text);
  authHeaders(text, { multiSession: flag, onMissingToken: undefined });
  explainToken(text, { issuer: text, audience: text, authorizedParties: undefined, session: undefined, now: ms });
  ({ template: text, leewaySeconds: ms, onChange: undefined }) satisfies ConnectOptions;
  ({ sessionId: text ?? null, userId: 'user_1', startedAt: ms }) satisfies SessionRef;
}

// @ts-expect-error the source is needed
createTabAuth({});
// @ts-expect-error there is no such option
createTabAuth({ source, sauce: 1 });
// @ts-expect-error a source must mint
createTabAuth({ source: {} });
// @ts-expect-error a token is not given at once
createTabAuth({ source: () => 'token' });
// @ts-expect-error a number is no token
createTabAuth({ source: async () => 5 });
// @ts-expect-error there is no such policy
createTabAuth({ source, onMissingToken: 'open' });
// @ts-expect-error there is no such runtime
createTabAuth({ source, runtime: 'server' });
// @ts-expect-error several origins are a list
createTabAuth({ source, allowedOrigins: 'https://a.example' });
// @ts-expect-error a session names its user
createTabAuth({ source: { getToken: source, current: () => ({ sessionId: 'sess_1' }) } });
