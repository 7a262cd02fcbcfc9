import type { TabAuthErrorCode, TabAuthErrorInfo } from './types.js';

/** Why there is no token: a code to act on, a message and a suggestion to read. Never carries a token. */
export class TabAuthError extends Error implements TabAuthErrorInfo {
  override readonly name = 'TabAuthError' as const;
  declare readonly code: TabAuthErrorCode;
  /** What to do about it, in one sentence. */
  declare readonly suggestion: string;
  /** May the same call succeed later without anybody changing anything? */
  declare readonly retryable: boolean;

  constructor(info: TabAuthErrorInfo, options?: { cause?: unknown }) {
    super(info.message, options);
    const { code, suggestion, retryable } = info;
    Object.assign(this, { code, suggestion, retryable });
  }
}

/** The core gives errors as plain objects. */
export const throwIt = (error: unknown): never => {
  throw new TabAuthError(error as TabAuthErrorInfo);
};

/** Finds a `TabAuthError`: also one wrapped as a `cause`, and one of another copy of the package. */
export function findTabAuthError(error: unknown): TabAuthError | null {
  const seen = new Set<unknown>();
  for (let found = error as Error; found === Object(found) && !seen.has(found);) {
    if (found.name === 'TabAuthError' && 'code' in found) return found as TabAuthError;
    seen.add(found);
    found = found.cause as Error;
  }
  return null;
}

/** The errors that must be told before, or without, the core; the core words all others. */
const told = (code: TabAuthErrorCode, message: string, suggestion: string, options?: { cause?: unknown }): TabAuthError =>
  new TabAuthError({ code, message, suggestion, retryable: false }, options);

export const invalidOption = (message: string, suggestion: string): TabAuthError => told('invalid_option', message, suggestion);

export const wasmUnavailable = (message: string, suggestion: string): TabAuthError => told('wasm_unavailable', message, suggestion);

export const aborted = (cause: unknown): TabAuthError =>
  told('aborted', "The caller's signal was aborted.", 'Nothing: the caller has changed its mind.', { cause });

export const serverSide = (): TabAuthError =>
  told(
    'server_side',
    'There is no document: on a server an instance holds no token.',
    "Ask in the browser, or say `runtime: 'client'` where there is no document.",
  );
