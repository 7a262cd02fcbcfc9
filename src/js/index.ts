/// <reference lib="esnext.disposable" preserve="true" />
export { createTabAuth } from './create.js';
export { findTabAuthError, TabAuthError } from './errors.js';
export { authHeaders, decodeClaims, explainToken } from './free.js';
export { MARKER_HEADER } from './headers.js';
export type * from './types.js';
