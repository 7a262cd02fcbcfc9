import { AuthFailure } from './convex-wire.mjs';

const PING_MS = 15_000;

/** One WebSocket: its log entries, its messages handled in order, its end. What the messages mean is in `convex-connection.mjs`. */
export class Channel {
  #socket;
  #log;
  #work = Promise.resolve();
  #open = true;
  /** The client's session id, from its Connect on. */
  session = null;

  /** `id` and `label` name the connection in the log. */
  constructor(log, socket, { id, label }) {
    this.#log = log;
    this.#socket = socket;
    this.id = id;
    this.label = label;
    this.note({ type: 'open' });
    const ping = setInterval(() => this.send({ type: 'Ping' }), PING_MS);
    socket.on('message', (data) => this.enqueue(() => this.handle(JSON.parse(data))));
    socket.on('error', () => {});
    socket.on('close', (code) => {
      clearInterval(ping);
      this.#open = false;
      this.note({ type: 'close', code });
    });
  }

  note(entry) {
    return this.#log.add({ connection: this.id, label: this.label, session: this.session, ...entry });
  }

  send(message) {
    if (this.#open) this.#socket.send(JSON.stringify(message));
  }

  /** One piece of work after the other, because verifying a token takes a moment; none once the socket is closed. */
  enqueue(work) {
    this.#work = this.#work.then(async () => {
      if (!this.#open) return;
      try {
        await work();
      } catch (error) {
        this.#fail(error);
      }
    });
    return this.#work;
  }

  terminate() {
    this.#socket.terminate();
  }

  #fail(error) {
    if (error instanceof AuthFailure) {
      this.note({ type: 'auth-error', reason: error.message, updateAttempted: error.updateAttempted });
      this.send(error.toWire(this.identityVersion));
      this.#open = false;
      this.#socket.close();
    } else {
      this.note({ type: 'fatal', reason: error.message });
      this.send({ type: 'FatalError', error: error.message });
    }
  }
}
