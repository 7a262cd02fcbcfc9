type Entry = { readonly id: number; readonly text: string; readonly promise: Promise<string>; readonly bearer: string };

/** The only place where token text is kept: under an id, with what is made of it once per token. */
export class Tokens {
  readonly #entries = new Map<number, Entry>();
  #last = 0;

  /** The same text has the same id while it is kept. */
  intern(text: string): number {
    for (const entry of this.#entries.values()) if (entry.text === text) return entry.id;
    const id = ++this.#last;
    this.#entries.set(id, { id, text, promise: Promise.resolve(text), bearer: `Bearer ${text}` });
    return id;
  }

  get(id: number): Entry {
    return this.#entries.get(id) as Entry;
  }

  keep(ids: readonly number[]): void {
    for (const id of this.#entries.keys()) if (!ids.includes(id)) this.#entries.delete(id);
  }
}
