/** Tabs in WebKitGTK, by W3C WebDriver (https://www.w3.org/TR/webdriver2/), on a display that nobody sees. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { webkit } from '../../tools/browser.mjs';
import { describeTabs } from './engine-tabs.mjs';

const programs = webkit();

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child) {
  if (child.exitCode === null && child.kill()) await once(child, 'exit');
}

/** A command; rejects with the driver's error. */
async function send(base, method, path, body) {
  const response = await fetch(base + path, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
  return value;
}

async function launch() {
  const screen = spawn(programs.display, ['-displayfd', '1', '-nolisten', 'tcp'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [number] = await once(screen.stdout, 'data');
  const port = await freePort();
  const env = { ...process.env, DISPLAY: `:${String(number).trim()}`, GDK_BACKEND: 'x11' };
  const driver = spawn(programs.driver, [`--port=${port}`], { env, stdio: 'ignore' });
  process.once('exit', () => [driver, screen].map((child) => child.kill()));
  process.once('SIGTERM', () => process.exit(1));
  const base = `http://127.0.0.1:${port}`;
  // It does not say when it listens.
  while (driver.exitCode === null && !(await send(base, 'GET', '/status').catch(() => null)));
  return {
    open: () => openWindow(base),
    close: async () => {
      await end(driver);
      await end(screen);
    },
  };
}

/** A session, which is a browser of its own. Its tabs are windows, as one behind another takes no click. One command at a time. */
async function openWindow(base) {
  const timeouts = { script: 120_000 };
  const { sessionId } = await send(base, 'POST', '/session', { capabilities: { alwaysMatch: { timeouts } } });
  const command = (method, path, body) => send(base, method, `/session/${sessionId}${path}`, body);
  let last = Promise.resolve();
  const inTab = (handle, ...rest) => {
    const turn = last.then(() => command('POST', '/window', { handle })).then(() => command(...rest));
    last = turn.catch(() => {});
    return turn;
  };

  async function visit(url) {
    const { handle } = await command('POST', '/window/new', { type: 'window' });
    const goto = (address) => inTab(handle, 'POST', '/url', { url: address });
    await goto(url);
    return {
      goto,
      evaluate: async (text) => {
        const script = `const [done] = arguments;
          (async () => (${text}))().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
        const { value, error } = await inTab(handle, 'POST', '/execute/async', { script, args: [] });
        if (error) throw new Error(error);
        return value;
      },
      click: async () => {
        const found = await inTab(handle, 'POST', '/element', { using: 'css selector', value: 'html' });
        await inTab(handle, 'POST', `/element/${Object.values(found)[0]}/click`, {});
      },
      back: () => inTab(handle, 'POST', '/back', {}),
      close: () => inTab(handle, 'DELETE', '/window'),
    };
  }
  return { visit, close: () => command('DELETE', '') };
}

const missing = programs ? false : 'WebKitGTK’s driver or Xvfb is not on this machine';
describeTabs('WebKit', { launch, missing });
