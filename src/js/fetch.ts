import { ownHeaders } from './access.js';
import { attempt } from './attempt.js';
import type { Client, Generation } from './client.js';
import { type TabAuthError } from './errors.js';
import { bearing, type HeaderRecord } from './headers.js';
import { load } from './load.js';
import { Style } from './numbers.js';
import type { TabAuthErrorInfo, TokenAccess } from './types.js';
import { asksForAnotherToken, originRefused } from './wasm/glue.js';

/** What goes out without a token. */
export type Tokenless = (own: HeaderRecord, account: number, error?: TabAuthError) => HeaderRecord;

/** `fetch` with the header on allowed origins, and one refresh-and-retry on 401. */
export function authenticatedFetch(
  client: Client,
  who: () => Generation,
  template: () => number,
  tokenless: Tokenless,
): TokenAccess['fetch'] {
  return async (input, init) => {
    // Of another realm too: what `fetch` takes for a request is one.
    const request = typeof input === 'object' && 'url' in input ? input : null;
    const send = (target: RequestInfo | URL, headers: HeaderRecord) => fetch(target, { ...init, headers } as RequestInit);

    const origin = originOf(request?.url ?? String(input));
    if (origin !== undefined && !mayReceive(client, origin)) {
      load();
      client.events.call({ type: 'refused', origin: 'request', error: originRefused(origin) as TabAuthErrorInfo });
      return fetch(input, init as RequestInit);
    }
    const own = ownHeaders((init?.headers ?? request?.headers) as HeadersInit | undefined);
    if (own['authorization'] !== undefined) return fetch(input, init as RequestInit);

    const account = who().id;
    const signal = init?.signal ?? request?.signal;
    let token: string;
    try {
      token = (await client.ask(account, template(), Style.token, { signal })) as string;
    } catch (error) {
      return send(input, tokenless(own, account, error as TabAuthError));
    }

    // A stream can be read only once; a Request's body is one, so it is doubled before the first reading.
    const again = isStream(init?.body) ? null : (request?.clone() ?? input);
    const response = await send(input, bearing(own, token));
    const challenge = attempt(() => response.headers.get('www-authenticate')) ?? '';
    if (again === null || !asksForAnotherToken(response, challenge)) return response;
    try {
      const replaces = client.tokens.intern(token);
      const fresh = await client.ask(account, template(), Style.token, { forced: true, replaces, signal });
      void response.body?.cancel();
      return send(again, bearing(own, fresh as string));
    } catch {
      // No other token can be had: the server's answer stands.
      return response;
    }
  };
}

/** Node takes any asynchronous iterable. */
const isStream = (body: unknown): boolean => ['getReader', Symbol.asyncIterator].some((name) => name in Object(body));

/** The exact origin of an absolute or page-relative address; undefined where there is no page to be relative to. */
const originOf = (url: string): string | undefined =>
  // `fetch` goes by the document's base, which a <base> element can set.
  attempt(() => new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).origin);

function mayReceive(client: Client, origin: string): boolean {
  // Opaque origins are all spelt "null", and no two of them are the same.
  return (origin !== 'null' && origin === globalThis.location?.origin) || client.settings.allowedOrigins.includes(origin);
}
