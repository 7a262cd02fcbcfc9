import { attempt } from './attempt.js';
import type { SessionRef, TokenSource } from './types.js';
import { codeOf, nameOf } from './wasm/glue.js';

// What others say, as the plain numbers that the core takes. Throwing is the same as not knowing. Needs the core.

/** As the core takes them: a boolean counts as 0 or 1. */
export type Numbers = readonly (number | boolean)[];

/** The number of a name; 0 for what is no text. */
export const named = (text: unknown, number = nameOf): number => (typeof text === 'string' ? number(text) : 0);

/** A session: its names, and when it began; empty for what is none. */
export function sessionNumbers(value: unknown, number: (text: unknown) => number = named): number[] {
  const { sessionId, userId, startedAt } = Object(value) as Partial<SessionRef>;
  if (typeof userId !== 'string') return [];
  return [number(sessionId), number(userId), typeof startedAt === 'number' ? startedAt : NaN];
}

/** Which of the optional members there are, and whether tokens are shared. */
export function abilities(source: TokenSource, shares: boolean): number {
  const can = [source.current, source.perTab, source.select, source.signOut, source.reload, shares];
  return can.reduce((bits: number, member, index) => bits | (member ? 1 << index : 0), 0);
}

/** Whom the cookie stands for at this moment. */
export function ambientNumbers(source: TokenSource): [kind: number, session: number] {
  const value = attempt(() => source.ambient?.());
  if (value === null) return [1, 0];
  if (typeof value !== 'object') return [0, 0];
  return [2, named(attempt(() => value.sessionId))];
}

/** Everything that the source says now. */
export function viewNumbers(source: TokenSource): Numbers {
  const seen = (session: unknown): number[] => {
    const numbers = attempt(() => sessionNumbers(session)) ?? [];
    const variant = () => named(attempt(() => source.variant?.(session as SessionRef)));
    return numbers.length > 0 ? [...numbers, variant()] : [];
  };
  const value = attempt(() => source.current?.());
  const current = seen(value);
  const sessions = attempt(() => source.sessions?.());
  return [
    value === null ? 1 : current.length > 0 ? 2 : 0,
    Array.isArray(sessions),
    ...ambientNumbers(source),
    ...current,
    ...(Array.isArray(sessions) ? sessions.flatMap(seen) : []),
  ];
}

const numberOr0 = (value: unknown) => (typeof value === 'number' ? value : 0);

/** How Chromium, Firefox, Safari and Node word a `fetch` that found no network. They give no code. */
const noNetwork = /^(Failed to fetch|network error|NetworkError|Load failed|fetch failed)/;

/**
 * What a rejection says of itself: status and code, Clerk's list of errors included, and how long to wait, in seconds.
 * A `Response` may be thrown as it is. A message is only compared.
 */
export function failure(error: unknown): Numbers {
  const read = attempt((): Numbers => {
    const { status, code, errors, message, retryAfter, headers } = Object(error) as Record<string, unknown> & {
      errors?: { code?: unknown }[];
    };
    const after = numberOr0(retryAfter) || Number(attempt(() => (headers as Headers).get('retry-after'))) || 0;
    const name = [code, errors?.[0]?.code].find((value) => typeof value === 'string');
    const network = name === 'clerk_offline' || (typeof message === 'string' && noNetwork.test(message));
    return [numberOr0(status), name === undefined ? 0 : codeOf(name), after, network];
  });
  return read ?? [0, 0, 0, 0];
}
