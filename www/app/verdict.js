/** One plain sentence per side about how it stands; the words a newcomer reads first. */
import { who } from './names.js';

/** The badge's word. */
export const BADGES = { starting: 'starting', alive: 'alive', dead: 'dead', out: 'signed out', lost: 'choose' };

const seconds = (ms) => `${Math.max(0, Math.round(ms / 1000))} s`;

const DID = {
  nobody: 'runs as nobody',
  rejected: 'answers 401',
  astray: 'runs as somebody else',
  served: 'still answers',
  held: 'waits',
  failed: 'fails',
};
const WAYS = { convex: 'Convex', trpc: 'tRPC' };

function broken({ last }) {
  return Object.entries(WAYS)
    .filter(([via]) => last[via])
    .map(([via, name]) => `${name} ${DID[last[via].outcome]}`)
    .join(', ');
}

export function leftVerdict(side, now) {
  const ends = (side.token?.until ?? now) - now;
  if (side.status === 'out') return 'Nobody was signed in when this page loaded.';
  if (side.status === 'dead') return `Its only token ended ${seconds(-ends)} ago. ${broken(side)}.`;
  if (side.status === 'starting') return 'One token, rendered by the server and handed over once.';
  return `One token, handed over once. It ends in ${seconds(ends)}, and nobody asks for another.`;
}

export function rightVerdict(side, now, snapshot) {
  const user = who(snapshot.session?.userId);
  const latest = side.marks.findLast(({ kind }) => ['token', 'retry', 'refused'].includes(kind));
  if (side.status === 'out') return 'Signed out here: requests go out as a visitor or not at all.';
  if (side.status === 'lost') return `${user}’s session is gone while others remain. Pick one below; none is picked for you.`;
  if (side.status === 'dead') return `${broken(side)}.`;
  if (side.status === 'starting') return 'A token source, asked again before each token ends.';
  if (latest && latest.kind !== 'token') return `Asking again after ${latest.code.replaceAll('_', ' ')}. The token at hand lives on.`;
  const { refreshed, adopted } = side.counts;
  const shared = adopted > 0 ? `, ${adopted} ${adopted === 1 ? 'token' : 'tokens'} of another tab` : '';
  return `Renewed ahead of every end: ${refreshed} ${refreshed === 1 ? 'refresh' : 'refreshes'} so far${shared}, still ${user}.`;
}
