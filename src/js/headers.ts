/** The fail-closed marker header's name. Its value is the reason's code; servers test its presence. */
export const MARKER_HEADER = 'x-tabpin-required';

/** Beside the marker: no JWT, so that a server that does not know the marker refuses it and consults no cookie. */
const FAIL_CLOSED = 'Bearer tabpin.unavailable';

export type HeaderRecord = Record<string, string>;

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
