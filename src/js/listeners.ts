/** Where the page hears of errors that nobody catches. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/**
 * What the core may call: an order that throws is reported, and disturbs nobody. An exception would unwind the core
 * in the middle of its orders, and it would carry out no others, ever.
 */
export const guarded = <A extends unknown[]>(order: (...args: A) => void) => ({
  order: (...args: A) => {
    try {
      order(...args);
    } catch (error) {
      report(error);
    }
  },
});

/** A set of callbacks. One that throws is reported, and disturbs nobody. */
export class Listeners<A extends unknown[]> {
  readonly #set = new Set<(...args: A) => void>();

  add(listener: (...args: A) => void): () => void {
    // A wrapper, so that the same function added twice is called twice and removed one by one.
    const own = (...args: A) => listener(...args);
    this.#set.add(own);
    return () => void this.#set.delete(own);
  }

  call(...args: A): void {
    for (const listener of [...this.#set]) {
      try {
        listener(...args);
      } catch (error) {
        report(error);
      }
    }
  }

  clear(): void {
    this.#set.clear();
  }
}
