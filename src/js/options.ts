import { invalidOption } from './errors.js';
import type { TabAuthOptions, TokenSource } from './types.js';

/** The options with every default filled in. */
export type Settings = {
  readonly source: TokenSource;
  readonly template: string | undefined;
  readonly initialToken: string | null | undefined;
  readonly namespace: string;
  readonly issuers: string[];
  readonly onMissingToken: string;
  readonly allowedOrigins: readonly string[];
  readonly shareTokens: boolean;
  readonly autoRefresh: boolean;
  readonly leewayMs: number;
  readonly timeoutMs: number;
  readonly giveUpAfterMs: number;
  readonly isClient: boolean;
  readonly debug: TabAuthOptions['debug'];
};

type Check = readonly [expected: string, test: (value: unknown) => boolean];

const text: Check = ['a string', (value) => typeof value === 'string'];
const name: Check = ['a non-empty string', (value) => typeof value === 'string' && value !== ''];
const flag: Check = ['a boolean', (value) => typeof value === 'boolean'];
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

function isOrigin(value: string): boolean {
  try {
    return new URL(value).origin === value;
  } catch {
    return false;
  }
}

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
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, key) ? checks[key as keyof TabAuthOptions] : undefined;
    if (!check) throw invalidOption(`There is no option \`${key}\`.`, `The options are ${Object.keys(checks).join(', ')}.`);
    if (value !== undefined && !check[1](value)) throw invalidOption(`The option \`${key}\` is of the wrong kind.`, `Make it ${check[0]}.`);
  }
  if (options.source === undefined) throw invalidOption('The option `source` is missing.', `Make it ${checks.source[0]}.`);
  const { source, issuer } = options;
  return {
    source: typeof source === 'function' ? { getToken: source } : source,
    template: options.template,
    initialToken: options.initialToken,
    namespace: options.namespace ?? 'default',
    issuers: issuer === undefined ? [] : [issuer].flat(),
    onMissingToken: options.onMissingToken ?? 'auto',
    allowedOrigins: options.allowedOrigins ?? [],
    shareTokens: options.shareTokens ?? true,
    autoRefresh: options.autoRefresh ?? true,
    leewayMs: options.leewayMs ?? 10_000,
    timeoutMs: options.timeoutMs ?? 10_000,
    giveUpAfterMs: options.giveUpAfterMs ?? 30_000,
    isClient: options.runtime === 'client' || typeof document !== 'undefined',
    debug: options.debug,
  };
}
