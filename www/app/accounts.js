/** Who is signed in, whom the cookie names and whom this tab keeps to; and the buttons that change it. */
import { device } from './device.js';
import { flag, h, say } from './dom.js';
import { slug, who } from './names.js';
import { provider } from './provider.js';

export const USERS = ['user_ada', 'user_bob'];

/** Remembers, for this tab, that nobody is signed in on purpose; the page otherwise signs Ada in when it opens. */
const SIGNED_OUT = 'harness-signed-out';

/** Signs Ada in on a first visit, so that there is something to see. */
export async function arrive() {
  await provider.look();
  if (!provider.known.current && !sessionStorage.getItem(SIGNED_OUT)) await provider.act('sign-in', { userId: USERS[0] });
}

export function createAccounts(node, auth, { did }) {
  const [pin, cookie, drift] = ['pin', 'cookie', 'drift'].map((name) => node.querySelector(`[data-${name}]`));
  const sessionOf = (userId) => provider.known.sessions.find((session) => session.userId === userId);
  const pinned = () => (auth.getSnapshot().status === 'signed_in' ? auth.getSnapshot().session : null);

  const acts = {
    async session(userId) {
      const session = sessionOf(userId);
      if (!session) return provider.act('sign-in', { userId });
      if (pinned()?.sessionId === session.sessionId) await auth.signOut();
      else await provider.act('sign-out', session);
      if (!provider.known.current) sessionStorage.setItem(SIGNED_OUT, '1');
    },
    switch: (userId) => provider.act('switch', sessionOf(userId)),
    pin: (userId) => auth.pin(sessionOf(userId)),
  };

  const rows = USERS.map((userId) => {
    const button = (act) =>
      h('button', {
        type: 'button',
        'data-act': act,
        'data-user': slug(userId),
        onclick: ({ currentTarget }) => press(currentTarget, act, userId),
      });
    const buttons = { session: button('session'), switch: button('switch'), pin: button('pin') };
    const state = h('span', { class: 'state' });
    return {
      userId,
      buttons,
      state,
      node: h(
        'div',
        { class: 'person', role: 'group', 'aria-label': who(userId) },
        h('span', { class: 'who', 'data-user': slug(userId) }, who(userId)),
        state,
        Object.values(buttons),
      ),
    };
  });
  node
    .querySelector('[data-accounts]')
    .append(
      ...rows.map((row) => row.node),
      h(
        'div',
        { class: 'more' },
        h('a', { class: 'button', href: location.href, target: '_blank', rel: 'noopener' }, 'Open another tab'),
        h('button', { type: 'button', 'data-act': 'restart', onclick: restart }, 'Start over'),
      ),
    );

  async function press(button, act, userId) {
    if (button.getAttribute('aria-disabled') === 'true') return;
    const text = button.dataset.note;
    await acts[act](userId);
    did(text);
  }

  return function draw() {
    const { session, status, drifted } = auth.getSnapshot();
    const mine = pinned();
    const current = provider.known.current;
    name(pin, mine?.userId, status === 'lost' ? `nobody (was ${who(session.userId)})` : undefined);
    name(cookie, current?.userId);
    flag(drift, 'drifted', drifted);
    say(drift, drifted ? 'drifted: this tab stays where it is' : mine ? 'in step' : 'nothing to compare');
    for (const { userId, buttons, state } of rows) {
      const live = sessionOf(userId);
      const here = live && mine?.sessionId === live.sessionId;
      const inCookie = live && current?.sessionId === live.sessionId;
      say(state, live ? [here && 'pinned here', inCookie && 'in the cookie'].filter(Boolean).join(', ') || 'signed in' : 'signed out');
      label(buttons.session, live ? 'Sign out' : 'Sign in', userId, true);
      label(buttons.switch, 'Put in the cookie', userId, live && !inCookie);
      label(buttons.pin, 'Pin here', userId, live && !here);
    }
  };
}

function name(node, userId, text) {
  flag(node, 'user', slug(userId));
  say(node, text ?? who(userId));
}

function label(button, verb, userId, enabled) {
  say(button, verb);
  button.setAttribute('aria-label', `${verb}: ${who(userId)}`);
  button.setAttribute('aria-disabled', String(!enabled));
  flag(button, 'note', `${verb}: ${who(userId)}`);
}

/** Back to the first visit: no fault, the clock right, Ada signed in, nothing remembered in this tab. */
async function restart() {
  await provider.act('clear');
  await provider.act('sign-in', { userId: USERS[0] });
  sessionStorage.clear();
  device.reset();
  location.reload();
}
