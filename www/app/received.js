/** The table of what the servers received from one side of this tab: the headers as classified there, never a token. */
import { labelOf } from './clients.js';
import { h, say } from './dom.js';
import { who } from './names.js';

const SHOWN = 6;

const token = (sub) => `‹${who(sub)}’s token›`;

const CARRIED = {
  'bearer-jwt': ({ sub, names }) => `${names[0]}: Bearer ${token(sub)}`,
  'fail-closed': ({ marker }) => `authorization: Bearer tabpin.unavailable\nx-tabpin-required: ${marker}`,
  none: () => 'no authorization, only the cookie',
  other: ({ names }) => `${names.join(', ')}: something else`,
};

const as = (sub) => (sub ? `as ${who(sub)}` : 'as nobody');

/** `{ way, carried, answer, bad }`, or null for what is not worth a line. */
function line(server, entry) {
  if (server === 'trpc') {
    const refused = entry.refused ?? (entry.userId ? null : 'signed_out');
    return {
      way: 'tRPC',
      carried: CARRIED[entry.kind](entry),
      answer: refused ? '401' : as(entry.userId),
      bad: entry.kind !== 'fail-closed' && refused,
    };
  }
  switch (entry.type) {
    case 'authenticate':
      return {
        way: 'Convex',
        carried: entry.tokenType === 'None' ? 'Authenticate: none' : `Authenticate: ${token(entry.sub)}`,
        answer: entry.accepted ? 'accepted' : 'refused',
        bad: !entry.accepted,
      };
    case 'auth-error':
      return { way: 'Convex', carried: entry.reason.replace(/^Could not \w+ token: /, ''), answer: 'AuthError', bad: true };
    case 'mutation':
      return { way: 'Convex', carried: entry.udfPath, answer: as(entry.sub), bad: !entry.sub };
    default:
      return null;
  }
}

/** Draws into `host`; the returned function takes the servers' entries. */
export function createReceived(host, side, title) {
  const body = h('tbody', {});
  host.append(
    h(
      'table',
      {},
      h('caption', {}, title),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...['Way', 'What arrived', 'Outcome'].map((name) => h('th', { scope: 'col' }, name)),
          h('th', { scope: 'col', class: 'times' }, 'Times'),
        ),
      ),
      body,
    ),
  );
  const label = labelOf(side.id);
  let lines = [];

  return (server, entry) => {
    const next = entry.label === label ? line(server, entry) : null;
    if (!next) return;
    const key = `${next.way}\n${next.carried}\n${next.answer}`;
    let row = lines.find((candidate) => candidate.key === key);
    if (!row) {
      const times = h('td', { class: 'times' });
      const node = h(
        'tr',
        { class: next.bad ? 'bad' : null },
        h('th', { scope: 'row' }, next.way),
        h('td', { class: 'carried' }, next.carried),
        h('td', {}, next.answer),
        times,
      );
      row = { key, node, times, count: 0 };
      lines.push(row);
      body.prepend(node);
    }
    row.count += 1;
    say(row.times, String(row.count));
    lines.slice(0, -SHOWN).forEach(({ node }) => node.remove());
    lines = lines.slice(-SHOWN);
  };
}
