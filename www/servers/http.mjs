/** The request's body as JSON; `{}` when there is none. Rejects with a `SyntaxError` when it is not JSON. */
export async function readJson(req, limit = 1 << 16) {
  let text = '';
  for await (const chunk of req) {
    text += chunk;
    if (text.length > limit) throw new SyntaxError('The body is too long.');
  }
  return text === '' ? {} : JSON.parse(text);
}

/** Answers with JSON that no cache keeps. */
export function sendJson(res, status, body, headers = {}) {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'private, no-store', ...headers });
  res.end(JSON.stringify(body));
}

/** One cookie of the request; null where it carries none of that name. */
export function readCookie(req, name) {
  for (const part of (req.headers.cookie ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return decodeURIComponent(value.join('='));
  }
  return null;
}

/** Starts `server` on the loopback interface and resolves with its address, `http://127.0.0.1:<port>`. */
export function listen(server, port = 0) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(`http://127.0.0.1:${server.address().port}`);
    });
  });
}

/** Closes `server` with every connection that is still open. */
export function closeServer(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
