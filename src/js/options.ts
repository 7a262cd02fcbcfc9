import { attempt } from './attempt.js';
import { invalidOption } from './errors.js';
import type { TabAuthOptions, TokenSource } from './types.js';

const defaults = {
  namespace: 'default',
  onMissingToken: 'auto',
  allowedOrigins: [] as readonly string[],
  shareTokens: true,
  autoRefresh: true,
  leewayMs: 10_000,
  timeoutMs: 10_000,
  giveUpAfterMs: 30_000,
};

/** The options with every default filled in. */
export type Settings = Readonly<typeof defaults> &
  Pick<TabAuthOptions, 'template' | 'initialToken' | 'debug'> & {
    readonly source: TokenSource;
    readonly issuers: readonly string[];
    readonly isClient: boolean;
  };

type Check = readonly [expected: string, test: (value: unknown) => boolean];

const is = (type: string): Check => [`a ${type}`, (value) => typeof value === type];
const text = is('string');
const name: Check = ['a non-empty string', (value) => typeof value === 'string' && value !== ''];
const flag = is('boolean');
const duration: Check = ['milliseconds, 0 or more', (value) => Number.isFinite(value) && (value as number) >= 0];
const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');
const oneOf = (...names: string[]): Check => [names.map((item) => `"${item}"`).join(', '), (value) => names.includes(value as string)];

/** The core's numbers for `onMissingToken`. */
const policies = ['auto', 'closed', 'omit', 'throw'];
export const policyNumber = (name = 'auto'): number => policies.indexOf(name);

const checks: { readonly [K in keyof Required<TabAuthOptions>]: Check } = {
  source: [
    'a function, or an object with `getToken`',
    (value) => typeof value === 'function' || typeof (value as TokenSource | null)?.getToken === 'function',
  ],
  template: name,
  initialToken: ['a string or null', (value) => value === null || text[1](value)],
  namespace: name,
  issuer: ['a string or a list of strings', (value) => text[1](value) || isTexts(value)],
  onMissingToken: oneOf(...policies),
  allowedOrigins: ['a list of origins such as "https://api.example.com"', (value) => isTexts(value) && (value as string[]).every(isOrigin)],
  shareTokens: flag,
  autoRefresh: flag,
  leewayMs: duration,
  timeoutMs: duration,
  giveUpAfterMs: duration,
  runtime: oneOf('auto', 'client'),
  debug: ['a boolean or a function', (value) => flag[1](value) || typeof value === 'function'],
};

const isOrigin = (value: string) => attempt(() => new URL(value).origin) === value;

/** A template's name, or null for the provider's default token. Throws `invalid_option`. */
export function checkTemplate(value: string | null | undefined): string | undefined {
  if (value === null || value === undefined || name[1](value)) return value ?? undefined;
  throw invalidOption('The template is of the wrong kind.', `Make it ${name[0]}, or null for the default token.`);
}

/** Checks the options by name and by type, and fills in the defaults. Throws `invalid_option`. */
export function settle(options: TabAuthOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('`createTabAuth` was called without options.', 'Pass an object with at least `source`.');
  }
  const given: { [K in keyof TabAuthOptions]?: Exclude<TabAuthOptions[K], undefined> } = {};
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(checks, key))
      throw invalidOption(`There is no option \`${key}\`.`, `The options are ${Object.keys(checks).join(', ')}.`);
  }
  // Read by name: an option may be inherited, or a getter of a class.
  for (const [key, check] of Object.entries(checks)) {
    const value = options[key as keyof TabAuthOptions];
    if (value === undefined) continue;
    if (!check[1](value)) throw invalidOption(`The option \`${key}\` is of the wrong kind.`, `Make it ${check[0]}.`);
    (given as Record<string, unknown>)[key] = value;
  }
  const { source, issuer = [], runtime } = given;
  if (!source) throw invalidOption('The option `source` is missing.', `Make it ${checks.source[0]}.`);
  return {
    ...defaults,
    ...given,
    source: typeof source === 'function' ? { getToken: source } : source,
    issuers: [issuer].flat(),
    isClient: runtime === 'client' || Boolean(globalThis.document),
  };
}
