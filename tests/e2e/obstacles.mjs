/** What may be in the way of tabs that share tokens; each is run in the page before any other script. */
export const obstacles = {
  'a foreign script holds every lock for ever': () => {
    const { request } = LockManager.prototype;
    LockManager.prototype.request = function (name, ...rest) {
      request.call(this, name, () => new Promise(() => {}));
      return request.call(this, name, ...rest);
    };
  },
  'there is no BroadcastChannel': () => delete globalThis.BroadcastChannel,
  'there are no Web Locks': () => Object.defineProperty(navigator, 'locks', { value: undefined }),
  'storage throws': () => {
    for (const name of ['sessionStorage', 'localStorage']) {
      Object.defineProperty(globalThis, name, {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    }
  },
  'the channel loses every message': () => {
    BroadcastChannel.prototype.postMessage = () => {};
  },
  'the channel throws': () => {
    BroadcastChannel.prototype.postMessage = () => {
      throw new Error('broken');
    };
  },
};
