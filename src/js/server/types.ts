/** The contract of `tabpin/server`. Object shapes are type aliases, as in `types.ts`. */

/** A request, whatever holds its headers. A function is asked with lower-case names, and answers null or undefined for what is absent. */
export type HeaderSource =
  | Request
  | { readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>> }
  | ((name: string) => string | null | undefined);

/**
 * What the SDK resolved from the request; null, or without a user: nobody. `reason`: why the SDK refused what it found,
 * in its own code. Without it a cookie that was refused looks like none.
 */
export type ResolvedSession = {
  readonly userId: string | null;
  readonly sessionId?: string | null | undefined;
  readonly reason?: string | null | undefined;
} | null;

/** The first five are the server's own; the others are those of `TabAuthErrorCode`. */
export type GuardCode =
  | 'tab_token_missing'
  | 'credential_substituted'
  | 'viewer_mismatch'
  | 'malformed_authorization'
  | 'credential_refused'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'issued_in_future'
  | 'issuer_mismatch'
  | 'party_mismatch'
  | 'token_malformed';

export type Verdict =
  | {
      readonly kind: 'signed_in';
      readonly userId: string;
      readonly sessionId: string | null;
      readonly carrier: 'header' | 'cookie' | 'params';
    }
  /** Nothing was presented: a genuine visitor. */
  | { readonly kind: 'visitor' }
  /** Something was presented and refused; never to be answered as if to a visitor. */
  | {
      readonly kind: 'refused';
      readonly code: GuardCode;
      readonly status: 401 | 403;
      /** RFC 6750 challenge for the response. */
      readonly wwwAuthenticate: string;
      /** For the log only: expected and actual issuer and party, skew in seconds, kid, sid, carrier. No token. */
      readonly diagnosis: Readonly<Record<string, string | number | null>>;
    };

export type GuardOptions = {
  /** The account the client says it shows; checked, never trusted. Empty: it shows nobody. */
  readonly viewerId?: string | null | undefined;
  /** WebSocket or SSE connection parameters, which carry token and marker where headers cannot; keys are the lower-case header names. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | null | undefined;
  /** Held against a bearer's `iss`, which Clerk's SDK does not look at. */
  readonly issuer?: string | readonly string[] | undefined;
  /** Held against a bearer's `azp`. A token without one is refused, as at Clerk. */
  readonly authorizedParties?: readonly string[] | undefined;
  /** Wall-clock ms. */
  readonly now?: number | undefined;
};
