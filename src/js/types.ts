/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The public contract of `tabpin`: its types. The functions stand where they are written.
 *
 * Object shapes are type aliases, never interfaces, so that they stay assignable to index signatures.
 * Optional members say `| undefined`, so that they work under `exactOptionalPropertyTypes`.
 */

// ---------------------------------------------------------------- what the identity provider offers

export type SessionRef = {
  /** `sid`; null where the provider's tokens carry none. */
  readonly sessionId: string | null;
  /** `sub`. */
  readonly userId: string;
  /** When the session began, wall-clock ms. */
  readonly startedAt?: number | undefined;
};

export type TokenRequest = {
  /** The session the token must belong to; null until the source's first token has told. */
  readonly session: SessionRef | null;
  /** Bypass every cache: the caller holds a token that it needs replaced. */
  readonly skipCache: boolean;
  /** Absent when none is asked for, so that Clerk's own `getToken` is a source. */
  readonly template?: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
};

export type TokenSource = {
  /** A JWT for `request.session`. null is believed as "over" only when `current` and `sessions` agree; undefined = not known yet. */
  getToken(request: TokenRequest): Promise<string | null | undefined>;
  /** This tab's session; null = nobody is signed in; undefined = not known yet (loading, in transition). */
  current?(): SessionRef | null | undefined;
  /** Is `current` this tab's own choice (Clerk), or the whole browser's (most others)? Default false. */
  readonly perTab?: boolean;
  /** Every session signed in to this browser; undefined = the provider cannot tell. */
  sessions?(): readonly SessionRef[] | undefined;
  /** The session a cookie-only request would act as right now; null = none; undefined = cannot tell. */
  ambient?(): { readonly sessionId: string | null } | null | undefined;
  /** Changes when tokens minted before are out of date for this session: active organization, role, impersonation. */
  variant?(session: SessionRef): string | undefined;
  /** Call back whenever any answer above may have changed. */
  subscribe?(listener: () => void): () => void;
  /** Make `session` the provider's own current session in this tab. */
  select?(session: SessionRef): Promise<void>;
  /** Re-read the session at the provider, so that the next token carries fresh claims. */
  reload?(session: SessionRef): Promise<void>;
  /** End `session` at the provider, leaving the others signed in. */
  signOut?(session: SessionRef): Promise<void>;
};

/** The short form: a bare function is a source whose session is learned from its tokens. */
export type GetToken = (request: TokenRequest) => Promise<string | null | undefined>;

// ---------------------------------------------------------------- what an application asks for

export type TabAuthOptions = {
  source: TokenSource | GetToken;
  /** Token template, passed on to the source (Clerk's `template: "convex"`). */
  template?: string | undefined;
  /**
   * A token rendered into the page by the server: used at most once, for the first answer, unless a stored pin contradicts it.
   * Its account stays provisional until the source confirms it; where the source disagrees, the source wins (`account_changed`).
   */
  initialToken?: string | null | undefined;
  /** Separates several applications on one origin. Instances of one namespace in one document share one pin. Default "default". */
  namespace?: string | undefined;
  /** When given, a token of another issuer is refused with `issuer_mismatch`. */
  issuer?: string | readonly string[] | undefined;
  /** What a request carries when this tab has no token. Default "auto", see the README's security model. */
  onMissingToken?: 'auto' | 'closed' | 'omit' | 'throw' | undefined;
  /** Origins that may receive the token, besides the page's own. */
  allowedOrigins?: readonly string[] | undefined;
  /** Share minted tokens with tabs of this origin that keep to the same session. Default true. */
  shareTokens?: boolean | undefined;
  /** Refresh ahead of expiry without being asked. Default true. */
  autoRefresh?: boolean | undefined;
  /** Before `exp`, in ms, at which a token no longer counts as usable. Default 10_000, but at most a quarter of the token's life. */
  leewayMs?: number | undefined;
  /** Deadline of `getToken`, `headers` and `fetch`'s token wait, in ms of awake time. Default 10_000. */
  timeoutMs?: number | undefined;
  /** How long `fetchToken` keeps trying, in ms of awake, online time. Default 30_000. */
  giveUpAfterMs?: number | undefined;
  /** Where there is no document, an instance is inert (a server must not mix visitors). Tests, scripts and desktop shells say "client". */
  runtime?: 'auto' | 'client' | undefined;
  /** Called with every event; `true` logs them with console.debug. Never sees a token. Default false. */
  debug?: boolean | ((event: TabAuthEvent) => void) | undefined;
};

