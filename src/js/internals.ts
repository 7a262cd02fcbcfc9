import { Input, type Client, type Generation } from './client.js';
import { createAccess } from './access.js';
import { guarded } from './listeners.js';
import { load, type Core } from './load.js';
import type { TabAuth, TabAuthErrorInfo, TokenAccess } from './types.js';

type ConnectorHost = ConstructorParameters<Core['Connector']>[3];
export type Connector = InstanceType<Core['Connector']>;

/** What the package's own adapters may ask of an instance. */
export type Internals = {
  readonly now: () => Generation;
  readonly onGeneration: (listener: (generation: Generation) => void) => () => void;
  readonly access: (generation: Generation, template: string | undefined) => TokenAccess;
  readonly schedule: (template: string | undefined, leewayMs: number) => void;
  readonly connector: (account: number, stopped: boolean, bound: boolean, host: object) => Connector;
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
      connector: (account, stopped, bound, host) => new (load().Connector)(account, stopped, bound, guarded(host) as ConnectorHost),
      gaveUp: (error) => client.events.call({ type: 'gave_up', error }),
    },
  };
}

/** null on a server. */
export function internalsOf(auth: TabAuth): Internals | null {
  return (auth as TabAuth & { readonly [key]?: Internals })[key] ?? null;
}
