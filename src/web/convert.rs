//! Values across the border: serde-wasm-bindgen for what goes out, typed getters for what comes in.

use crate::core::error::{Code, Error};
use crate::core::input::Failure;
use crate::core::mint::is_plain;
use crate::core::name::Name;
use crate::core::session::SessionRef;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Anything whose members are read one by one.
    pub type Bag;

    #[wasm_bindgen(method, structural, getter, catch, js_name = sessionId)]
    fn session_id(this: &Bag) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch, js_name = userId)]
    fn user_id(this: &Bag) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch, js_name = startedAt)]
    fn started_at(this: &Bag) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch)]
    fn status(this: &Bag) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch)]
    fn code(this: &Bag) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch)]
    fn errors(this: &Bag) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch)]
    fn message(this: &Bag) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, getter, catch, js_name = retryAfter)]
    fn retry_after(this: &Bag) -> Result<JsValue, JsValue>;
}

/// A value for JavaScript: absent values are null, as the contract says.
pub fn to_js(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true);
    value.serialize(&serializer).unwrap_or(JsValue::NULL)
}

/// The members of a value, where it can have any.
pub fn bag(value: &JsValue) -> Option<&Bag> {
    value.is_object().then(|| value.unchecked_ref())
}

/// A session as the source or the application gives it.
pub fn session(value: &JsValue) -> Option<SessionRef> {
    let bag = bag(value)?;
    Some(SessionRef {
        session_id: bag.session_id().ok()?.as_string().map(Name::from),
        user_id: bag.user_id().ok()?.as_string()?.into(),
        started_at: bag.started_at().ok().and_then(|at| at.as_f64()).map(|at| at as i64),
    })
}

/// What a rejection says of itself: status and code, Clerk's list of errors included. Its message is only compared.
pub fn failure(error: &JsValue) -> Failure {
    let Some(bag) = bag(error) else { return Failure::default() };
    let text = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_string());
    let number = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64());
    let listed = bag.errors().ok().filter(js_sys::Array::is_array).map(|errors| js_sys::Array::from(&errors).get(0));
    let code = text(bag.code()).or_else(|| text(self::bag(listed.as_ref()?)?.code()));
    let message = text(bag.message()).unwrap_or_default();
    let network = code.as_deref() == Some("clerk_offline") || NETWORK.iter().any(|known| message.starts_with(known));
    Failure {
        status: number(bag.status()).map(|status| status as u16),
        code: code.filter(|code| is_plain(code)).map(Name::from),
        retry_after: number(bag.retry_after()).map(|seconds| (seconds * 1000.0) as u64),
        network,
    }
}

/// How Chromium, Firefox, Safari and Node word a `fetch` that found no network. They give no code.
const NETWORK: [&str; 4] = ["Failed to fetch", "NetworkError", "Load failed", "fetch failed"];

/// The code of this name.
pub fn code(name: &str) -> Code {
    Code::ALL.iter().copied().find(|code| code.as_str() == name).unwrap_or(Code::TokenMissing)
}

/// An error to be thrown; JavaScript makes a `TabAuthError` of it.
pub fn thrown(error: &Error) -> JsValue {
    to_js(error)
}
