import { attempt, sessionNumbers } from './source.js';
import type { Core } from './load.js';
import type { SessionRef } from './types.js';

/** The pin, as it is kept over a reload: ids, and when they were last seen alive, wall-clock ms. Never a token. */
export type StoredPin = { readonly session: SessionRef; readonly seen: number };

const keyOf = (namespace: string) => `tabpin:${namespace}:pin`;
/** Undefined where there is no window; throws where the browser forbids it. */
const storage = () => (typeof window === 'undefined' ? undefined : window.sessionStorage);

/** What cannot be read as a pin is none. Null where storage cannot be read at all. */
export function readPin(core: Core, namespace: string): number[] | null {
  let text;
  try {
    text = storage()?.getItem(keyOf(namespace)) ?? 'null';
  } catch {
    return null;
  }
  try {
    const { session, seen } = JSON.parse(text) as StoredPin;
    const numbers = sessionNumbers(core, session);
    return numbers.length > 0 && typeof seen === 'number' ? [...numbers, seen] : [];
  } catch {
    return [];
  }
}

/** Writes the pin, or removes it. Where that fails, a reload starts afresh. */
export function writePin(namespace: string, pin: StoredPin | null): void {
  try {
    if (pin) storage()?.setItem(keyOf(namespace), JSON.stringify(pin));
    else storage()?.removeItem(keyOf(namespace));
  } catch {
    // See above.
  }
}

/** 1 unless the browser says otherwise. */
export const isOnline = (): number => Number(typeof navigator === 'undefined' || navigator.onLine !== false);

type Hear = (target: EventTarget, types: readonly string[], listener: (event: Event) => void) => void;

const hearing =
  (signal: AbortSignal): Hear =>
  (target, types, listener) => {
    for (const type of types) {
      target.addEventListener(type, listener);
      signal.addEventListener('abort', () => attempt(() => target.removeEventListener(type, listener)));
    }
  };

/** Calls back when the page goes away, for now or for good, and when it is back. */
export function hearLeaving(signal: AbortSignal, left: () => void, back: () => void): void {
  if (typeof window === 'undefined') return;
  const hear = hearing(signal);
  hear(window, ['pagehide'], left);
  hear(window, ['pageshow'], (event) => (event as PageTransitionEvent).persisted && back());
}

/** Calls back when connectivity may have changed, and when the page may have slept; the signal ends that. */
export function listen(signal: AbortSignal, network: () => void, wake: () => void): void {
  if (typeof window === 'undefined') return;
  const hear = hearing(signal);
  hear(window, ['online', 'offline'], network);
  hear(window, ['focus', 'pageshow'], wake);
  hear(document, ['visibilitychange', 'resume'], wake);
}
