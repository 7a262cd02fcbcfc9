/** The built package in a page: what only a browser can show. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch } from './harness-page.mjs';
import { ADA, BOB, load, servePackage } from './package-page.mjs';

let browser;
let server;

before(async () => {
  server = await servePackage();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** A page with the package loaded, in a browser of its own; `complaints` is what its scripts complained about. */
async function visit(t, { csp, prepare } = {}) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && !/favicon|404/.test(message.text()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  if (prepare) await page.addInitScript(prepare);
  await page.goto(server.page(csp));
  await load(page);
  return { context, page, complaints };
}

describe('the package in a page', { concurrency: 2 }, () => {
  test('the quickstart gives a live token, and no storage holds it', async (t) => {
    const { page, context, complaints } = await visit(t);
    const seen = await page.evaluate(async () => {
      const { auth } = tabpin.make();
      const token = await auth.getToken();
      const headers = await auth.headers({ 'X-Trace': '1' });
      const places = [sessionStorage, localStorage].map((storage) => JSON.stringify({ ...storage }));
      const text = places.join() + document.cookie + document.documentElement.outerHTML + location.href;
      const parts = token.split('.');
      return {
        status: auth.getSnapshot().status,
        user: tabpin.decodeClaims(token).sub,
        header: headers.authorization === `Bearer ${token}`,
        names: Object.keys(headers),
        kept: parts.some((part) => text.includes(part)),
        keys: Object.keys(sessionStorage),
        stored: Object.values(sessionStorage).map((value) => Object.keys(JSON.parse(value)).sort()),
        local: localStorage.length,
      };
    });
    assert.deepEqual(seen, {
      status: 'signed_in',
      user: 'user_1',
      header: true,
      names: ['x-trace', 'authorization'],
      kept: false,
      keys: ['tabpin:default:pin'],
      stored: [['seen', 'session']],
      local: 0,
    });
    assert.deepEqual((await context.storageState()).origins, []);
    assert.deepEqual(complaints, []);
  });

  for (const [how, subscribe] of [
    ['', false],
    [', also when the source calls back while it is subscribed to', true],
  ]) {
    test(`a reload keeps the pin${how}`, async (t) => {
      const { page } = await visit(t);
      await page.evaluate(([ada, bob]) => tabpin.make([ada, bob], { perTab: false }).auth.pin(bob), [ADA, BOB]);
      await page.reload();
      await load(page);
      const seen = await page.evaluate(
        async ([ada, bob, now]) => {
          const more = { perTab: false, select: undefined };
          if (now) more.subscribe = (listener) => (listener(), () => {});
          const { auth, events } = tabpin.make([ada, bob], more);
          const { sub } = tabpin.decodeClaims(await auth.getToken());
          return {
            sub,
            causes: events.filter(({ type }) => type === 'pinned').map(({ cause }) => cause),
            drifted: auth.getSnapshot().drifted,
          };
        },
        [ADA, BOB, subscribe],
      );
      assert.deepEqual(seen, { sub: 'user_bob', causes: ['restored'], drifted: true });
    });
  }

  test('each tab has its own pin, and a duplicated one the same', async (t) => {
    const { page, context } = await visit(t);
    await page.evaluate(([ada, bob]) => tabpin.make([ada, bob], { perTab: false }).auth.pin(bob), [ADA, BOB]);
    const opened = context.waitForEvent('page');
    await page.evaluate(() => void window.open(location.href));
    const duplicate = await opened;
    const other = await context.newPage();
    await other.goto(page.url());
    const users = [];
    for (const tab of [duplicate, other]) {
      await tab.waitForLoadState();
      await load(tab);
      users.push(
        await tab.evaluate(([ada, bob]) => tabpin.make([ada, bob], { perTab: false }).auth.getSnapshot().session.userId, [ADA, BOB]),
      );
    }
    assert.deepEqual(users, ['user_bob', 'user_ada']);
  });

  test('namespaces keep their pins apart', async (t) => {
    const { page } = await visit(t);
    const users = await page.evaluate(
      async ([ada, bob]) => {
        await tabpin.make([ada, bob], { perTab: false }, { namespace: 'one' }).auth.pin(bob);
        const user = (namespace) => tabpin.make([ada, bob], { perTab: false }, { namespace }).auth.getSnapshot().session.userId;
        return [user('one'), user('two')];
      },
      [ADA, BOB],
    );
    assert.deepEqual(users, ['user_bob', 'user_ada']);
  });

  for (const kept of ['', 'nonsense', 'null', '5', '{}', '{"session":5,"seen":"x"}', '{"session":{"userId":5},"seen":1}', '[[[']) {
    test(`a stored pin that reads ${JSON.stringify(kept)} is none`, async (t) => {
      const { page, complaints } = await visit(t);
      const status = await page.evaluate(async (text) => {
        sessionStorage.setItem('tabpin:default:pin', text);
        const { auth } = tabpin.make();
        await auth.getToken();
        return auth.getSnapshot().status;
      }, kept);
      assert.equal(status, 'signed_in');
      assert.deepEqual(complaints, []);
    });
  }

  test('created twice as in StrictMode, both work and the first leaves nothing behind', async (t) => {
    const count = () => {
      globalThis.listening = [];
      for (const target of [window, document]) {
        const { addEventListener, removeEventListener } = target;
        target.addEventListener = (...args) => (listening.push(args[0]), addEventListener.apply(target, args));
        target.removeEventListener = (...args) => {
          listening.splice(listening.indexOf(args[0]), 1);
          removeEventListener.apply(target, args);
        };
      }
    };
    const { page, complaints } = await visit(t, { prepare: count });
    const seen = await page.evaluate(async () => {
      const before = [...listening];
      const [first, second] = [tabpin.make(), tabpin.make()];
      const users = await Promise.all([first, second].map(async ({ auth }) => tabpin.decodeClaims(await auth.getToken()).sub));
      const during = listening.length - before.length;
      first.auth.dispose();
      const half = listening.length - before.length;
      const still = await second.auth.getToken({ forceRefresh: true }).then(() => true);
      second.auth[Symbol.dispose]();
      return { users, shared: during === 2 * half && half > 0, still, left: listening.length - before.length };
    });
    assert.deepEqual(seen, { users: ['user_1', 'user_1'], shared: true, still: true, left: 0 });
    assert.deepEqual(complaints, []);
  });

  test('going offline and back is told, and the live token still serves', async (t) => {
    const { page, context } = await visit(t);
    await page.evaluate(async () => {
      const { auth, events } = tabpin.make();
      await auth.getToken();
      globalThis.kept = { auth, events };
    });
    for (const online of [false, true]) {
      const told = page.evaluate(() => new Promise((resolve) => kept.auth.on('online', resolve)));
      await context.setOffline(!online);
      assert.deepEqual(await told, { type: 'online', online });
      assert.deepEqual(await page.evaluate(async () => [kept.auth.getSnapshot().online, typeof (await kept.auth.getToken())]), [
        online,
        'string',
      ]);
    }
  });

  test('a page shown again looks at the source afresh', async (t) => {
    const { page } = await visit(t);
    const user = await page.evaluate(
      ([ada, bob]) => {
        let current = ada;
        const { auth } = tabpin.make([ada, bob], { current: () => current, subscribe: undefined });
        auth.getSnapshot();
        current = bob;
        window.dispatchEvent(new Event('pageshow'));
        return auth.getSnapshot().session.userId;
      },
      [ADA, BOB],
    );
    assert.equal(user, 'user_bob');
  });
});

