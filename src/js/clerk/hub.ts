import { attempt } from '../attempt.js';
import type { ClerkLike } from './types.js';

type Reloadable = { reload?(): Promise<unknown> };

/** Where Clerk cannot load its client it makes one up from the cookie: whoever that means is no news of this tab. */
export const isMadeUp = (client: object | undefined): boolean => (client as { id?: unknown } | undefined)?.id === 'client_init';

/** The first wait for a Clerk that is not there yet, ms; each further one is twice as long, up to the longest. */
const SOON = 100;
const LONGEST = 2_000;

/**
 * Tells of changes: follows Clerk's listeners, waits for a Clerk that comes late, and moves to one that takes its place.
 * Clerk calls back on every touch and every new token; `describe` says when something is really different.
 */
export class Hub {
  readonly #listeners = new Set<() => void>();
  #followed: ClerkLike | null | undefined;
  #stop: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = '';

  constructor(
    readonly given: () => ClerkLike | null | undefined,
    readonly describe: () => string,
  ) {}

  subscribe(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    if (this.#listeners.size === 1) {
      this.#last = this.describe();
      this.follow();
      this.#await(SOON);
    }
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#leave();
    };
  }

  /** Follows the Clerk that is there now. */
  follow(): void {
    const clerk = attempt(this.given);
    if (clerk === this.#followed || this.#listeners.size === 0) return;
    attempt(() => this.#stop?.());
    this.#followed = clerk;
    this.#stop = undefined;
    if (!clerk) return this.#await(SOON);
    const changed = () => this.changed();
    // Set before it is called: Clerk calls back at once.
    const stop = clerk.addListener(changed, { skipInitialEmit: true });
    clerk.on?.('status', changed);
    // Clerk touches its session when the tab gets the focus, and so learns who is there. Without a session it would not.
    const ask = () => {
      if (!isMadeUp(clerk.client) || clerk.session !== null) return;
      // Clerk fills its client in without telling.
      void attempt(() => (clerk.client as Reloadable).reload?.())?.then(changed, () => undefined);
    };
    const target = typeof window === 'undefined' ? undefined : window;
    for (const type of ['focus', 'online']) target?.addEventListener(type, ask);
    this.#stop = () => {
      stop();
      clerk.off?.('status', changed);
      for (const type of ['focus', 'online']) target?.removeEventListener(type, ask);
    };
  }

  /** Tells the listeners if anything is different from what they were told last. */
  changed(): void {
    const now = this.describe();
    if (now === this.#last) return;
    this.#last = now;
    for (const listener of [...this.#listeners]) listener();
  }

  #await(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#followed || this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => {
      this.follow();
      this.changed();
      this.#await(Math.min(2 * delay, LONGEST));
    }, delay);
  }

  #leave(): void {
    clearTimeout(this.#timer);
    attempt(() => this.#stop?.());
    this.#stop = this.#followed = undefined;
  }
}
