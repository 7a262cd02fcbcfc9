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

  /** Lends the text an id; one that nobody knew is forgotten again where it turns out to be of no use. */
  offer(text: string, isUseful: (id: number) => boolean): void {
    const before = this.#last;
    const id = this.intern(text);
    if (!isUseful(id) && id > before) this.#entries.delete(id);
  }

  get(id: number): Entry {
    return this.#entries.get(id) as Entry;
  }

  keep(ids: readonly number[]): void {
    for (const id of this.#entries.keys()) if (!ids.includes(id)) this.#entries.delete(id);
  }
}
