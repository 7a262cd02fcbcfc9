import { attempt } from './attempt.js';
import { sessionNumbers } from './source.js';
import type { SessionRef } from './types.js';

/** The pin, as it is kept over a reload: ids, and when they were last seen alive, wall-clock ms. Never a token. */
export type StoredPin = { readonly session: SessionRef; readonly seen: number };

const keyOf = (namespace: string) => `tabpin:${namespace}:pin`;
/** Undefined where there is no window; throws where the browser forbids it. */
const storage = () => globalThis.window?.sessionStorage;

/** Whether storage can be read, and the pin as numbers; what cannot be read as one is none. */
export function readPin(namespace: string): number[] {
  try {
    const pin = parsePin(storage()?.getItem(keyOf(namespace)));
    return pin ? [1, ...sessionNumbers(pin.session), pin.seen] : [1];
  } catch {
    return [0];
  }
}

/** The pin, before the core runs. */
export const storedPin = (namespace: string): StoredPin | null => parsePin(attempt(() => storage()?.getItem(keyOf(namespace))));

const parsePin = (text: string | null | undefined): StoredPin | null =>
  attempt(() => {
    const pin = JSON.parse(text as string) as StoredPin;
    return typeof pin.session.userId === 'string' && typeof pin.seen === 'number' ? pin : null;
  }) ?? null;

/** Writes the pin, or removes it. False where that fails: a reload starts afresh. */
export const writePin = (namespace: string, pin: StoredPin | null): boolean =>
  attempt(() => {
    if (pin) storage()?.setItem(keyOf(namespace), JSON.stringify(pin));
    else storage()?.removeItem(keyOf(namespace));
    return true;
  }) ?? false;

/** Unless the browser says otherwise. */
export const isOnline = (): boolean => globalThis.navigator?.onLine !== false;

/** Not visible to anybody. */
export const isHidden = (): boolean => globalThis.document?.visibilityState === 'hidden';

/** Loaded before anybody wants to see it. Not every browser does so. */
export const isPrerendered = (): boolean => (globalThis.document as { prerendering?: boolean } | undefined)?.prerendering === true;

/** By the event's type. `isCached`: the page comes from the back/forward cache, or goes there. */
type Ears = Readonly<Record<string, (isCached: boolean) => void>>;

/** Calls back what the window and the document tell; the signal ends that. */
export function listen(signal: AbortSignal, onWindow: Ears, onDocument: Ears): void {
  if (!globalThis.window) return;
  const hear = (target: EventTarget, ears: Ears) => {
    for (const [type, ear] of Object.entries(ears)) {
      const listener = (event: Event) => ear((event as PageTransitionEvent).persisted);
      target.addEventListener(type, listener);
      signal.addEventListener('abort', () => attempt(() => target.removeEventListener(type, listener)));
    }
  };
  hear(window, onWindow);
  hear(document, onDocument);
}
