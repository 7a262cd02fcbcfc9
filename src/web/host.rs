//! What the shell needs of JavaScript: promises, listeners, storage, the source and token text live there.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript side of one instance. No method of it throws, TypeScript sees to that: an exception would unwind
    /// the drain loop, and nothing would be carried out any more.
    #[derive(Clone)]
    pub type Host;

    /// Calls the source's `getToken`; the answer comes back under the flight.
    #[wasm_bindgen(method)]
    pub fn mint(this: &Host, flight: u32, session: JsValue, template: JsValue, skip_cache: bool);

    /// Nobody waits for this flight any more.
    #[wasm_bindgen(method)]
    pub fn abort(this: &Host, flight: u32);

    /// Answers a waiter: 0 the token of this id, 1 null, 2 done.
    #[wasm_bindgen(method)]
    pub fn settle(this: &Host, waiter: u32, kind: u8, token: u32);

    /// Answers a waiter with an error.
    #[wasm_bindgen(method)]
    pub fn reject(this: &Host, waiter: u32, error: JsValue);

    /// Lets `waitForClaims` look at a token's claims.
    #[wasm_bindgen(method)]
    pub fn judge(this: &Host, waiter: u32, token: u32) -> bool;

    /// Calls the source: 0 `select`, 1 `signOut`, 2 `reload`.
    #[wasm_bindgen(method)]
    pub fn errand(this: &Host, id: u32, task: u8, session: JsValue);

    /// Reads what the source says, and hands it in.
    #[wasm_bindgen(method)]
    pub fn look(this: &Host);

    /// Writes the pin to session storage; null removes it.
    #[wasm_bindgen(method)]
    pub fn store(this: &Host, stored: JsValue);

    /// The account has ended.
    #[wasm_bindgen(method)]
    pub fn ended(this: &Host, account: u32);

    /// The tab has this account.
    #[wasm_bindgen(method)]
    pub fn account(this: &Host, account: u32, key: &str, session: JsValue);

    /// What an application sees.
    #[wasm_bindgen(method)]
    pub fn snapshot(this: &Host, snapshot: JsValue);

    /// Something worth telling.
    #[wasm_bindgen(method)]
    pub fn event(this: &Host, event: JsValue);

    /// Tokens other than these may be forgotten.
    #[wasm_bindgen(method)]
    pub fn keep(this: &Host, tokens: &[u32]);

    /// Tells the other tabs: 0 hello, 1 here, with the account's key and session; 2 bye; 3 want, with the key and since
    /// when (ms); 4 the token of this id, with the key and until when (ms).
    #[wasm_bindgen(method)]
    pub fn say(this: &Host, kind: u8, id: u32, key: &str, moment: f64, session: JsValue);

    /// Tells the other instances in this document: 0 pinned to this session, 1 signed out, 2 unpinned.
    #[wasm_bindgen(method)]
    pub fn share(this: &Host, kind: u8, session: JsValue);

    /// Queues for a key's lock, under this number.
    #[wasm_bindgen(method)]
    pub fn lock(this: &Host, id: u32, key: &str);

    /// Leaves that lock, or the queue.
    #[wasm_bindgen(method)]
    pub fn unlock(this: &Host, id: u32);

    /// The timer fired.
    #[wasm_bindgen(method)]
    pub fn timer(this: &Host);

    /// The JavaScript side of one Convex connection, of which no method throws either.
    pub type ConnectorHost;

    /// 0 `client.setAuth` with the callback of this number; 1 ask the account's `fetchToken` on behalf of this call,
    /// forced or not; 2 answer this call, with what was fetched for it or with null; 3 `client.clearAuth`, once Convex
    /// has digested its answers; 4 start a timer of so many ms, or with 0 stop it.
    #[wasm_bindgen(method)]
    pub fn order(this: &ConnectorHost, kind: u8, number: u32, flag: bool);

    /// Null is answered although something is in flight; the error tells how much.
    #[wasm_bindgen(method, js_name = gaveUp)]
    pub fn gave_up(this: &ConnectorHost, error: JsValue);
}
