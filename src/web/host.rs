//! What the shell needs of JavaScript: promises, listeners and token text live there.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript side of one instance.
    #[derive(Clone)]
    pub type Host;

    /// Answers a waiter: 0 the token of this id, 1 null, 2 done, 3 the error.
    #[wasm_bindgen(method)]
    pub fn settle(this: &Host, waiter: u32, kind: u8, value: JsValue);

    /// Lets `waitForClaims` look at a token's claims.
    #[wasm_bindgen(method)]
    pub fn judge(this: &Host, waiter: u32, token: u32) -> bool;

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

    /// The id of a token's text; the same text has the same id while it is kept.
    #[wasm_bindgen(method)]
    pub fn intern(this: &Host, text: &JsValue) -> u32;

    /// Tokens other than these may be forgotten.
    #[wasm_bindgen(method)]
    pub fn keep(this: &Host, tokens: Vec<u32>);

    /// Follows a promise, and tells the instance under this id how it ended.
    #[wasm_bindgen(method)]
    pub fn follow(this: &Host, id: u32, promise: JsValue);

    /// The JavaScript side of one Convex connection.
    pub type ConnectorHost;

    /// `client.setAuth` with the callback of this number.
    #[wasm_bindgen(method, js_name = setAuth)]
    pub fn set_auth(this: &ConnectorHost, arm: u32);

    /// Ask the account's `fetchToken` on behalf of a call.
    #[wasm_bindgen(method)]
    pub fn fetch(this: &ConnectorHost, call: u32, forced: bool);

    /// Answer a call: with what was fetched for it, or with null.
    #[wasm_bindgen(method)]
    pub fn answer(this: &ConnectorHost, call: u32, token: bool);

    /// `client.clearAuth`, once Convex has digested its answers.
    #[wasm_bindgen(method)]
    pub fn clear(this: &ConnectorHost);

    /// Start the limit's timer (ms), or stop it (0).
    #[wasm_bindgen(method)]
    pub fn timer(this: &ConnectorHost, ms: u32);

    /// Null is answered although something is in flight; the error tells how much.
    #[wasm_bindgen(method, js_name = gaveUp)]
    pub fn gave_up(this: &ConnectorHost, error: JsValue);
}
