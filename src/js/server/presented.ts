import { MARKER_HEADER } from '../headers.js';
import type { HeaderSource } from './types.js';

/** What a request brings along, still unjudged; null = absent. Repeated values are joined as RFC 9110, section 5.3 joins them. */
export type Presented = {
  readonly marker: string | null;
  readonly authorization: string | null;
  /** Where the two came from. */
  readonly carrier: 'header' | 'params' | null;
};

/** A record's values under a name, in whatever letters. */
const named = (record: object, name: string): unknown[] =>
  Object.entries(record)
    .filter(([key, value]) => key.toLowerCase() === name && value !== undefined)
    .map(([, value]) => value as unknown);

/** Node keeps only the first of several `authorization` headers in `headers`. All that came are in `rawHeaders`. */
function repeated(source: object, name: string): readonly string[] {
  const { rawHeaders = [] } = source as { readonly rawHeaders?: readonly string[] | undefined };
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  return values.length > 1 ? values : [];
}

/** A header's values. A list in a record becomes text with commas, which is no token any more. */
export function headerValues(source: HeaderSource, name: string): readonly unknown[] {
  if (typeof source === 'function') return [source(name) ?? []].flat();
  const { headers } = source;
  if (typeof headers.get === 'function') return [(headers as Headers).get(name) ?? []].flat();
  const all = repeated(source, name);
  return all.length > 0 ? all : named(headers, name);
}

/** Reads the two headers, wherever they are. A parameter that is no text is there all the same, and empty. */
export function presented(source: HeaderSource, params: object | null | undefined): Presented {
  const inHeaders = (name: string) => headerValues(source, name).map(String);
  const inParams = (name: string) => named(params ?? {}, name).map((value) => (typeof value === 'string' ? value : ''));
  const read = (name: string) => [inHeaders(name), inParams(name)] as const;
  const both = [read(MARKER_HEADER), read('authorization')] as const;
  const [marker = null, authorization = null] = both.map((values) => (values.flat().length > 0 ? values.flat().join(', ') : null));
  const carried = (index: 0 | 1) => both.some((values) => values[index].length > 0);
  return { marker, authorization, carrier: carried(0) ? 'header' : carried(1) ? 'params' : null };
}

/** What becomes of a missing token when it is pasted into text; RFC 6750's charset would let it pass. */
const NO_TOKENS = ['null', 'undefined', 'false', 'NaN'];

/** The token of one well-formed `Bearer` (RFC 6750, section 2.1; a scheme's letters may be any: RFC 9110, section 11.1), else null. */
export function bearerToken(authorization: string): string | null {
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1] ?? null;
  return token !== null && NO_TOKENS.includes(token) ? null : token;
}
