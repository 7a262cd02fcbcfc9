/**
 * What one side of the page knows of itself. Everything drawn, and everything that the tests read, comes from here.
 * Both sides are judged by the same rule. Times are true wall-clock milliseconds.
 */

import { device } from './device.js';

const KEPT = 500;

/** The ways that carry this side's token; a cookie-only call is shown, but proves nothing about the token. */
const BY_TOKEN = ['convex', 'trpc'];

const FATAL = ['rejected', 'nobody', 'astray'];

export function createSide(id) {
  const listeners = new Set();
  const side = {
    id,
    status: 'starting',
    since: device.now(),
    /** { userId, from, until, origin } of the newest token; never its text. */
    token: null,
    /** The last outcome of each way: { via, outcome, as, received, answer, at }. */
    last: {},
    counts: { tokens: 0, refreshed: 0, adopted: 0, refused: 0, served: 0, rejected: 0, astray: 0 },
    /** Drives the timeline and the log: { at, kind, … }, oldest first. */
    marks: [],

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    mark(kind, details = {}) {
      const mark = { at: device.now(), kind, ...details };
      side.marks.push(mark);
      if (side.marks.length > KEPT) side.marks.splice(0, side.marks.length - KEPT);
      for (const listener of listeners) listener(mark);
      return mark;
    },

    /** A token came: minted here, adopted from another tab, or rendered by the server. */
    gotToken({ userId, until, origin }) {
      const { counts } = side;
      counts.tokens += 1;
      if (counts.tokens > 1) counts.refreshed += 1;
      if (origin === 'adopted') counts.adopted += 1;
      side.token = side.mark('token', { userId, until, origin });
    },

    /** The account ended here, and its token and its last answers with it. */
    left() {
      side.token = null;
      side.last = {};
      side.mark('left');
    },

    /** A request came back (see `outcome.js`). */
    answered(result) {
      const { counts } = side;
      side.last[result.via] = side.mark('request', result);
      if (result.outcome === 'served') counts.served += 1;
      else if (result.outcome === 'rejected') counts.rejected += 1;
      else if (result.outcome === 'astray' || result.outcome === 'nobody') counts.astray += 1;
      side.judge();
    },

    /** alive: the token's ways are served. dead: one was rejected, or ran as nobody or as somebody else. */
    judge() {
      const outcomes = BY_TOKEN.map((via) => side.last[via]?.outcome);
      if (outcomes.some((outcome) => FATAL.includes(outcome))) side.become('dead');
      else if (outcomes.every((outcome) => outcome === 'served')) side.become('alive');
    },

    become(status) {
      if (side.status === status) return;
      side.status = status;
      side.since = device.now();
      side.mark('status', { status });
    },
  };
  return side;
}
