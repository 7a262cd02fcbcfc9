//! The pin across a reload: ids, and when they were last seen alive, in session storage. Never a token.

use super::convert::{bag, session, to_js};
use crate::core::pin::Stored;
use crate::core::session::SessionRef;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::Storage;

#[derive(Serialize)]
struct Entry {
    session: SessionRef,
    seen: i64,
}

/// Session storage under one namespace.
pub struct Memory {
    key: String,
}

impl Memory {
    /// Of this namespace.
    pub fn new(namespace: &str) -> Self {
        Self { key: String::from("tabpin:") + namespace + ":pin" }
    }

    /// `Ok(None)` where there is no window; `Err` where the browser forbids it.
    fn storage() -> Result<Option<Storage>, ()> {
        web_sys::window().map_or(Ok(None), |window| window.session_storage().map_err(drop))
    }

    /// The pin from before the reload. What cannot be read as one is none.
    pub fn read(&self) -> Result<Option<Stored>, ()> {
        let Some(storage) = Self::storage()? else { return Ok(None) };
        let text = storage.get_item(&self.key).map_err(drop)?;
        let entry = text.and_then(|text| js_sys::JSON::parse(&text).ok());
        Ok(entry.and_then(|entry| {
            bag(&entry)?;
            let get = |name: &str| js_sys::Reflect::get(&entry, &name.into()).ok();
            Some(Stored { session: session(&get("session")?)?, seen: get("seen")?.as_f64()? as i64 })
        }))
    }

    /// Writes the pin, or removes it. Where that fails, a reload starts afresh.
    pub fn write(&self, stored: Option<Stored>) {
        let Ok(Some(storage)) = Self::storage() else { return };
        let _ = match stored {
            Some(Stored { session, seen }) => {
                let text = js_sys::JSON::stringify(&to_js(&Entry { session, seen })).ok();
                storage.set_item(&self.key, &text.and_then(|text| text.as_string()).unwrap_or_default())
            }
            None => storage.remove_item(&self.key),
        };
    }
}

/// `true` unless the browser says otherwise.
pub fn is_online() -> bool {
    web_sys::window()
        .is_none_or(|window| window.navigator().on_line() || JsValue::from(window.navigator()).is_undefined())
}
