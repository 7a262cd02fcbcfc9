//! The rules without an instance.

use super::convert::{bag, session, thrown, to_js};
use super::tab::policy;
use crate::core::error::{Code, Detail, Error};
use crate::core::explain::{Expected, explain};
use crate::core::header::{self, Missing};
use crate::core::name::Name;
use crate::core::{challenge, claims};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What `explainToken` is to compare with; JavaScript has made lists of the alternatives.
    pub type Wanted;

    #[wasm_bindgen(method, structural, getter)]
    fn issuers(this: &Wanted) -> Vec<String>;
    #[wasm_bindgen(method, structural, getter)]
    fn audience(this: &Wanted) -> Option<String>;
    #[wasm_bindgen(method, structural, getter)]
    fn parties(this: &Wanted) -> Vec<String>;
    #[wasm_bindgen(method, structural, getter)]
    fn session(this: &Wanted) -> JsValue;
    #[wasm_bindgen(method, structural, getter)]
    fn now(this: &Wanted) -> f64;
}

/// The payload's JSON; throws `token_malformed`.
#[wasm_bindgen(js_name = decodePayload)]
pub fn decode_payload(token: String) -> Result<String, JsValue> {
    let mut bytes = token.into_bytes();
    let payload = claims::payload(&bytes);
    bytes.fill(0);
    std::hint::black_box(&bytes);
    payload.map_err(|reason| thrown(&Error { code: Code::TokenMalformed, detail: Detail::Unusable(reason.reason()) }))
}

/// Why a server would refuse this token.
#[wasm_bindgen(js_name = explainToken)]
pub fn explain_token(token: Option<String>, wanted: &Wanted) -> JsValue {
    let expected = Expected {
        issuers: names(wanted.issuers()),
        audience: wanted.audience().map(Name::from),
        parties: names(wanted.parties()),
        session: bag(&wanted.session()).and_then(|_| session(&wanted.session())),
    };
    let mut bytes = token.unwrap_or_default().into_bytes();
    let findings = explain(Some(&bytes), &expected, wanted.now() as i64);
    bytes.fill(0);
    std::hint::black_box(&bytes);
    to_js(&findings)
}

fn names(texts: Vec<String>) -> Vec<Name> {
    texts.into_iter().map(Name::from).collect()
}

/// May this text go into a request behind `Bearer`?
#[wasm_bindgen(js_name = isBearable)]
pub fn is_bearable(token: String) -> bool {
    header::bearer(&token).is_some()
}

/// What a request carries without a token, where no instance can be asked: as `Tab.missing`.
#[wasm_bindgen]
pub fn missing(name: &str, multi_session: Option<bool>, malformed: bool) -> JsValue {
    let reason = if malformed { Code::TokenMalformed } else { Code::TokenMissing };
    match header::without_token(policy(name), multi_session, reason) {
        Missing::Nothing => JsValue::UNDEFINED,
        Missing::FailClosed(code) => code.as_str().into(),
        Missing::Reject(error) => thrown(&error),
    }
}

/// Throws where a caller's own `authorization` is a `Bearer` without a token.
#[wasm_bindgen(js_name = checkAuthorization)]
pub fn check_authorization(value: &str) -> Result<(), JsValue> {
    header::check_authorization(value).map_err(|error| thrown(&error))
}

/// Would another token help against a 401 with this `WWW-Authenticate`?
#[wasm_bindgen(js_name = asksForAnotherToken)]
pub fn asks_for_another_token(challenge: Option<String>) -> bool {
    challenge::asks_for_another_token(challenge.as_deref())
}

/// Every error code, for the test that keeps TypeScript's union equal.
#[wasm_bindgen(js_name = errorCodes)]
pub fn error_codes() -> Vec<String> {
    Code::ALL.iter().map(|code| code.as_str().to_owned()).collect()
}
