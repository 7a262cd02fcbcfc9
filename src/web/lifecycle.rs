//! What the page lives through. Each listener goes when its handle does.

use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

/// A listener that is removed on drop.
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    closure: Closure<dyn Fn()>,
}

impl Listener {
    fn new(target: &EventTarget, kind: &'static str, callback: impl Fn() + 'static) -> Self {
        let closure = Closure::<dyn Fn()>::new(callback);
        let _ = target.add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), kind, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.kind, self.closure.as_ref().unchecked_ref());
    }
}

/// What happened to the page.
#[derive(Clone, Copy)]
pub enum Moment {
    /// Connectivity may have changed.
    Network,
    /// The page may have slept: look at everything afresh.
    Wake,
}

/// Listens to everything that matters, where there is a window.
pub fn listen(callback: impl Fn(Moment) + Clone + 'static) -> Vec<Listener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let mut listeners = Vec::new();
    let mut on = |target: &EventTarget, kind: &'static str, moment: Moment| {
        let callback = callback.clone();
        listeners.push(Listener::new(target, kind, move || callback(moment)));
    };
    on(&window, "online", Moment::Network);
    on(&window, "offline", Moment::Network);
    on(&window, "focus", Moment::Wake);
    on(&window, "pageshow", Moment::Wake);
    if let Some(document) = window.document() {
        on(&document, "visibilitychange", Moment::Wake);
        on(&document, "resume", Moment::Wake);
    }
    listeners
}
