/** The tabs that have this page open: who minted, who adopted, and how many mints that saved. Counts only, never a token. */
import { TAB } from './clients.js';
import { device } from './device.js';
import { flag, h, say } from './dom.js';
import { slug, who } from './names.js';

const channel = new BroadcastChannel('harness-tabs');
const short = (tab) => `tab ${tab.slice(0, 4)}`;
const plural = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

export function createTabs(node, auth, opened) {
  const [sentence, body] = ['saved', 'tabs'].map((name) => node.querySelector(`[data-say=${name}]`));
  const mine = { tab: TAB, userId: null, minted: 0, adopted: 0, newest: null };
  const all = new Map([[TAB, mine]]);
  const rows = new Map();

  const tell = (kind) => channel.postMessage({ kind, ...mine });
  const look = () => {
    const { status, session } = auth.getSnapshot();
    mine.userId = status === 'signed_in' ? session.userId : null;
    tell('here');
  };

  auth.on('token', ({ origin }) => {
    if (!(origin in mine)) return;
    mine[origin] += 1;
    mine.newest = { origin, at: device.now() };
    tell('here');
    draw();
  });
  auth.subscribe(look);
  channel.addEventListener('message', ({ data: { kind, ...told } }) => {
    if (kind === 'bye') all.delete(told.tab);
    else all.set(told.tab, told);
    if (kind === 'hello') tell('here');
  });
  addEventListener('pagehide', () => tell('bye'));
  addEventListener('pageshow', ({ persisted }) => persisted && tell('hello'));
  tell('hello');
  look();

  function row(tab) {
    const cells = Object.fromEntries(['keeps', 'minted', 'adopted', 'newest'].map((name) => [name, h('td', { class: name })]));
    const node = h('tr', {}, h('th', { scope: 'row' }, tab === TAB ? 'this tab' : short(tab)), Object.values(cells));
    body.append(node);
    const made = { node, cells };
    rows.set(tab, made);
    return made;
  }

  function draw() {
    for (const [tab, { node: gone }] of rows) {
      if (all.has(tab)) continue;
      gone.remove();
      rows.delete(tab);
    }
    const sum = { minted: 0, adopted: 0 };
    for (const { tab, userId, minted, adopted, newest } of all.values()) {
      const { cells } = rows.get(tab) ?? row(tab);
      sum.minted += minted;
      sum.adopted += adopted;
      flag(cells.keeps, 'user', slug(userId));
      say(cells.keeps, who(userId));
      say(cells.minted, String(minted));
      say(cells.adopted, String(adopted));
      const seconds = newest && Math.max(0, Math.floor((newest.at - opened) / 1000));
      say(cells.newest, newest ? `${newest.origin} at ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` : 'none yet');
    }
    const { tabs } = auth.stats();
    flag(node, 'seen', tabs);
    for (const name of ['minted', 'adopted']) flag(node, name, mine[name]);
    flag(node, 'saved', sum.adopted);
    say(
      sentence,
      tabs === 0
        ? 'tabpin sees no other tab, so this one mints for itself.'
        : `tabpin sees ${plural(tabs, 'other tab')}. Of ${plural(sum.minted + sum.adopted, 'token')}, ${sum.minted} were minted: ${plural(sum.adopted, 'mint')} saved.`,
    );
  }

  return draw;
}
