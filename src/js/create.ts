import { createAccess } from './access.js';
import { internals } from './adapters.js';
import { Client, type Generation } from './client.js';
import { invalidOption } from './errors.js';
import { explainToken } from './free.js';
import { disposal, inert, serverSnapshot } from './inert.js';
import { Input, Style } from './numbers.js';
import { checkTemplate, settle } from './options.js';
import { sessionNumbers } from './source.js';
import type { Account, Claims, Stats, TabAuth, TabAuthEvent, TabAuthOptions } from './types.js';

/** Inert until first used: no listener, timer or storage access. On a server it stays inert and holds no token. */
export function createTabAuth(options: TabAuthOptions): TabAuth {
  const settings = settle(options);
  if (!settings.isClient) return inert;
  const client = new Client(settings);
  const configured = client.naming(settings.template);

  const accountOf = (generation: Generation): Account => {
    generation.account ??= {
      ...createAccess(client, () => generation, configured),
      get key() {
        return generation.key;
      },
      get session() {
        return generation.session;
      },
      get signal() {
        return generation.ender.signal;
      },
    };
    return generation.account;
  };

  const account = () => {
    client.tab();
    return accountOf(client.now);
  };

  /** Follows the tab from account to account; `fetchToken` alone is bound when it is read. */
  const following = <T>(name: string | undefined, more: T) => {
    const template = client.naming(name);
    return {
      ...createAccess(client, () => client.now, template),
      get fetchToken() {
        const generation = client.now;
        return name === settings.template ? accountOf(generation).fetchToken : createAccess(client, () => generation, template).fetchToken;
      },
      ...more,
    };
  };

  const waitForClaims: TabAuth['waitForClaims'] = async (predicate, { template = null, timeoutMs, signal } = {}) => {
    const index = client.naming(checkTemplate(template))();
    const wanted = predicate as (claims: Claims) => boolean;
    return (await client.ask(client.now.id, index, Style.claims, { predicate: wanted, timeoutMs, signal })) as never;
  };

  const auth = {
    account,
    withTemplate: (template: string | null) => following(checkTemplate(template), {}),
    ready: async (options = {}) => {
      await client.ask(client.now.id, configured(), Style.ready, options);
      return client.getSnapshot();
    },
    seed: (token) => {
      if (token !== null && token !== undefined) client.seed(token);
    },
    getSnapshot: () => client.getSnapshot(),
    getServerSnapshot: () => serverSnapshot,
    subscribe: (listener) => {
      client.getSnapshot();
      return client.changes.add(listener);
    },
    on: (first: string | ((event: TabAuthEvent) => void), second?: (event: never) => void) =>
      client.events.add(typeof first === 'function' ? first : (event) => event.type === first && second?.(event as never)),
    pin: async (session) => {
      client.tab();
      const numbers = sessionNumbers(session);
      if (numbers.length === 0) throw invalidOption('`pin` was not given a session.', 'Pass one of `getSnapshot().sessions`.');
      await client.wait((id) => client.tell(Input.pin, id, ...numbers));
    },
    unpin: () => client.tell(Input.unpin),
    signOut: () => client.wait((id) => client.tell(Input.signOut, id)) as Promise<void>,
    waitForClaims,
    explain: () => {
      const id = client.hit(client.now.id, configured(), Style.peek);
      const { session } = client.now;
      const { error } = client.getSnapshot();
      // A token that was refused is not at hand: what was wrong with it is.
      if (id === 0 && error) return [error];
      return explainToken(id === 0 ? null : client.tokens.get(id).text, {
        issuer: settings.issuers,
        session: session ?? undefined,
      });
    },
    stats: () => client.tab().stats() as Stats,
    dispose: () => client.dispose(),
    [disposal]: () => client.dispose(),
    ...internals(client),
  } satisfies Omit<TabAuth, 'fetchToken' | 'getToken' | 'accessToken' | 'headers' | 'peekHeaders' | 'fetch'>;

  return following(settings.template, auth) as TabAuth;
}
