export type ClerkSessionLike = {
  readonly id: string;
  readonly status: string;
  readonly user: {
    readonly id: string;
    readonly organizationMemberships?: readonly { readonly role: string; readonly organization: { readonly id: string } }[] | undefined;
  } | null;
  readonly createdAt?: Date | undefined;
  readonly actor?: object | null | undefined;
  readonly lastActiveOrganizationId?: string | null | undefined;
  getToken(options?: { template?: string; organizationId?: string; skipCache?: boolean }): Promise<string | null>;
  touch?(): Promise<unknown>;
  reload?(): Promise<unknown>;
};

/** What is needed of Clerk; `Clerk`, `LoadedClerk` and `useClerk()` all fit. */
export type ClerkLike = {
  readonly loaded: boolean;
  /** Names the cookie suffix. */
  readonly publishableKey?: string | undefined;
  readonly status?: 'loading' | 'ready' | 'degraded' | 'error' | undefined;
  readonly session: ClerkSessionLike | null | undefined;
  readonly client?: { readonly signedInSessions: readonly ClerkSessionLike[]; readonly lastActiveSessionId: string | null } | undefined;
  addListener(
    callback: (resources: { session?: ClerkSessionLike | null | undefined; client: unknown }) => void,
    options?: { skipInitialEmit?: boolean },
  ): () => void;
  on?(event: 'status', callback: (status: string) => void, options?: { notify: boolean }): void;
  off?(event: 'status', callback: (status: string) => void): void;
  setActive?(params: { session: string | null }): Promise<void>;
  signOut?(params: { sessionId: string }): Promise<void>;
};
