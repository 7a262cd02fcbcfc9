/**
 * The functions that the sync server knows, by their Convex path. Each gets `{ identity, messages }` and the call's one
 * argument object; `identity` is what Convex's `ctx.auth.getUserIdentity()` would give: null for nobody.
 */
export const queries = {
  /** Who the server believes the connection is. */
  'me:get': ({ identity }) => identity && { subject: identity.sub, sessionId: identity.sid ?? null },
  /** The messages of that account, and of nobody else. */
  'messages:list': ({ identity, messages }) => messages.filter(({ author }) => author === (identity?.sub ?? null)),
};

export const mutations = {
  /** Stores a message in the name of whoever the connection is. */
  'messages:send': ({ identity, messages }, { body }) => {
    const message = { author: identity?.sub ?? null, body };
    messages.push(message);
    return message;
  },
};

export const actions = {
  'me:echo': ({ identity }, args) => ({ subject: identity?.sub ?? null, ...args }),
};

/** Convex names modules `dir/file:function`; the client canonicalises `file.js:function` and `file/function` itself. */
export function lookUp(table, udfPath) {
  const found = Object.hasOwn(table, udfPath) ? table[udfPath] : undefined;
  if (!found) throw new Error(`Could not find public function for '${udfPath}'.`);
  return found;
}
