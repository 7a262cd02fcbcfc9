import type { Generation } from './client.js';
import type { TabAuth, TabAuthErrorInfo, TokenAccess } from './types.js';
import type { Connector } from './wasm/glue.js';

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
export const key = Symbol.for('tabpin.internals/1');

/** null on a server. */
export function internalsOf(auth: TabAuth): Internals | null {
  return (auth as TabAuth & { readonly [key]?: Internals })[key] ?? null;
}
