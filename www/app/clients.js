/** The real clients, made the same way for both sides: what differs between the sides is only how a token gets in. */
import { httpLink, createTRPCClient } from '@trpc/client';
import { ConvexClient } from 'convex/browser';
import { makeFunctionReference } from 'convex/server';

/** Names this tab in the servers' logs; it says nothing about who is signed in. */
export const TAB = crypto.randomUUID().slice(0, 8);

/** The path prefix by which the servers tell sides and tabs apart. */
export const labelOf = (id) => `${id}-${TAB}`;

const send = makeFunctionReference('messages:send');

/** Convex's own logging is off, because the left side fails by design; the page shows what happens instead. */
export function newConvex(id, options = {}) {
  return new ConvexClient(`${location.origin}/${labelOf(id)}`, {
    skipConvexDeploymentUrlCheck: true,
    unsavedChangesWarning: false,
    logger: false,
    ...options,
  });
}

export const newTrpc = (id, headers) => createTRPCClient({ links: [httpLink({ url: `/${labelOf(id)}/trpc`, headers })] });

/** Both resolve with the account that the server ran the call as. */
export const write = {
  convex: (client) => client.mutation(send, { body: 'hello' }).then(({ author }) => author),
  trpc: (client) => client.notes.add.mutate({ text: 'hello' }).then(({ author }) => author),
};
