/**
 * One connection of the sync protocol: versions, identity, queries. What is shared between connections is in `convex.mjs`.
 *
 * As in Convex's own backend, expiry is checked lazily: whenever a function is to run, the identity must still be live.
 */
import { Channel } from './convex-channel.mjs';
import { actions, lookUp, mutations, queries } from './convex-functions.mjs';
import { attempt, AuthFailure, queryUpdate, response, transition } from './convex-wire.mjs';

export class Connection extends Channel {
  #hub;
  #version = { querySet: 0, identity: 0, ts: 0 };
  #queries = new Map();
  #identity = null;
  #skewMs;

  /** `hub` is what `convex.mjs` shares. */
  constructor(hub, socket, name) {
    super(hub.log, socket, name);
    this.#hub = hub;
  }

  get identityVersion() {
    return this.#version.identity;
  }

  /**
   * Runs every query again, as after a write: this is where the server notices that an idle token has expired.
   * Nothing is sent before the client's Connect, which starts its versions at 0.
   */
  refresh() {
    return this.enqueue(() => this.session && this.#transition({}));
  }

  /** The identity counts as expired from now on, and the server notices. */
  expire() {
    return this.enqueue(() => {
      if (this.#identity) this.#identity = { ...this.#identity, exp: 0 };
      this.#live();
    });
  }

  /** The identity, if its token is still live now. */
  #live() {
    if (this.#identity && this.#identity.exp * 1000 <= this.#hub.now())
      throw new AuthFailure('Could not validate token: token expired', false);
    return this.#identity;
  }

  #transition(change) {
    const identity = this.#live();
    const startVersion = this.#version;
    this.#version = { ...startVersion, ...change, ts: this.#hub.ts() };
    const modifications = [...this.#queries].map(([queryId, { udfPath, args }]) =>
      queryUpdate(queryId, () => lookUp(queries, udfPath)({ identity, messages: this.#hub.messages }, args)),
    );
    this.send(transition(startVersion, this.#version, modifications, { clientClockSkew: this.#skewMs, now: this.#hub.now() }));
  }

  handle(message) {
    switch (message.type) {
      case 'Connect':
        this.session = message.sessionId;
        this.#skewMs = Math.round(message.clientTs - this.#hub.now());
        return void this.note({ type: 'connect', connectionCount: message.connectionCount, lastCloseReason: message.lastCloseReason });
      case 'Authenticate':
        return this.#authenticate(message);
      case 'ModifyQuerySet':
        return this.#modifyQuerySet(message);
      case 'Mutation':
        return this.#mutation(message);
      case 'Action':
        return this.#action(message);
      case 'Event':
        return undefined;
      default:
        throw new Error(`Unknown message type ${message.type}`);
    }
  }

  async #authenticate({ baseVersion, tokenType, value }) {
    this.#expect('identity', baseVersion);
    const result = tokenType === 'None' ? { claims: null } : await this.#hub.check(value);
    const { sub = null, sid = null, iat = null, exp = null, jti = null } = result.claims ?? {};
    this.note({ type: 'authenticate', tokenType, accepted: !result.code, code: result.code ?? null, sub, sid, iat, exp, jti });
    if (result.code) throw new AuthFailure(`Could not verify token: ${result.code}`, true);
    this.#identity = result.claims;
    this.#transition({ identity: baseVersion + 1 });
  }

  #modifyQuerySet({ baseVersion, newVersion, modifications }) {
    this.#expect('querySet', baseVersion);
    for (const { type, queryId, udfPath, args } of modifications) {
      if (type === 'Add') this.#queries.set(queryId, { udfPath, args: args[0] ?? {} });
      else this.#queries.delete(queryId);
    }
    this.#transition({ querySet: newVersion });
  }

  /** The identity is the one at arrival, as in Convex's mutation queue; a mutation that is held when the socket closes never ran. */
  #mutation({ requestId, udfPath, args }) {
    const identity = this.#live();
    const entry = { requestId, udfPath, sub: identity?.sub ?? null, body: args[0]?.body ?? null };
    this.note({ type: 'mutation-arrived', ...entry });
    const run = () => {
      const result = lookUp(mutations, udfPath)({ identity, messages: this.#hub.messages }, args[0] ?? {});
      this.note({ type: 'mutation', ...entry });
      return result;
    };
    this.#later(() => {
      this.send(response('MutationResponse', requestId, this.#hub.runOnce(`${this.session}/${requestId}`, run)));
      this.#hub.refreshAll();
    });
  }

  #action({ requestId, udfPath, args }) {
    const identity = this.#live();
    this.note({ type: 'action', requestId, udfPath, sub: identity?.sub ?? null });
    this.#later(() => {
      this.send(
        response(
          'ActionResponse',
          requestId,
          attempt(() => lookUp(actions, udfPath)({ identity }, args[0] ?? {})),
        ),
      );
    });
  }

  /** Once nothing is held back any more, in turn with this connection's messages, unless it has closed by then. */
  #later(work) {
    void this.#hub.gate().then(() => this.enqueue(work));
  }

  #expect(name, baseVersion) {
    if (baseVersion !== this.#version[name]) {
      throw new Error(`Base version ${baseVersion} of ${name} passed up does not match the current version ${this.#version[name]}`);
    }
  }
}
