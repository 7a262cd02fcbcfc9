//! What only Rust in a browser can show: storage, listeners, timers, and a drain loop that is called back into.
#![cfg(target_arch = "wasm32")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tabpin::core::pin::Stored;
use tabpin::core::session::{Ambient, Current, SessionRef};
use tabpin::web::convert::{DATE_LIMIT, failure, session, to_js};
use tabpin::web::host::Host;
use tabpin::web::lifecycle::listen;
use tabpin::web::source::Source;
use tabpin::web::storage::Memory;
use tabpin::web::tab::{Options, Tab};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
export const value = (text) => (0, eval)(`(${text})`);
export const dispatch = (kind) => (kind === 'visibilitychange' ? document : window).dispatchEvent(new Event(kind));
export const options = (namespace) => ({
  template: undefined, namespace, issuers: [], onMissingToken: 'auto', autoRefresh: true,
  leewayMs: 10000, timeoutMs: 10000, giveUpAfterMs: 30000,
});
export const jwt = (seconds) => {
  const part = (value) => btoa(JSON.stringify(value)).replaceAll('=', '');
  const iat = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: 'user_ada', sid: 'sess_ada', iat, exp: iat + seconds })}.x`;
};
/** Delays of the timers that are running. */
export const timers = () => {
  const { setTimeout, clearTimeout } = globalThis;
  const running = new Map();
  globalThis.setTimeout = (callback, delay, ...rest) => {
    const id = setTimeout(() => (running.delete(id), callback()), delay, ...rest);
    running.set(id, delay);
    return id;
  };
  globalThis.clearTimeout = (id) => (running.delete(id), clearTimeout(id));
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    return [...running.values()];
  };
};
export class Recorder {
  log = []; texts = []; depth = 0; deepest = 0; back = null; followed = null;
  call(line) {
    this.depth += 1;
    this.deepest = Math.max(this.deepest, this.depth);
    this.log.push(line);
    this.back?.(line);
    this.depth -= 1;
  }
  settle(waiter, kind) { this.call(`settle ${waiter} ${kind}`); }
  judge() { this.call('judge'); return true; }
  ended(account) { this.call(`ended ${account}`); }
  account(account, key, session) { this.call(`account ${account} ${session?.userId}`); }
  snapshot({ status, session }) { this.call(`snapshot ${status} ${session?.userId}`); }
  event({ type, cause }) { this.call(`event ${type} ${cause ?? ''}`.trim()); }
  intern(text) { return this.texts.includes(text) ? this.texts.indexOf(text) + 1 : this.texts.push(text); }
  keep() {}
  follow(id, value) { this.followed = { id, value }; this.call('follow'); }
}
"#)]
extern "C" {
    fn value(text: &str) -> JsValue;
    fn dispatch(kind: &str);
    fn options(namespace: &str) -> Options;
    fn jwt(seconds: f64) -> JsValue;
    fn timers() -> js_sys::Function;

    #[wasm_bindgen(extends = Host)]
    #[derive(Clone)]
    type Recorder;
    #[wasm_bindgen(constructor)]
    fn new() -> Recorder;
    #[wasm_bindgen(method, getter)]
    fn log(this: &Recorder) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    fn deepest(this: &Recorder) -> u32;
    #[wasm_bindgen(method, setter)]
    fn set_back(this: &Recorder, back: &JsValue);
    #[wasm_bindgen(method, getter)]
    fn followed(this: &Recorder) -> JsValue;
}

/// A source that is two users' and one call of whose members is counted; `more` adds to it, or replaces.
fn source(more: &str) -> Source {
    let ada = "{ userId: 'user_ada', sessionId: 'sess_ada' }";
    let bob = "{ userId: 'user_bob', sessionId: 'sess_bob' }";
    let text =
        format!("{{ getToken: () => 'pending', current: () => ({ada}), sessions: () => [{ada}, {bob}], {more} }}");
    value(&text).unchecked_into()
}

fn tab(namespace: &str, source: Source) -> (Tab, Recorder) {
    let recorder = Recorder::new();
    (Tab::new(&options(namespace), source, recorder.clone().unchecked_into()), recorder)
}

fn bob() -> SessionRef {
    SessionRef { session_id: Some("sess_bob".into()), user_id: "user_bob".into(), started_at: Some(5) }
}

/// The first waiter's token comes in and lives for so long.
fn mint(tab: &Tab, recorder: &Recorder, seconds: f64) {
    tab.ask(1, 0, 0, 0, false, 0, -1.0);
    let id = js_sys::Reflect::get(&recorder.followed(), &"id".into()).ok().and_then(|id| id.as_f64());
    tab.fulfilled(id.expect("a mint is under way") as u32, &jwt(seconds));
}

#[wasm_bindgen_test]
fn a_pin_survives_in_session_storage_under_its_namespace() {
    let (one, two) = (Memory::new("round"), Memory::new("other"));
    assert_eq!(one.read(), Ok(None));
    let stored = Stored { session: bob(), seen: 1_800_000_000_000 };
    one.write(Some(&stored));
    assert_eq!(Memory::new("round").read(), Ok(Some(stored)));
    assert_eq!(two.read(), Ok(None));
    one.write(None);
    assert_eq!(one.read(), Ok(None));
}

#[wasm_bindgen_test]
fn a_session_without_an_id_survives_too() {
    let memory = Memory::new("bare");
    let session = SessionRef { session_id: None, user_id: "é \"\\ \u{1f600}".into(), started_at: None };
    memory.write(Some(&Stored { session: session.clone(), seen: 0 }));
    assert_eq!(memory.read().ok().flatten().map(|stored| stored.session), Some(session));
    memory.write(None);
}

#[wasm_bindgen_test]
fn listeners_hear_of_every_moment_until_they_are_dropped() {
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    let listeners = listen(move |_| counter.set(counter.get() + 1));
    let kinds = ["online", "offline", "focus", "pageshow", "visibilitychange"];
    kinds.iter().for_each(|kind| dispatch(kind));
    assert_eq!(count.get(), kinds.len());
    drop(listeners);
    kinds.iter().for_each(|kind| dispatch(kind));
    assert_eq!(count.get(), kinds.len());
}

#[wasm_bindgen_test]
fn what_storage_says_comes_before_a_source_that_calls_back_while_it_is_subscribed_to() {
    Memory::new("early").write(Some(&Stored { session: bob(), seen: 0 }));
    let (tab, recorder) = tab("early", source("subscribe: (listener) => (listener(), () => {})"));
    tab.start();
    assert!(recorder.log().contains(&"event pinned restored".into()), "{:?}", recorder.log());
    assert!(recorder.log().contains(&"snapshot signed_in user_bob".into()));
    tab.dispose();
    Memory::new("early").write(None);
}

#[wasm_bindgen_test]
fn a_host_that_calls_back_is_never_called_within_a_call() {
    let (tab, recorder) = tab("reentrant", source(""));
    let tab = Rc::new(tab);
    let asked = Rc::new(Cell::new(10));
    let (inner, count) = (tab.clone(), asked.clone());
    let back = Closure::<dyn Fn(String)>::new(move |_| {
        inner.stats();
        inner.snapshot();
        inner.hit(0.0, 0.0, 0, 0, true);
        inner.missing(None, 0);
        inner.consumer(0, 5.0);
        inner.consumer(0, -1.0);
        if count.get() < 20 {
            count.set(count.get() + 1);
            inner.ask(count.get(), 0, 0, 2, false, 0, -1.0);
            inner.cancel(count.get());
        }
    });
    recorder.set_back(back.as_ref());
    tab.start();
    mint(&tab, &recorder, 60.0);
    recorder.set_back(&JsValue::NULL);
    assert_eq!(recorder.deepest(), 1);
    let log = recorder.log();
    assert!(log.contains(&"settle 1 0".into()), "{log:?}");
    for waiter in 11..=20 {
        let answers = log.iter().filter(|line| line.starts_with(&format!("settle {waiter} "))).count();
        assert_eq!(answers, 1, "waiter {waiter}: {log:?}");
    }
    tab.dispose();
}

#[wasm_bindgen_test]
fn events_are_told_after_the_account_and_the_snapshot_that_they_are_about() {
    let (tab, recorder) = tab("order", source(""));
    tab.start();
    let log = recorder.log();
    let at = |line: &str| log.iter().position(|other| other == line).unwrap_or_else(|| panic!("{line}: {log:?}"));
    assert!(at("account 0 user_ada") < at("event pinned first"));
    assert!(at("snapshot signed_in user_ada") < at("event pinned first"));
    tab.dispose();
}

#[wasm_bindgen_test]
fn a_refresh_months_away_is_no_timer_that_fires_at_once() {
    let stop = timers();
    let (tab, recorder) = tab("far", source(""));
    tab.start();
    mint(&tab, &recorder, 100.0 * 86_400.0);
    let running: Vec<f64> = delays(&stop);
    assert_eq!(running, [f64::from(i32::MAX)]);
    tab.dispose();
}

#[wasm_bindgen_test]
fn one_timer_runs_at_a_time_and_none_after_dispose() {
    let stop = timers();
    let (tab, recorder) = tab("single", source(""));
    tab.start();
    mint(&tab, &recorder, 60.0);
    (2..9).for_each(|waiter| tab.ask(waiter, 0, 0, 0, true, 0, 5_000.0));
    tab.dispose();
    assert!(delays(&stop).is_empty());
    assert!(recorder.log().contains(&"ended 0".into()));
}

#[wasm_bindgen_test]
fn after_dispose_neither_the_page_nor_the_source_is_heard_or_asked() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let calls = asked.clone();
    let note = Closure::<dyn Fn(String)>::new(move |what| calls.borrow_mut().push(what));
    let made = source("subscribe(listener) { this.listener = listener; return () => this.note('stop'); }");
    let set = |name: &str, value: &JsValue| js_sys::Reflect::set(&made, &name.into(), value).expect("a plain object");
    set("note", note.as_ref());
    let (tab, recorder) = tab("over", made.clone());
    tab.start();
    tab.ask(1, 0, 0, 0, false, 0, -1.0);
    tab.dispose();
    let current = value("function () { this.note('current'); return null; }");
    set("current", &current);
    let lines = recorder.log().len();
    for kind in ["online", "focus", "pageshow", "visibilitychange"] {
        dispatch(kind);
    }
    let listener = js_sys::Reflect::get(&made, &"listener".into()).expect("a plain object");
    listener.unchecked_into::<js_sys::Function>().call0(&JsValue::NULL).expect("a late call is harmless");
    tab.fulfilled(1, &jwt(60.0));
    tab.rejected(1, &JsValue::NULL);
    assert_eq!(recorder.log().len(), lines);
    assert_eq!(*asked.borrow(), ["stop"]);
}

#[wasm_bindgen_test]
fn a_source_that_throws_or_talks_nonsense_is_not_known() {
    let broken = "() => { throw new Error('no'); }";
    let text =
        format!("current: {broken}, sessions: {broken}, ambient: {broken}, variant: {broken}, subscribe: {broken}");
    let view = source(&text).view();
    assert_eq!((view.current, view.sessions, view.ambient), (Current::Unknown, None, Ambient::Unknown));
    assert!(source(&text).listen(&JsValue::NULL).is_none());
    let view = source("current: () => 5, sessions: () => 'text', ambient: () => 5").view();
    assert_eq!((view.current, view.sessions, view.ambient), (Current::Unknown, None, Ambient::Unknown));
    let able = source("current: 5, select: 'text', perTab: 0, reload() {}").abilities();
    assert_eq!((able.current, able.select, able.per_tab, able.reload), (false, false, false, true));
}

#[wasm_bindgen_test]
fn a_rejection_of_any_kind_is_read_as_far_as_it_can_be() {
    let read = |text: &str| failure(&value(text));
    for odd in ["null", "undefined", "5", "'text'", "Symbol('x')", "({})", "({ errors: 5 })", "({ errors: null })"] {
        assert_eq!(read(odd), failure(&JsValue::NULL), "{odd}");
    }
    let throwing = "new Proxy({}, { get() { throw new Error('no'); } })";
    assert_eq!(read(throwing), failure(&JsValue::NULL));
    let clerk = read("({ status: 429, retryAfter: 2, errors: [{ code: 'too_many_requests' }] })");
    assert_eq!((clerk.status, clerk.retry_after, clerk.network), (Some(429), Some(2_000), false));
    assert_eq!(clerk.code.as_deref(), Some("too_many_requests"));
    assert!(read("new TypeError('Failed to fetch')").network);
    assert!(read("({ code: 'clerk_offline' })").network);
}

#[wasm_bindgen_test]
fn a_session_keeps_only_what_it_should_have() {
    let read = |text: &str| session(&value(text));
    assert_eq!(read("({ userId: 'user_bob', sessionId: 'sess_bob', startedAt: 5.9, other: 1 })"), Some(bob()));
    assert_eq!(read("({ userId: 5 })"), None);
    assert_eq!(read("'user_bob'"), None);
    let far = read("({ userId: 'a', startedAt: 1e300 })").expect("a session");
    assert_eq!((far.session_id.as_deref(), far.started_at), (None, Some(DATE_LIMIT)));
    assert!(to_js(&far).is_object(), "whatever is read can be written");
}

fn delays(stop: &js_sys::Function) -> Vec<f64> {
    let running = stop.call0(&JsValue::NULL).expect("it only restores");
    js_sys::Array::from(&running).iter().filter_map(|delay| delay.as_f64()).collect()
}
