/**
 * What the servers say they received, for every tab at once.
 *
 * A browser keeps few connections to one address, and a stream takes one for good. So one tab holds the stream,
 * under a lock, and passes the entries on; when it closes, the next tab takes over.
 */
const tabs = new BroadcastChannel('harness-log');
const SERVERS = ['convex', 'trpc'];

/** Calls back with `(server, entry)`; entries hold ids and outcomes, never a token. */
export function followServers(listener) {
  tabs.addEventListener('message', ({ data }) => listener(data.server, data.entry));
  navigator.locks.request('harness-log', () => {
    const stream = new EventSource('/servers/events');
    for (const server of SERVERS) {
      stream.addEventListener(server, ({ data }) => {
        const entry = JSON.parse(data);
        listener(server, entry);
        tabs.postMessage({ server, entry });
      });
    }
    return new Promise(() => {});
  });
}
