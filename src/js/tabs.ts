import { attempt } from './attempt.js';
import type { SessionRef } from './types.js';

/** What tabs say to each other; the core knows the kinds. Plain data: it crosses realms, and versions of this package. */
export type Message = {
  readonly kind: number;
  readonly from: number;
  readonly key: string;
  /** Wanted since when, or to be had until when, ms. */
  readonly moment: number;
  readonly session: SessionRef | null;
  readonly token?: string;
};

/** Another instance in this document moved the pin. */
export type Sibling = (kind: number, session: SessionRef | null) => void;

/** Raised when tabs could no longer understand each other: then they do not meet. */
const nameOf = (namespace: string) => `tabpin/1:${namespace}`;

/**
 * Instances of one namespace in this document, those of another copy of the package included: they share one pin.
 * Nothing else is kept there.
 */
export function siblings(namespace: string): Set<Sibling> {
  const home = globalThis as unknown as Record<symbol, Set<Sibling> | undefined>;
  return (home[Symbol.for(nameOf(namespace))] ??= new Set());
}

/** The channel to other tabs, and the locks, where the browser has them. Each may be missing, or throw, at any time. */
export class Tabs {
  readonly #name: string;
  readonly #held = new Map<number, () => void>();
  #channel: BroadcastChannel | undefined;
  #id = 0;

  constructor(namespace: string) {
    this.#name = nameOf(namespace);
  }

  /** Opens the channel; this tab's name there, new each time, or 0 where there is no channel. */
  open(hear: (message: unknown) => void): number {
    this.close();
    this.#channel = globalThis.document && attempt(() => new BroadcastChannel(this.#name));
    if (!this.#channel) return 0;
    this.#channel.onmessage = this.#channel.onmessageerror = ({ data }) => hear(data);
    return (this.#id = 1 + Math.floor(Math.random() * 0xffff_fffe));
  }

  say(message: Omit<Message, 'from'>): void {
    attempt(() => this.#channel?.postMessage({ ...message, from: this.#id }));
  }

  /** Queues for a lock, and tells when it is had, or not to be had. */
  lock(id: number, key: string, tell: (granted: boolean) => void): void {
    const ender = new AbortController();
    this.#held.set(id, () => ender.abort());
    const hold = () =>
      new Promise<void>((release) => {
        if (!this.#held.has(id)) return release();
        this.#held.set(id, release);
        tell(true);
      });
    const request = attempt(() => navigator.locks.request(`${this.#name}:${key}`, { signal: ender.signal }, hold));
    (request ?? Promise.reject()).catch(() => this.#held.has(id) && tell(false));
  }

  unlock(id: number): void {
    const release = this.#held.get(id);
    this.#held.delete(id);
    release?.();
  }

  close(): void {
    for (const id of this.#held.keys()) this.unlock(id);
    attempt(() => this.#channel?.close());
    this.#channel = undefined;
  }
}
