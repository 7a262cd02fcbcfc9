//! What the shell needs of JavaScript: promises, listeners, storage, the source and token text live there.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript side of one instance, or of one Convex connection. It never throws, TypeScript sees to that: an
    /// exception would unwind the drain loop, and nothing would be carried out any more.
    #[derive(Clone)]
    pub type Host;

    /// Carries out an order. `kind`: an [`Order`], which says what the others are; what it does not name is 0, or null.
    #[wasm_bindgen(method)]
    pub fn order(this: &Host, kind: u8, id: u32, number: f64, text: &str, value: JsValue);
}

/// What an instance is ordered to do, by the numbers that TypeScript has for it. All go through [`Host::order`], because
/// each function that the module imports costs more than a number does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Call the source's `getToken` for the session `value` and the template `text`, past every cache if `number` is 1.
    /// The answer comes back under the flight `id`.
    Mint,
    /// Call the source for the session `value`: with `number` 0 `select`, 1 `signOut`, 2 `reload`.
    Errand,
    /// Read what the source says, and hand it in.
    Look,
    /// Write the pin `value` to session storage; null removes it.
    Store,
    /// Tell the other instances in this document: with `number` 0 pinned to the session `value`, 1 signed out, 2 unpinned.
    Share,
    /// Nobody waits for the flight `id` any more.
    Abort,
    /// Answer the waiter `id` with the token `number`.
    Token,
    /// Answer the waiter `id` with null.
    Null,
    /// Answer it: done.
    Done,
    /// Answer it with the error `value`.
    Reject,
    /// Let it, a `waitForClaims`, look at the claims of the token `number`, and tell what it says.
    Judge,
    /// The account `id` has ended.
    Ended,
    /// The tab has the account `id`, with the key `text` and the session `value`.
    Account,
    /// `value` is what an application sees.
    Snapshot,
    /// `value` is worth telling.
    Event,
    /// Tokens other than those that `value` lists may be forgotten.
    Keep,
    /// Queue for the lock of the key `text`, as number `id`.
    Lock,
    /// Leave the lock `id`, or the queue for it.
    Unlock,
    /// The timer fired.
    Timer,
    /// Tell the other tabs hello: the account's key is `text`, its session `value`. This and what follows is what tabs
    /// say to each other, in the order of the numbers that their messages have.
    Hello,
    /// Here, with the same.
    Here,
    /// Bye.
    Bye,
    /// Want: a token for the key `text`, newer than `number`, ms.
    Want,
    /// Token: `id`, for the key `text`, to be had until `number`, ms.
    Lend,
}
