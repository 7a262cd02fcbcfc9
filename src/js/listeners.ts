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
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#set.clear();
  }
}
