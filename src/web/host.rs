//! What the shell needs of JavaScript: promises, timers, listeners, storage, the source and token text live there.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The JavaScript side of one instance, or of one Convex connection.
    #[derive(Clone)]
    pub type Host;

    /// Has something done; `value` is JSON, or empty. One import for everything, because each costs its glue. What the
    /// numbers mean stands where they are given: `Tab::carry_out` and `Connector::take`. The answer is
    /// `waitForClaims`' only: whether it was satisfied.
    #[wasm_bindgen(method)]
    pub fn order(this: &Host, kind: u8, id: u32, number: u32, value: &str) -> bool;

    /// `JSON.parse`, of what the core has written.
    #[wasm_bindgen(js_namespace = JSON)]
    pub fn parse(text: &str) -> JsValue;
}