export type TokenOptions = {
  readonly forceRefresh?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
};

export type FetchInit = { [K in keyof RequestInit]?: RequestInit[K] | undefined };

/** Every function is bound and may be passed on detached. */
export type TokenAccess = {
  /**
   * Convex's `setAuth` callback, bound to the account this tab has when it is read (or first gets).
   * Never throws, never rejects, never hangs; null only when that account is definitely signed out,
   * or trying is over and no live token is left. After a switch or sign-out the old one answers null for ever.
   */
  readonly fetchToken: (args?: { readonly forceRefreshToken?: boolean | undefined }) => Promise<string | null>;
  /** A live token, or a rejection with a `TabAuthError`. */
  readonly getToken: (options?: TokenOptions) => Promise<string>;
  /** null only when nobody is signed in; anything else that is no token rejects. Supabase's `accessToken`. */
  readonly accessToken: () => Promise<string | null>;
  /** `init` plus the auth header, lower-case names. An `authorization` in `init` wins and is left alone, unless it is a `Bearer` without a token, which rejects. For tRPC: `() => auth.headers()`. */
  readonly headers: (init?: HeadersInit) => Promise<Record<string, string>>;
  /** The same from what is at hand, without waiting. */
  readonly peekHeaders: (init?: HeadersInit) => Record<string, string>;
  /** `fetch` with the header on allowed origins, and one refresh-and-retry on 401. Elsewhere the request passes untouched, with a `refused` event. */
  readonly fetch: (input: RequestInfo | URL, init?: FetchInit) => Promise<Response>;
};

/**
 * One generation of the pin. After a switch, an organization change or a sign-out it never answers with a token again,
 * and what waits on it rejects with `account_changed`. The account that a tab has before its first pin is the same object,
 * filled in: memoise by identity.
 */
export type Account = TokenAccess & {
  /** Text for cache keys: user, session, variant, and the issuer when one is configured. No secret in it. */
  readonly key: string;
  readonly session: SessionRef | null;
  /** Aborted when this generation ends. */
  readonly signal: AbortSignal;
};

export type TabAuth = TokenAccess & {
  /** The account of this tab now; the same object until the tab moves on. */
  readonly account: () => Account;
  /** The same pin, another token template; null = the provider's default token. */
  readonly withTemplate: (template: string | null) => TokenAccess;
  /** The first snapshot that is not `unknown`. For route guards. */
  readonly ready: (options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined }) => Promise<Snapshot>;
  /** Hand over a server-rendered token after creation. */
  readonly seed: (token: string | null | undefined) => void;

  readonly getSnapshot: () => Snapshot;
  /** One frozen object, the same for every request. */
  readonly getServerSnapshot: () => Snapshot;
  /** Called after the snapshot changed; its identity changes only then. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly on: {
    <T extends TabAuthEvent['type']>(type: T, listener: (event: Extract<TabAuthEvent, { type: T }>) => void): () => void;
    (listener: (event: TabAuthEvent) => void): () => void;
  };

  /** Pin this tab to a session on the user's behalf; settles when the source has selected it. */
  readonly pin: (session: SessionRef) => Promise<void>;
  /** Forget the pin: `lost`, until the source's current session is a *different* one, a new one begins, or `pin` is called. */
  readonly unpin: () => void;
  /** Fence first, then end this tab's session at the provider; other sessions stay. */
  readonly signOut: () => Promise<void>;
  /**
   * Refresh until the token's claims satisfy `predicate`; the fresh claims. Rejects with `claims_timeout`; its `cause` is
   * the claims that were seen last.
   * Default: the provider's default token, because that is what a cookie carries to middleware; default timeout 10_000 ms.
   */
  readonly waitForClaims: <C = unknown>(
    predicate: (claims: Claims & C) => boolean,
    options?: {
      readonly template?: string | null | undefined;
      readonly timeoutMs?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ) => Promise<Claims & C>;
  /** `explainToken` on the token at hand. */
  readonly explain: () => readonly Finding[];
  readonly stats: () => Stats;
  /** Ends every wait with `disposed` (`fetchToken`: null), leaves no timer, lock, channel or listener behind. */
  readonly dispose: () => void;
  [Symbol.dispose](): void;
};

