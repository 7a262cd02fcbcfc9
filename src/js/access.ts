import type { AskOptions, Client, Generation } from './client.js';
import { throwIt, type TabAuthError } from './errors.js';
import { authenticatedFetch, type Tokenless } from './fetch.js';
import { bearing, failClosed, toRecord, without, type HeaderRecord } from './headers.js';
import { load } from './load.js';
import { Style } from './numbers.js';
import type { TokenAccess, TokenOptions } from './types.js';
import { checkAuthorization } from './wasm/glue.js';

/** Why one generation's ways to a token are made once: applications memoise by identity. */
export function createAccess(client: Client, who: () => Generation, template: () => number): TokenAccess {
  const find = (style: Style): number => client.hit(who().id, template(), style);

  /** The token at hand, else what the core answers. */
  const serve = (
    style: Style,
    read: () => AskOptions = () => ({}),
    failed: (error: unknown) => Promise<unknown> = reject,
  ): Promise<unknown> => {
    try {
      // In here, for a getter of the caller's may throw.
      const options = read();
      const id = options.forced || options.signal?.aborted ? 0 : find(style);
      return id === 0 ? client.ask(who().id, template(), style, options) : client.tokens.get(id).promise;
    } catch (error) {
      return failed(error);
    }
  };

  const fetchToken = (args?: { readonly forceRefreshToken?: boolean }) =>
    serve(Style.fetch, () => ({ forced: args?.forceRefreshToken === true }), nobody);

  const getToken = (options?: TokenOptions) =>
    serve(Style.token, () => {
      const { forceRefresh: forced, ...rest } = options ?? {};
      return { forced, ...rest };
    });

  const accessToken = () => serve(Style.access);

  /** The core reads at this moment whom the cookie stands for. */
  const tokenless: Tokenless = (own, account, error) => without(own, client.missing(account, error?.code), error);

  const headers = async (init?: HeadersInit): Promise<HeaderRecord> => {
    const id = find(Style.token);
    if (id !== 0 && init === undefined) return { authorization: client.tokens.get(id).bearer };
    const own = ownHeaders(init);
    if (own['authorization'] !== undefined) return own;
    const account = who().id;
    try {
      const token = id === 0 ? await client.ask(account, template(), Style.token) : client.tokens.get(id).text;
      return bearing(own, token as string);
    } catch (error) {
      return tokenless(own, account, error as TabAuthError);
    }
  };

  const peekHeaders = (init?: HeadersInit): HeaderRecord => {
    try {
      client.tab();
    } catch (error) {
      // Without the core nothing can be checked, so nothing is let through.
      return failClosed(toRecord(init), (error as TabAuthError).code);
    }
    const own = ownHeaders(init);
    if (own['authorization'] !== undefined) return own;
    const account = who().id;
    const id = find(Style.peek);
    if (id !== 0) return bearing(own, client.tokens.get(id).text);
    // The next peek may find one.
    void getToken().catch(() => undefined);
    return tokenless(own, account);
  };

  const fetch = authenticatedFetch(client, who, template, tokenless);
  return { fetchToken, getToken, accessToken, headers, peekHeaders, fetch } as TokenAccess;
}

const reject = (error: unknown) => Promise.reject(error as Error);

/** Convex's word for nobody. */
export const nobody = () => Promise.resolve(null);

/** The caller's headers. Their `authorization` wins, unless it is a `Bearer` without a token. */
export function ownHeaders(init: HeadersInit | undefined): HeaderRecord {
  const own = toRecord(init);
  if (own['authorization'] !== undefined) {
    load();
    const flaw: unknown = checkAuthorization(own['authorization']);
    if (flaw !== undefined) throwIt(flaw);
  }
  return own;
}
