/** As much of Clerk as the source asks for, with a record of what it was asked. Its tokens are not signed. */
export class FakeClerk {
  loaded = true;
  status = 'ready';
  calls = [];
  listeners = new Set();
  statusListeners = new Set();

  constructor(ids = ['ada', 'bob']) {
    this.client = { id: 'client_1', lastActiveSessionId: `sess_${ids[0]}`, signedInSessions: ids.map((id) => this.make(id)) };
    this.session = this.client.signedInSessions[0] ?? null;
  }

  make(user, more = {}) {
    const id = `sess_${user}`;
    return {
      id,
      status: 'active',
      user: { id: user, organizationMemberships: [{ role: 'org:admin', organization: { id: 'org_1' } }] },
      createdAt: new Date(1000),
      actor: null,
      lastActiveOrganizationId: null,
      getToken: async (options) => {
        this.calls.push({ call: 'getToken', id, current: this.session?.id, ...options });
        return this.answer ? this.answer(id, options) : `token of ${id}`;
      },
      reload: async () => {
        this.calls.push({ call: 'reload', id });
        return this.answerReload?.(id);
      },
      ...more,
    };
  }
  find = (user) => this.client.signedInSessions.find(({ id }) => id === `sess_${user}`);
  emit() {
    for (const listener of [...this.listeners]) listener({ session: this.session, client: this.client });
  }
  addListener(listener, { skipInitialEmit } = {}) {
    this.listeners.add(listener);
    if (!skipInitialEmit) listener({ session: this.session, client: this.client });
    return () => this.listeners.delete(listener);
  }
  on = (_event, listener) => void this.statusListeners.add(listener);
  off = (_event, listener) => void this.statusListeners.delete(listener);
  async setActive({ session }) {
    this.calls.push({ call: 'setActive', id: session });
    this.session = this.client.signedInSessions.find(({ id }) => id === session) ?? null;
    this.emit();
  }
  async signOut({ sessionId }) {
    this.calls.push({ call: 'signOut', id: sessionId });
  }
}

export const ref = (user) => ({ sessionId: `sess_${user}`, userId: user, startedAt: 1000 });

export const request = (user, more = {}) => ({ session: ref(user), skipCache: false, signal: new AbortController().signal, ...more });

/** A rejection as clerk-js words it. */
export const refusal = (status, code, more) => Object.assign(new Error('refused'), { status, errors: [{ code }], ...more });
