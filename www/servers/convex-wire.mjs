/** A timestamp as the wire wants it: little-endian u64 in base64. */
function encodeTs(ts) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(ts));
  return bytes.toString('base64');
}

const encodeVersion = (version) => ({ ...version, ts: encodeTs(version.ts) });

/** A Transition from one state version to the next. `startVersion` must be exactly what the client has. */
export function transition(startVersion, endVersion, modifications, { clientClockSkew, now }) {
  return {
    type: 'Transition',
    startVersion: encodeVersion(startVersion),
    endVersion: encodeVersion(endVersion),
    modifications,
    clientClockSkew,
    serverTs: now * 1_000_000,
  };
}

/** One query's new value, or its failure. */
export function queryUpdate(queryId, run) {
  try {
    return { type: 'QueryUpdated', queryId, value: run(), logLines: [], journal: null };
  } catch (error) {
    return { type: 'QueryFailed', queryId, errorMessage: error.message, logLines: [], journal: null };
  }
}

/** What a function gave, or how it failed. */
export function attempt(run) {
  try {
    return { success: true, result: run() };
  } catch (error) {
    return { success: false, result: error.message };
  }
}

/** The answer to a Mutation or an Action; `result` is the error's text where `success` is false. */
export function response(type, requestId, { success, result, ts }) {
  return { type, requestId, success, result, logLines: [], ...(ts !== undefined && { ts: encodeTs(ts) }) };
}

/** The token was refused (`updateAttempted`), or has expired since. The socket is closed after it. */
export class AuthFailure extends Error {
  constructor(reason, updateAttempted) {
    super(reason);
    this.updateAttempted = updateAttempted;
  }

  /** `baseVersion` is the identity version that the server still has: it did not advance. */
  toWire(baseVersion) {
    return { type: 'AuthError', error: this.message, baseVersion, authUpdateAttempted: this.updateAttempted };
  }
}
