/** What it throws goes where the page hears of errors that nobody catches. */
function reported(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/**
 * What the core may call: an order that throws is reported, and disturbs nobody. An exception would unwind the core
 * in the middle of its orders, and it would carry out no others, ever.
 */
export const guarded = <A extends unknown[]>(order: (...args: A) => void) => ({
  order: (...args: A) => {
    reported(() => order(...args));
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
    for (const listener of [...this.#set]) reported(() => listener(...args));
  }

  clear(): void {
    this.#set.clear();
  }
}
