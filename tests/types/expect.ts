/** Are these two types the same, `any`, `readonly` and optional members included? */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless true. */
export type Expect<T extends true> = T;

/** May a value of the first type stand where the second is wanted? */
export type Fits<A, B> = [A] extends [B] ? true : false;
