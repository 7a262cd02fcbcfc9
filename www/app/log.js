/** The last things that a side said of itself, in words: the timeline's marks for those who cannot see it. */
import { h } from './dom.js';
import { who } from './names.js';

const SHOWN = 5;

const plain = (code) => code.replaceAll('_', ' ');

const WORDS = {
  token: ({ origin, userId }) => `${origin} a token for ${who(userId)}`,
  refused: ({ code }) => `refused: ${plain(code)}`,
  retry: ({ code }) => `asks again after ${plain(code)}`,
  expiring: () => 'its token is about to end',
  recovered: () => 'recovered',
  pinned: ({ cause }) => `pinned (${cause})`,
  drift: () => 'the cookie names somebody else now',
  lost: () => 'its session is gone',
  signed_out: () => 'signed out',
  online: () => 'the network changed',
};

export function createLog(list, side, opened) {
  side.subscribe((mark) => {
    const text = WORDS[mark.kind]?.(mark);
    if (!text) return;
    const seconds = Math.max(0, Math.floor((mark.at - opened) / 1000));
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    list.prepend(h('li', { 'data-kind': mark.kind }, h('time', {}, time), h('span', {}, text)));
    while (list.children.length > SHOWN) list.lastElementChild.remove();
  });
}