type SnapshotCommon = {
  readonly sessions: readonly SessionRef[] | null;
  /** null = cannot be told; treated as true wherever it matters. */
  readonly multiSession: boolean | null;
  /** The provider's, the cookie's or another tab's idea of the current session differs from the pin. */
  readonly drifted: boolean;
  readonly online: boolean;
  /** `account().key`: changes with the account, organization changes included. null before the first pin. */
  readonly accountKey: string | null;
  readonly error: TabAuthErrorInfo | null;
};

/**
 * unknown: not known yet; once left it never returns.
 * signed_in: the pinned session is live. signed_out: this tab has no account.
 * lost: the pinned session is gone while others remain; the user must choose.
 */
export type Snapshot = SnapshotCommon &
  (
    | { readonly status: 'signed_in' | 'lost'; readonly session: SessionRef }
    | { readonly status: 'signed_out'; readonly session: null }
    | { readonly status: 'unknown'; readonly session: SessionRef | null }
  );

export type Claims = {
  readonly sub: string;
  readonly sid?: string;
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  readonly azp?: string;
  readonly iat?: number;
  readonly exp?: number;
  readonly [claim: string]: unknown;
};

export type Stats = {
  readonly asked: number;
  readonly coalesced: number;
  readonly minted: number;
  readonly adopted: number;
  readonly refused: number;
  readonly failed: number;
  /** Wall clock minus the provider's, in ms. */
  readonly skewMs: number;
  readonly refreshing: boolean;
  /** Wall-clock ms at which the token at hand expires. */
  readonly expiresAt: number | null;
  /** Other tabs of this origin and namespace that are known. */
  readonly tabs: number;
};

/** Events never carry a token. */
export type TabAuthEvent =
  | {
      readonly type: 'pinned';
      readonly session: SessionRef;
      readonly previous: SessionRef | null;
      readonly cause: 'first' | 'restored' | 'renewed' | 'adopted' | 'switched' | 'asked';
    }
  | { readonly type: 'signed_out'; readonly session: SessionRef }
  | { readonly type: 'lost'; readonly session: SessionRef; readonly error: TabAuthErrorInfo }
  | { readonly type: 'multi_session'; readonly multiSession: boolean | null; readonly sessions: readonly SessionRef[] }
  | { readonly type: 'drift'; readonly pinned: SessionRef; readonly seen: string | null; readonly where: 'source' | 'cookie' | 'tab' }
  | { readonly type: 'token'; readonly origin: 'initial' | 'minted' | 'adopted'; readonly expiresAt: number }
  | { readonly type: 'refused'; readonly origin: 'initial' | 'minted' | 'adopted' | 'request'; readonly error: TabAuthErrorInfo }
  | { readonly type: 'retry'; readonly attempt: number; readonly delayMs: number; readonly error: TabAuthErrorInfo }
  | { readonly type: 'gave_up'; readonly error: TabAuthErrorInfo }
  | { readonly type: 'recovered' }
  | { readonly type: 'expiring'; readonly expiresAt: number }
  | { readonly type: 'online'; readonly online: boolean };

export type TabAuthErrorCode =
  | 'source_not_ready'
  | 'source_timeout'
  | 'source_rejected'
  | 'offline'
  | 'token_missing'
  | 'token_malformed'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'issued_in_future'
  | 'token_not_newer'
  | 'wrong_account'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'party_mismatch'
  | 'origin_not_allowed'
  | 'session_lost'
  | 'signed_out'
  | 'account_changed'
  | 'gave_up'
  | 'claims_timeout'
  | 'aborted'
  | 'disposed'
  | 'server_side'
  | 'wasm_unavailable'
  | 'invalid_option';

export type TabAuthErrorInfo = {
  readonly code: TabAuthErrorCode;
  readonly message: string;
  /** What to do about it, in one sentence. */
  readonly suggestion: string;
  readonly retryable: boolean;
};

export type Finding = TabAuthErrorInfo & { readonly expected?: string | undefined; readonly actual?: string | undefined };

/** What a server expects of a token; absent = anything. */
export type Expected = {
  readonly issuer?: string | readonly string[] | undefined;
  readonly audience?: string | undefined;
  readonly authorizedParties?: readonly string[] | undefined;
  readonly session?: SessionRef | undefined;
  /** Wall-clock ms. */
  readonly now?: number | undefined;
};
