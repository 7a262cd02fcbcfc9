//! A tab of the shell, and a host in JavaScript that notes what it is called for.

use std::rc::Rc;
use tabpin::core::session::SessionRef;
use tabpin::web::host::Host;
use tabpin::web::numbers::name_of;
use tabpin::web::tab::Tab;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = r#"
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
export const message = (call) => {
  try {
    call();
  } catch (error) {
    return error.message;
  }
};
/** From now on the monotonic clock is so far ahead; 0 puts it right. */
export const hurry = (ms) => {
  delete performance.now;
  const right = performance.now.bind(performance);
  if (ms > 0) performance.now = () => right() + ms;
};
export class Recorder {
  log = []; depth = 0; deepest = 0; back = null; flight = 0; fault = ''; hopes = new Map();
  call(...words) {
    const line = words.filter((word) => word != null).join(' ');
    this.depth += 1;
    this.deepest = Math.max(this.deepest, this.depth);
    this.log.push(line);
    this.back?.(line);
    this.hopes.get(line)?.();
    this.depth -= 1;
    if (this.fault && line.startsWith(this.fault)) throw new Error(`no ${this.fault}`);
  }
  /** Resolves with the next line of this text. */
  until(line) { return new Promise((resolve) => this.hopes.set(line, resolve)); }
  order(kind, id, number, text, value) {
    const session = value?.userId;
    const orders = [
      () => ((this.flight = id), this.call('mint', session, text || null)),
      () => this.call('errand', number, session),
      () => this.call('look'),
      () => this.call('store', JSON.stringify(value)),
      () => this.call('share', number),
      () => this.call('abort'),
      () => this.call('token', id, number),
      () => this.call('null', id),
      () => this.call('done', id),
      () => this.call('reject', id, value.code),
      () => this.call('judge', id, number),
      () => this.call('ended', id),
      () => this.call('account', id, session),
      () => this.call('snapshot', value.status, value.session?.userId),
      () => this.call('event', value.type, value.cause, value.error?.code, value.error?.message),
      () => this.call('keep', value),
      () => this.call('lock', id),
      () => this.call('unlock', id),
      () => this.call('timer'),
    ];
    (orders[kind] ?? (() => this.call('say', kind - orders.length)))();
  }
}
"#)]
extern "C" {
    pub fn jwt(seconds: f64) -> String;
    pub fn timers() -> js_sys::Function;
    pub fn message(call: &JsValue) -> Option<String>;
    pub fn hurry(ms: f64);

    #[wasm_bindgen(extends = Host)]
    #[derive(Clone)]
    pub type Recorder;
    #[wasm_bindgen(constructor)]
    pub fn new() -> Recorder;
    #[wasm_bindgen(method, getter)]
    pub fn log(this: &Recorder) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    pub fn deepest(this: &Recorder) -> u32;
    #[wasm_bindgen(method, getter)]
    pub fn flight(this: &Recorder) -> u32;
    #[wasm_bindgen(method, setter)]
    pub fn set_back(this: &Recorder, back: &JsValue);
    #[wasm_bindgen(method)]
    pub fn until(this: &Recorder, line: &str) -> js_sys::Promise;
    #[wasm_bindgen(method, setter)]
    pub fn set_fault(this: &Recorder, fault: &str);
}

// What the tab is told, by the numbers that TypeScript has for it.
pub const NO_STRING: u8 = 2;
pub const CANCEL: u8 = 5;
pub const ASK: u8 = 6;
pub const PIN: u8 = 8;
pub const START: u8 = 10;
pub const VIEW: u8 = 11;
pub const CONSUMER: u8 = 12;
pub const ONLINE: u8 = 13;
pub const TIMER: u8 = 15;
pub const DISPOSE: u8 = 16;
pub const JUDGED: u8 = 27;

pub const NAN: f64 = f64::NAN;
pub const INFINITY: f64 = f64::INFINITY;
/// An ask as the first account, for the default token.
pub const GET_TOKEN: [f64; 6] = [0.0, 0.0, 0.0, 0.0, 0.0, -1.0];

pub fn number(text: &str) -> f64 {
    name_of(text).into()
}

/// The four numbers of a session that the source shows.
pub fn seen(who: &str) -> [f64; 4] {
    [number(&format!("sess_{who}")), number(&format!("user_{who}")), NAN, 0.0]
}

pub fn reference(who: &str) -> SessionRef {
    let session_id = Some(format!("sess_{who}").as_str().into());
    SessionRef { session_id, user_id: format!("user_{who}").as_str().into(), started_at: None }
}

/// A tab of a source that has `current`, not yet in use.
pub fn tab() -> (Rc<Tab>, Recorder) {
    let recorder = Recorder::new();
    let options = [0.0, 0.0, 1.0, 10_000.0, 10_000.0, 30_000.0, 1.0];
    (Rc::new(Tab::new(recorder.clone().unchecked_into(), &options)), recorder)
}

/// The first use, with Ada in this tab and Bob beside her.
pub fn start(tab: &Tab) {
    tab.tell(START, 0, &[1.0, 1.0]);
    tab.tell(VIEW, 0, &view());
}

pub fn view() -> Vec<f64> {
    [[2.0, 1.0, 0.0, 0.0], seen("ada"), seen("ada"), seen("bob")].concat()
}

/// The first waiter's token comes in under 7 and lives for so long.
pub fn mint(tab: &Tab, recorder: &Recorder, seconds: f64) {
    tab.tell(ASK, 1, &GET_TOKEN);
    tab.token(recorder.flight(), 7, jwt(seconds));
}

pub fn has(recorder: &Recorder, line: &str) -> bool {
    recorder.log().iter().any(|other| other == line)
}

pub fn delays(stop: &js_sys::Function) -> Vec<f64> {
    let running = stop.call0(&JsValue::NULL).expect("it only restores");
    js_sys::Array::from(&running).iter().filter_map(|delay| delay.as_f64()).collect()
}

/// A token of Ada's at hand, by the hot path.
pub fn at_hand(tab: &Tab) -> u32 {
    tab.hit(js_sys::Date::now(), 0, 0, 5)
}
