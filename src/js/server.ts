/**
 * The server half: who asks, told so that a refusal and a visitor cannot be confused.
 *
 * No WebAssembly and no dependency, so that it runs in Node, at the edge and in a worker. Pure and synchronous: signatures are
 * verified by your SDK, before.
 */
import { MARKER_HEADER } from './headers.js';

export { guard } from './server/guard.js';
export type * from './server/types.js';

/** For CORS `Access-Control-Allow-Headers`. `*` does not cover `authorization`. */
export const allowHeaders: readonly ['authorization', typeof MARKER_HEADER] = ['authorization', MARKER_HEADER];
/** For `Vary` on answers that depend on who asks. */
export const varyOn: readonly ['authorization', 'cookie', typeof MARKER_HEADER] = ['authorization', 'cookie', MARKER_HEADER];
