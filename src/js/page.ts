import { attempt, sessionNumbers } from './source.js';
import type { SessionRef } from './types.js';

/** The pin, as it is kept over a reload: ids, and when they were last seen alive, wall-clock ms. Never a token. */
export type StoredPin = { readonly session: SessionRef; readonly seen: number };

const keyOf = (namespace: string) => `tabpin:${namespace}:pin`;
/** Undefined where there is no window; throws where the browser forbids it. */
const storage = () => (typeof window === 'undefined' ? undefined : window.sessionStorage);

/** The pin as numbers; what cannot be read as one is none. Null where storage cannot be read at all. */
export function readPin(namespace: string): number[] | null {
  let text;
  try {
    text = storage()?.getItem(keyOf(namespace)) ?? 'null';
  } catch {
    return null;
  }
  const pin = parsePin(text);
  return pin ? [...sessionNumbers(pin.session), pin.seen] : [];
}

/** The pin, before the core runs. */
export const storedPin = (namespace: string): StoredPin | null => parsePin(attempt(() => storage()?.getItem(keyOf(namespace))) ?? 'null');

function parsePin(text: string): StoredPin | null {
  try {
    const pin = JSON.parse(text) as StoredPin;
    return typeof pin.session.userId === 'string' && typeof pin.seen === 'number' ? pin : null;
  } catch {
    return null;
  }
}

/** Writes the pin, or removes it. False where that fails: a reload starts afresh. */
export function writePin(namespace: string, pin: StoredPin | null): boolean {
  try {
    if (pin) storage()?.setItem(keyOf(namespace), JSON.stringify(pin));
    else storage()?.removeItem(keyOf(namespace));
    return true;
  } catch {
    return false;
  }
}

/** 1 unless the browser says otherwise. */
export const isOnline = (): number => Number(typeof navigator === 'undefined' || navigator.onLine !== false);

/** Not visible to anybody. */
export const isHidden = (): boolean => typeof document !== 'undefined' && document.visibilityState === 'hidden';

/** Loaded before anybody wants to see it. Not every browser does so. */
export const isPrerendered = (): boolean =>
  typeof document !== 'undefined' && (document as { prerendering?: boolean }).prerendering === true;

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

/** What may happen to the page. */
export type Ears = {
  /** `navigator.onLine` may have changed. */
  readonly network: () => void;
  /** The page may have slept. */
  readonly wake: () => void;
  /** It is hidden now, or shown. */
  readonly hidden: () => void;
  /** Nothing runs from now on. */
  readonly freeze: () => void;
  /** It is back from the back/forward cache. */
  readonly restored: () => void;
  /** A prerendered page is shown. */
  readonly activated: () => void;
};

/** Calls back when any of it happens; the signal ends that. */
export function listen(signal: AbortSignal, ears: Ears): void {
  if (typeof window === 'undefined') return;
  const hear = hearing(signal);
  const isCached = (event: Event) => (event as PageTransitionEvent).persisted;
  hear(window, ['online', 'offline'], ears.network);
  hear(window, ['focus'], ears.wake);
  hear(window, ['pageshow'], (event) => (isCached(event) ? ears.restored() : ears.wake()));
  hear(window, ['pagehide'], (event) => isCached(event) && ears.freeze());
  hear(document, ['visibilitychange'], ears.hidden);
  hear(document, ['freeze'], ears.freeze);
  hear(document, ['resume'], ears.wake);
  hear(document, ['prerenderingchange'], ears.activated);
}
