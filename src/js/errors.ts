import type { TabAuthErrorCode, TabAuthErrorInfo } from './types.js';

/** Why there is no token: a code to act on, a message and a suggestion to read. Never carries a token. */
export class TabAuthError extends Error implements TabAuthErrorInfo {
  override readonly name = 'TabAuthError' as const;
  readonly code: TabAuthErrorCode;
  /** What to do about it, in one sentence. */
  readonly suggestion: string;
  /** May the same call succeed later without anybody changing anything? */
  readonly retryable: boolean;

  constructor(info: TabAuthErrorInfo, options?: { cause?: unknown }) {
    super(info.message, options);
    this.code = info.code;
    this.suggestion = info.suggestion;
    this.retryable = info.retryable;
  }
}

/** Finds a `TabAuthError`: also one wrapped as a `cause`, and one of another copy of the package. */
export function findTabAuthError(error: unknown): TabAuthError | null {
  const seen = new Set<unknown>();
  for (let found = error as Error | null | undefined; typeof found === 'object' && found !== null && !seen.has(found);) {
    if (found.name === 'TabAuthError' && 'code' in found) return found as TabAuthError;
    seen.add(found);
    found = found.cause as Error | null | undefined;
  }
  return null;
}

/** The errors that must be told before, or without, the core; the core words all others. */
export const invalidOption = (message: string, suggestion: string): TabAuthError =>
  new TabAuthError({ code: 'invalid_option', message, suggestion, retryable: false });

export const aborted = (cause: unknown): TabAuthError =>
  new TabAuthError(
    {
      code: 'aborted',
      message: "The caller's signal was aborted.",
      suggestion: 'Nothing: the caller has changed its mind.',
      retryable: false,
    },
    { cause },
  );

export const serverSide = (): TabAuthError =>
  new TabAuthError({
    code: 'server_side',
    message: 'There is no document: on a server an instance holds no token.',
    suggestion: "Ask in the browser, or say `runtime: 'client'` where there is no document.",
    retryable: false,
  });

export const wasmUnavailable = (message: string, suggestion: string): TabAuthError =>
  new TabAuthError({ code: 'wasm_unavailable', message, suggestion, retryable: false });
