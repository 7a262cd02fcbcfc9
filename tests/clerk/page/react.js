/** A React application on the page of `page.js`: Clerk's own provider loads Clerk, and the source is what `useClerk()` gives. */
import { ClerkProvider, useClerk } from '@clerk/react';
import { createElement, StrictMode, useEffect, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';

const { createTabAuth, clerkSource, initialSession } = kit.tabpin;

function App() {
  const clerk = useClerk();
  const [auth] = useState(() => createTabAuth({ source: clerkSource(clerk), debug: (event) => kit.events.push(event) }));
  useEffect(() => void Object.assign(kit, { auth, clerk }), [auth, clerk]);
  const { status, session } = useSyncExternalStore(auth.subscribe, auth.getSnapshot);
  return createElement('p', { 'data-status': status }, session?.userId ?? 'nobody');
}

kit.render = () => {
  const stay = () => undefined;
  const options = {
    publishableKey: globalThis.__clerk_publishable_key,
    proxyUrl: globalThis.__clerk_proxy_url,
    __internal_clerkJSUrl: '/clerk-js/clerk.browser.js',
    prefetchUI: false,
    telemetry: false,
    routerPush: stay,
    routerReplace: stay,
    selectInitialSession: initialSession(),
  };
  const node = document.body.appendChild(document.createElement('main'));
  createRoot(node).render(createElement(StrictMode, null, createElement(ClerkProvider, options, createElement(App))));
};
