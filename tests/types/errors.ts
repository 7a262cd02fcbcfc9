/** What the core calls things and what TypeScript does are the same. `names.ts` is written from the core's golden file. */
import type { Snapshot, TabAuthErrorCode, TabAuthErrorInfo, TabAuthEvent, TabAuthError } from 'tabpin';
import type { Equal, Expect, Fits } from './expect.js';
import type { names } from './names.js';

type Names = typeof names;
type EventOf<T extends TabAuthEvent['type']> = Extract<TabAuthEvent, { readonly type: T }>;

export type Codes = Expect<Equal<TabAuthErrorCode, Names['codes'][number]>>;
export type EventTypes = Expect<Equal<TabAuthEvent['type'], keyof Names['events']>>;
export type EventFields = Expect<
  Equal<
    { [T in TabAuthEvent['type']]: Exclude<keyof EventOf<T>, 'type'> },
    { -readonly [T in keyof Names['events']]: Names['events'][T][number] }
  >
>;
export type Statuses = Expect<Equal<Snapshot['status'], Names['statuses'][number]>>;
export type Causes = Expect<Equal<EventOf<'pinned'>['cause'], Names['causes'][number]>>;
export type Origins = Expect<Equal<EventOf<'refused'>['origin'], Names['origins'][number]>>;
/** `tab` is told once tabs speak to each other. */
export type Places = Expect<Fits<Names['places'][number], EventOf<'drift'>['where']>>;

export type Info = Expect<Equal<keyof TabAuthErrorInfo, 'code' | 'message' | 'suggestion' | 'retryable'>>;
export type IsInfo = Expect<Fits<TabAuthError, TabAuthErrorInfo & Error>>;
export type Named = Expect<Equal<TabAuthError['name'], 'TabAuthError'>>;

/** A switch over every event compiles without a default, and narrows. */
export function describe(event: TabAuthEvent): string {
  switch (event.type) {
    case 'pinned':
      return event.previous?.userId ?? event.session.userId;
    case 'signed_out':
      return event.session.userId;
    case 'lost':
    case 'gave_up':
      return event.error.code;
    case 'multi_session':
      return String(event.sessions.length);
    case 'drift':
      return event.seen ?? event.pinned.userId;
    case 'token':
    case 'expiring':
      return String(event.expiresAt);
    case 'refused':
      return `${event.origin} ${event.error.message}`;
    case 'retry':
      return `${event.attempt} ${event.delayMs}`;
    case 'recovered':
      return event.type;
    case 'online':
      return String(event.online);
  }
}
