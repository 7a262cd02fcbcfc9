import { throwIt } from './errors.js';

/** The fail-closed marker header's name. Its value is the reason's code; servers test its presence. */
export const MARKER_HEADER = 'x-tabpin-required';

/** Beside the marker: no JWT, so that a server that does not know the marker refuses it and consults no cookie. */
const FAIL_CLOSED = 'Bearer tabpin.unavailable';

export type HeaderRecord = Record<string, string>;

/** What goes out without a token, by the core's verdict: undefined = as it is, a code = fail closed, an error = reject. */
export function without(own: HeaderRecord, verdict: unknown, error?: unknown): HeaderRecord {
  if (verdict === undefined) return own;
  if (typeof verdict === 'string') return failClosed(own, verdict);
  throw error ?? throwIt(verdict);
}

/** Headers of any of the three forms as a record with lower-case names. */
export function toRecord(init: HeadersInit | undefined): HeaderRecord {
  return init === undefined ? {} : Object.fromEntries(new Headers(init));
}

/** Adds a token. */
export const bearing = (headers: HeaderRecord, token: string): HeaderRecord => ({ ...headers, authorization: `Bearer ${token}` });

/** Adds the fail-closed pair. */
export function failClosed(headers: HeaderRecord, reason: string): HeaderRecord {
  return { ...headers, [MARKER_HEADER]: reason, authorization: FAIL_CLOSED };
}
