/** The same steady traffic on both sides: one write per beat and way, and a verdict on what came back. */
import { write } from './clients.js';
import { who } from './names.js';

/**
 * `clients` maps a way to a function that gives its client of the moment; `expected` tells who this side should be,
 * null when it should be nobody, undefined while that is not known yet. A way whose last call has not come back yet skips the beat.
 */
export function startTraffic(side, beatMs, clients, expected) {
  const busy = new Set();

  const beat = async (via) => {
    const meant = expected();
    if (meant === undefined || busy.has(via)) return;
    busy.add(via);
    try {
      const as = await write[via === 'convex' ? 'convex' : 'trpc'](clients[via]());
      side.answered({ via, as, outcome: judged(as, meant), answer: `ran as ${who(as)}` });
    } catch (error) {
      const refused = error.data?.code === 'UNAUTHORIZED';
      const outcome = refused ? (meant ? 'rejected' : 'held') : 'failed';
      side.answered({ via, as: null, outcome, answer: refused ? 'answered 401' : 'did not get through' });
    } finally {
      busy.delete(via);
    }
  };

  const all = () => Object.keys(clients).forEach(beat);
  all();
  return setInterval(all, beatMs);
}

function judged(as, meant) {
  if (as === meant) return meant ? 'served' : 'held';
  return as ? 'astray' : 'nobody';
}
