//! The rules without an instance.

use super::numbers::{name, names, policy, session, time};
use super::to_js;
use crate::core::error::{Code, Detail, Error};
use crate::core::explain::{Expected, explain};
use crate::core::header::{self, Missing};
use crate::core::{challenge, claims};
use wasm_bindgen::prelude::*;

/// Reads a token's text, and overwrites the copy that was made for it.
pub fn read<T>(token: String, read: impl FnOnce(&[u8]) -> T) -> T {
    let mut bytes = token.into_bytes();
    let result = read(&bytes);
    bytes.fill(0);
    std::hint::black_box(&bytes);
    result
}

/// The payload's JSON, or why there is none.
#[wasm_bindgen(js_name = decodePayload)]
pub fn decode_payload(token: String) -> JsValue {
    match read(token, claims::payload) {
        Ok(payload) => payload.into(),
        Err(reason) => to_js(Error { code: Code::TokenMalformed, detail: Detail::Unusable(reason.reason()) }),
    }
}

/// Why a server would refuse this token. `wanted`: the time, the audience, a session's three numbers, how many issuers,
/// the issuers, and the authorized parties.
#[wasm_bindgen(js_name = explainToken)]
pub fn explain_token(token: String, wanted: &[f64]) -> JsValue {
    let &[now, audience, session_id, user_id, started_at, count, ref rest @ ..] = wanted else { return JsValue::NULL };
    let (issuers, parties) = rest.split_at(rest.len().min(count as usize));
    let expected = Expected {
        issuers: names(issuers),
        audience: name(audience),
        parties: names(parties),
        session: session(session_id, user_id, started_at),
    };
    to_js(read(token, |token| explain(Some(token), &expected, time(now))).as_slice())
}

/// May this text go into a request behind `Bearer`?
#[wasm_bindgen(js_name = isBearable)]
pub fn is_bearable(token: &str) -> bool {
    header::bearer(token).is_some()
}

/// What a request carries without a token, where no instance can be asked: as `Tab.missing`.
/// `multi_session`: 0 no, 1 yes, 2 not known.
#[wasm_bindgen]
pub fn missing(on_missing: u32, multi_session: u8, malformed: bool) -> JsValue {
    let multi_session = (multi_session < 2).then_some(multi_session == 1);
    let reason = if malformed { Code::TokenMalformed } else { Code::TokenMissing };
    verdict(header::without_token(policy(on_missing), multi_session, reason))
}

/// Undefined = nothing, a code = fail closed, an error = reject.
pub fn verdict(missing: Missing) -> JsValue {
    match missing {
        Missing::Nothing => JsValue::UNDEFINED,
        Missing::FailClosed(code) => code.as_str().into(),
        Missing::Reject(error) => to_js(error),
    }
}

/// An error where a caller's own `authorization` is a `Bearer` without a token.
#[wasm_bindgen(js_name = checkAuthorization)]
pub fn check_authorization(value: &str) -> JsValue {
    header::check_authorization(value).map_or_else(to_js, |()| JsValue::UNDEFINED)
}

/// Would another token help against this answer? `challenge`: its `www-authenticate`, empty where there is none.
#[wasm_bindgen(js_name = asksForAnotherToken)]
pub fn asks_for_another_token(response: web_sys::Response, challenge: &str) -> bool {
    challenge::asks_for_another_token(response.status(), Some(challenge))
}

/// Why a request to another origin goes without the token.
#[wasm_bindgen(js_name = originRefused)]
pub fn origin_refused(origin: &str) -> JsValue {
    let detail = Detail::About(&["The token is not for ", "."], origin.into());
    to_js(Error { code: Code::OriginNotAllowed, detail })
}
