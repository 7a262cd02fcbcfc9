import { Style, type Client, type Generation } from './client.js';
import { authenticatedFetch } from './fetch.js';
import { rethrow } from './free.js';
import { failClosed, toRecord, type HeaderRecord } from './headers.js';
import { load } from './load.js';
import { TabAuthError } from './errors.js';
import type { TokenAccess, TokenOptions } from './types.js';
import * as core from './wasm/glue.js';

/** Why one generation's ways to a token are made once: applications memoise by identity. */
export function createAccess(client: Client, who: () => Generation, template: () => number): TokenAccess {
  const find = (style: Style): number => client.hit(who().id, template(), style);

  const fetchToken: TokenAccess['fetchToken'] = (args) => {
    try {
      const forced = args?.forceRefreshToken === true;
      const id = forced ? 0 : find(Style.fetch);
      if (id !== 0) return client.tokens.get(id).promise;
      return client.ask(who().id, template(), Style.fetch, { forced }) as Promise<string | null>;
    } catch {
      return nothing;
    }
  };

  const getToken = (options?: TokenOptions): Promise<string> => {
    try {
      const { forceRefresh: forced, ...rest } = options ?? {};
      const id = forced || rest.signal?.aborted ? 0 : find(Style.token);
      if (id !== 0) return client.tokens.get(id).promise;
      return client.ask(who().id, template(), Style.token, { forced, ...rest }) as Promise<string>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };

  const accessToken = (): Promise<string | null> => {
    try {
      const id = find(Style.token);
      if (id !== 0) return client.tokens.get(id).promise;
      return client.ask(who().id, template(), Style.access) as Promise<string | null>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };

  /** What goes out without a token: the core reads at this moment whom the cookie stands for. */
  const without = (own: HeaderRecord, account: number, error?: TabAuthError): HeaderRecord => {
    const verdict = client.missing(account, error?.code);
    if (typeof verdict === 'string') return failClosed(own, verdict);
    if (verdict !== undefined) throw error ?? rethrow(verdict);
    return own;
  };

  const headers = async (init?: HeadersInit): Promise<HeaderRecord> => {
    const id = find(Style.token);
    if (id !== 0 && init === undefined) return { authorization: client.tokens.get(id).bearer };
    const own = ownHeaders(init);
    if (own['authorization'] !== undefined) return own;
    const account = who().id;
    if (id !== 0) return { ...own, authorization: client.tokens.get(id).bearer };
    try {
      const token = (await client.ask(account, template(), Style.token)) as string;
      return { ...own, authorization: `Bearer ${token}` };
    } catch (error) {
      return without(own, account, error as TabAuthError);
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
    if (id !== 0) return { ...own, authorization: client.tokens.get(id).bearer };
    // The next peek may find one.
    void getToken().catch(() => undefined);
    return without(own, account);
  };

  const fetch = authenticatedFetch(client, who, template, without);
  return { fetchToken, getToken, accessToken, headers, peekHeaders, fetch };
}

const nothing = Promise.resolve(null);

/** The caller's headers. Their `authorization` wins, unless it is a `Bearer` without a token. */
function ownHeaders(init: HeadersInit | undefined): HeaderRecord {
  const own = toRecord(init);
  if (own['authorization'] !== undefined) checkAuthorization(own['authorization']);
  return own;
}

export function checkAuthorization(value: string): void {
  load();
  const flaw: unknown = core.checkAuthorization(value);
  if (flaw !== undefined) rethrow(flaw);
}
