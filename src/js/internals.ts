import { Input, type Client, type Generation } from './client.js';
import { createAccess } from './access.js';
import { guarded } from './listeners.js';
import type { TabAuth, TabAuthErrorInfo, TokenAccess } from './types.js';
import { Connector } from './wasm/glue.js';

/** What the package's own adapters may ask of an instance. */
export type Internals = {
  readonly now: () => Generation;
  readonly onGeneration: (listener: (generation: Generation) => void) => () => void;
  readonly access: (generation: Generation, template: string | undefined) => TokenAccess;
  readonly schedule: (template: string | undefined, leewayMs: number) => void;
  readonly connector: (
    account: number,
    stopped: boolean,
    bound: boolean,
    order: (kind: number, id: number, number: number, text: string, value: unknown) => void,
  ) => Connector;
  readonly gaveUp: (error: TabAuthErrorInfo) => void;
};

/** Found by name, because an application may hold two copies of the package. */
const key = Symbol.for('tabpin.internals/1');

export function internals(client: Client): { readonly [key]: Internals } {
  const naming = (template: string | undefined) => client.naming(template ?? client.settings.template);
  return {
    [key]: {
      now: () => client.now(),
      onGeneration: (listener) => client.generations.add(listener),
      access: (generation, template) => createAccess(client, () => generation, naming(template)),
      schedule: (template, leewayMs) => void client.tell(Input.consumer, 0, [naming(template)(), leewayMs]),
      connector: (account, stopped, bound, order) => new Connector(account, stopped, bound, guarded(order)),
      gaveUp: (error) => client.events.call({ type: 'gave_up', error }),
    },
  };
}

/** null on a server. */
export function internalsOf(auth: TabAuth): Internals | null {
  return (auth as TabAuth & { readonly [key]?: Internals })[key] ?? null;
}
