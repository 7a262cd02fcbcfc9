import { createFaults, failure, pause } from './faults.mjs';
import { FLAWS, sign } from './keys.mjs';

/**
 * The part of the provider that mints. `find(session)` gives the live session that is meant, or undefined; the other
 * arguments are the provider's own. Interfaces are described in `provider.mjs`.
 */
export function createMinter({ keys, issuer, lifetimeSeconds, jti, now, log, accounts, find }) {
  const faults = createFaults();
  const extra = new Map();
  const last = new Map();
  const closed = new AbortController();
  let cleared = new AbortController();
  let latencyMs = 0;
  let minted = 0;

  const signFor = async ({ userId, sessionId }, template, flaw) => {
    const claims = { iss: issuer, sub: userId, sid: sessionId, ...(template && { aud: template }), ...extra.get(userId) };
    minted += 1;
    if (jti) claims.jti = `jti_${minted}`;
    const signed = await sign(keys, claims, { now: now(), lifetimeSeconds, flaw });
    if (!flaw) last.set(keyOf(sessionId, template), signed);
    return signed;
  };

  const meet = async (fault, note, stop) => {
    if (latencyMs > 0) await pause(latencyMs, stop);
    if (fault === 'slow') await pause(3000, stop);
    if (fault === 'hang') {
      note('hang');
      await pause(null, stop);
    }
    if (fault === 'offline' || fault === '500') {
      note(fault);
      throw failure(fault);
    }
  };

  const mint = async ({ session, template, skipCache = false, signal } = {}) => {
    const asked = find(session);
    const note = (outcome, { iat = null, exp = null } = {}) =>
      log.add({ sub: asked?.userId ?? null, sid: asked?.sessionId ?? null, template: template ?? null, outcome, iat, exp });
    const fault = faults.take();
    await meet(fault, note, AbortSignal.any([closed.signal, cleared.signal, ...(signal ? [signal] : [])]));
    const ended = !asked || !find(asked);
    if (ended || fault === 'null') {
      note(ended ? 'ended' : 'null');
      return null;
    }
    const held = last.get(keyOf(asked.sessionId, template));
    const reuse = !skipCache && (!fault || fault === 'slow') && held?.exp - now() / 1000 > lifetimeSeconds / 4;
    if (held && (fault === 'same' || reuse)) {
      note(fault ?? 'cached', held);
      return held.token;
    }
    const other = accounts.find(({ userId }) => userId !== asked.userId) ?? { userId: 'user_other', sessionId: 'sess_other' };
    const signed = await signFor(fault === 'foreign' ? other : asked, template, FLAWS.includes(fault) ? fault : undefined);
    note(fault ?? 'minted', signed);
    return signed.token;
  };

  return {
    mint,
    count: () => minted,
    fault: faults.add,
    clearFaults() {
      faults.clear();
      cleared.abort();
      cleared = new AbortController();
    },
    latency(ms) {
      latencyMs = ms;
    },
    setClaims: (userId, claims) => void extra.set(userId, claims),
    close: () => closed.abort(),
  };
}

function keyOf(sessionId, template) {
  return JSON.stringify([sessionId, template ?? null]);
}
