// What goes over the border to the core as a number. The numbers are the core's.

/** Who asks; the numbers are the core's. `peek`: a token that is live, if only just. */
export const enum Style {
  token,
  access,
  fetch,
  ready,
  claims,
  peek,
}

/** What the core can be told; the numbers are the core's, and so is what each takes besides. */
export const enum Input {
  null,
  undefined,
  noString,
  failed,
  done,
  cancel,
  ask,
  signOut,
  pin,
  unpin,
  start,
  view,
  consumer,
  online,
  wake,
  timer,
  dispose,
  join,
  part,
  heard,
  locked,
  sibling,
  noLock,
  hidden,
  freeze,
  restored,
  prerendered,
  judged,
}

/** What the core orders; the numbers are the core's, and so is what else each order says. Those from `hello` on are messages. */
export const enum Order {
  mint,
  errand,
  look,
  store,
  share,
  abort,
  token,
  null,
  done,
  reject,
  judge,
  ended,
  account,
  snapshot,
  event,
  keep,
  lock,
  unlock,
  timer,
  hello,
}

/** Of the kinds of messages, those that are more than numbers; the numbers are the core's. */
export const enum MessageKind {
  token = 4,
}
