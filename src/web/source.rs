//! The provider's adapter: what it can do, what it says, and calls of it. Whatever it throws is an answer too.

use super::convert::{failure, session, to_js};
use crate::core::config::Abilities;
use crate::core::input::{Failure, FlightId};
use crate::core::name::Name;
use crate::core::output::Task;
use crate::core::session::{Ambient, Current, Seen, SessionRef, View};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

#[wasm_bindgen]
extern "C" {
    /// A `TokenSource`.
    #[derive(Clone)]
    pub type Source;

    #[wasm_bindgen(method, catch, js_name = getToken)]
    fn get_token(this: &Source, request: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn current(this: &Source) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sessions(this: &Source) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn ambient(this: &Source) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn variant(this: &Source, session: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn select(this: &Source, session: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn reload(this: &Source, session: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = signOut)]
    fn sign_out(this: &Source, session: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn subscribe(this: &Source, listener: &JsValue) -> Result<JsValue, JsValue>;
}

/// A `TokenRequest`, but for its signal.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    session: Option<SessionRef>,
    skip_cache: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Name>,
}

impl Source {
    fn member(&self, name: &str) -> JsValue {
        js_sys::Reflect::get(self, &name.into()).unwrap_or(JsValue::UNDEFINED)
    }

    fn has(&self, name: &str) -> bool {
        self.member(name).is_function()
    }

    /// Which of the optional members there are.
    pub fn abilities(&self) -> Abilities {
        Abilities {
            current: self.has("current"),
            per_tab: self.member("perTab").is_truthy(),
            select: self.has("select"),
            sign_out: self.has("signOut"),
            reload: self.has("reload"),
        }
    }

    /// Everything that the source says now. Throwing is the same as not knowing.
    pub fn view(&self) -> View {
        let current = match self.has("current").then(|| self.current()) {
            Some(Ok(value)) if value.is_null() => Current::Nobody,
            Some(Ok(value)) => session(&value).map_or(Current::Unknown, |session| Current::Session(self.seen(session))),
            _ => Current::Unknown,
        };
        let sessions = self.has("sessions").then(|| self.sessions().ok()).flatten();
        let sessions = sessions.filter(js_sys::Array::is_array).map(|list| {
            let list = js_sys::Array::from(&list);
            list.iter().filter_map(|value| session(&value)).map(|session| self.seen(session)).collect()
        });
        View { current, sessions, ambient: self.ambient_now() }
    }

    /// Whom the cookie stands for at this moment.
    pub fn ambient_now(&self) -> Ambient {
        match self.has("ambient").then(|| self.ambient()) {
            Some(Ok(value)) if value.is_null() => Ambient::Nobody,
            Some(Ok(value)) if value.is_object() => {
                let sid = js_sys::Reflect::get(&value, &"sessionId".into()).ok();
                Ambient::Session(sid.and_then(|sid| sid.as_string()).map(Name::from))
            }
            _ => Ambient::Unknown,
        }
    }

    fn seen(&self, session: SessionRef) -> Seen {
        let variant = self.has("variant").then(|| self.variant(&to_js(&session)).ok()).flatten();
        Seen { session, variant: variant.and_then(|variant| variant.as_string()).map(Name::from) }
    }

    /// Calls `getToken`; a promise, or whatever else it returned.
    pub fn mint(
        &self,
        session: Option<SessionRef>,
        template: Option<Name>,
        skip_cache: bool,
        abort: &AbortController,
    ) -> Result<JsValue, Failure> {
        let request = to_js(&Request { session, skip_cache, template });
        let _ = js_sys::Reflect::set(&request, &"signal".into(), &abort.signal());
        self.get_token(&request).map_err(|error| failure(&error))
    }

    /// Has something done for a session.
    pub fn run(&self, task: Task, session: SessionRef) -> Result<JsValue, Failure> {
        let session = to_js(&session);
        let result = match task {
            Task::Select => self.select(&session),
            Task::SignOut => self.sign_out(&session),
            Task::Reload => self.reload(&session),
        };
        result.map_err(|error| failure(&error))
    }

    /// Calls back whenever an answer may have changed; the returned function ends that.
    pub fn listen(&self, listener: &JsValue) -> Option<js_sys::Function> {
        self.has("subscribe").then(|| self.subscribe(listener).ok()).flatten()?.dyn_into().ok()
    }
}

/// A mint under way, and the handle to call it off.
pub struct Minting {
    /// Which.
    pub flight: FlightId,
    /// Its signal's owner.
    pub abort: AbortController,
}
