import { createAccess } from './access.js';
import type { Client } from './client.js';
import { key, type Internals } from './internals.js';
import { guarded } from './listeners.js';
import { Input } from './numbers.js';
import { Connector } from './wasm/glue.js';

/** An instance's side of what adapters ask of it. */
export function internals(client: Client): { readonly [key]: Internals } {
  const naming = (template: string | undefined) => client.naming(template ?? client.settings.template);
  return {
    [key]: {
      now: () => client.now,
      onGeneration: (listener) => client.generations.add(listener),
      access: (generation, template) => createAccess(client, () => generation, naming(template)),
      schedule: (template, leewayMs) => client.tell(Input.consumer, 0, naming(template)(), leewayMs),
      connector: (account, stopped, bound, order) => new Connector(account, stopped, bound, guarded(order)),
      gaveUp: (error) => client.events.call({ type: 'gave_up', error }),
    },
  };
}