describe('storage that throws', { concurrency: 2 }, () => {
  const getter = () => {
    const get = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    Object.defineProperty(window, 'sessionStorage', { get });
  };
  const full = () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  };
  const broken = () => {
    for (const name of ['getItem', 'setItem', 'removeItem']) {
      Storage.prototype[name] = () => {
        throw new DOMException('broken', 'InvalidStateError');
      };
    }
  };
  const ways = {
    'is forbidden': { prepare: getter },
    'belongs to an opaque origin': { csp: 'sandbox allow-scripts' },
    'is full': { prepare: full },
    'is broken': { prepare: broken },
  };

  for (const [how, options] of Object.entries(ways)) {
    test(`${how}: one user is signed in all the same, and can sign out`, async (t) => {
      const { page, complaints } = await visit(t, options);
      const statuses = await page.evaluate(async () => {
        const { auth } = tabpin.make();
        await auth.getToken();
        const { status } = auth.getSnapshot();
        await auth.signOut();
        return [status, auth.getSnapshot().status];
      });
      assert.deepEqual(statuses, ['signed_in', 'signed_out']);
      assert.deepEqual(complaints, []);
    });
  }

  for (const how of ['is forbidden', 'is broken']) {
    test(`${how}: with several users the tab asks rather than guesses`, async (t) => {
      const { page } = await visit(t, ways[how]);
      const seen = await page.evaluate(
        async ([ada, bob]) => {
          const { auth } = tabpin.make([ada, bob]);
          const { code, suggestion } = await auth.getToken().then(() => null, tabpin.findTabAuthError);
          await auth.pin(bob);
          return { code, suggestion, sub: tabpin.decodeClaims(await auth.getToken()).sub };
        },
        [ADA, BOB],
      );
      assert.equal(seen.code, 'session_lost');
      assert.match(seen.suggestion, /choose an account.*pin/);
      assert.equal(seen.sub, 'user_bob');
    });
  }
});

describe('Content-Security-Policy', { concurrency: 2 }, () => {
  test("script-src 'self' 'wasm-unsafe-eval' is all that it needs", async (t) => {
    const { page, complaints } = await visit(t, { csp: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'" });
    assert.equal(await page.evaluate(async () => typeof (await tabpin.make().auth.getToken())), 'string');
    assert.deepEqual(complaints, []);
  });

  test("without 'wasm-unsafe-eval' every verb says which word is missing", async (t) => {
    const { page } = await visit(t, { csp: "default-src 'none'; script-src 'self'" });
    const seen = await page.evaluate(async () => {
      const { auth, source } = tabpin.make();
      const info = (error) => ({ ...tabpin.findTabAuthError(error), message: error.message });
      const { code, message, suggestion } = await auth.getToken().then(() => null, info);
      return {
        error: { code, message, suggestion },
        fetchToken: await auth.fetchToken(),
        peek: auth.peekHeaders()[tabpin.MARKER_HEADER],
        snapshot: auth.getSnapshot(),
        minted: source.minted,
      };
    });
    assert.equal(seen.error.code, 'wasm_unavailable');
    assert.match(seen.error.message, /Content-Security-Policy.*script-src lacks 'wasm-unsafe-eval'/);
    assert.match(seen.error.suggestion, /Add 'wasm-unsafe-eval' to script-src/);
    assert.equal(seen.fetchToken, null);
    assert.equal(seen.peek, 'wasm_unavailable');
    assert.equal(seen.snapshot.status, 'unknown');
    assert.equal(seen.snapshot.error.code, 'wasm_unavailable');
    assert.equal(seen.minted, 0);
  });
});
