//! What only Rust in a browser can show: timers, a drain loop that is called back into, a host that throws, and what
//! comes in as numbers and as a token's text.
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;
use std::rc::Rc;
use tabpin::core::clock::NEVER;
use tabpin::core::config::{Abilities, Config, OnMissing};
use tabpin::core::input::{Answer, Ask, Failure, Input, Style};
use tabpin::core::pin::Stored;
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};
use tabpin::web::host::Host;
use tabpin::web::numbers::{ambient, code_of, config, duration, input, name, name_of, names, session, time};
use tabpin::web::tab::Tab;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

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
export const now = () => performance.now();
/** From now on the monotonic clock is so far ahead; 0 puts it right. */
export const hurry = (ms) => {
  delete performance.now;
  const right = performance.now.bind(performance);
  if (ms > 0) performance.now = () => right() + ms;
};
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export class Recorder {
  log = []; depth = 0; deepest = 0; back = null; flight = 0; fault = '';
  call(...words) {
    const line = words.filter((word) => word != null).join(' ');
    this.depth += 1;
    this.deepest = Math.max(this.deepest, this.depth);
    this.log.push(line);
    this.back?.(line);
    this.depth -= 1;
    if (this.fault && line.startsWith(this.fault)) throw new Error(`no ${this.fault}`);
  }
  mint(flight, session, template) { this.flight = flight; this.call('mint', session?.userId, template); }
  abort() { this.call('abort'); }
  settle(waiter, kind, token) { this.call('settle', waiter, kind, token); }
  reject(waiter, { code }) { this.call('reject', waiter, code); }
  judge(waiter, token) { this.call('judge', waiter, token); return true; }
  errand(id, task, session) { this.call('errand', task, session.userId); }
  look() { this.call('look'); }
  store(pin) { this.call('store', JSON.stringify(pin)); }
  ended(account) { this.call('ended', account); }
  account(account, key, session) { this.call('account', account, session?.userId); }
  snapshot({ status, session }) { this.call('snapshot', status, session?.userId); }
  event({ type, cause, error }) { this.call('event', type, cause, error?.code, error?.message); }
  keep(tokens) { this.call('keep', tokens); }
  share(kind) { this.call('share', kind); }
  say(kind) { this.call('say', kind); }
  lock(id) { this.call('lock', id); }
  unlock(id) { this.call('unlock', id); }
  timer() { this.call('timer'); }
}
"#)]
extern "C" {
    fn jwt(seconds: f64) -> String;
    fn timers() -> js_sys::Function;
    fn message(call: &JsValue) -> Option<String>;
    fn pause(ms: u32) -> js_sys::Promise;
    fn now() -> f64;
    fn hurry(ms: f64);

    #[wasm_bindgen(extends = Host)]
    #[derive(Clone)]
    type Recorder;
    #[wasm_bindgen(constructor)]
    fn new() -> Recorder;
    #[wasm_bindgen(method, getter)]
    fn log(this: &Recorder) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    fn deepest(this: &Recorder) -> u32;
    #[wasm_bindgen(method, getter)]
    fn flight(this: &Recorder) -> u32;
    #[wasm_bindgen(method, setter)]
    fn set_back(this: &Recorder, back: &JsValue);
    #[wasm_bindgen(method, setter)]
    fn set_fault(this: &Recorder, fault: &str);
}

// What the tab is told, by the numbers that TypeScript has for it.
const NO_STRING: u8 = 2;
const CANCEL: u8 = 5;
const ASK: u8 = 6;
const PIN: u8 = 8;
const START: u8 = 10;
const VIEW: u8 = 11;
const CONSUMER: u8 = 12;
const ONLINE: u8 = 13;
const TIMER: u8 = 15;
const DISPOSE: u8 = 16;

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;
/// An ask as the first account, for the default token.
const GET_TOKEN: [f64; 6] = [0.0, 0.0, 0.0, 0.0, 0.0, -1.0];

fn number(text: &str) -> f64 {
    name_of(text).into()
}

/// The four numbers of a session that the source shows.
fn seen(who: &str) -> [f64; 4] {
    [number(&format!("sess_{who}")), number(&format!("user_{who}")), NAN, 0.0]
}

fn reference(who: &str) -> SessionRef {
    let session_id = Some(format!("sess_{who}").as_str().into());
    SessionRef { session_id, user_id: format!("user_{who}").as_str().into(), started_at: None }
}

/// A tab of a source that has `current`, not yet in use.
fn tab() -> (Rc<Tab>, Recorder) {
    let recorder = Recorder::new();
    let options = [0.0, 0.0, 1.0, 10_000.0, 10_000.0, 30_000.0, 1.0];
    (Rc::new(Tab::new(recorder.clone().unchecked_into(), &options)), recorder)
}

/// The first use, with Ada in this tab and Bob beside her.
fn start(tab: &Tab) {
    tab.tell(START, 0, &[1.0, 1.0]);
    tab.tell(VIEW, 0, &view());
}

fn view() -> Vec<f64> {
    [[2.0, 1.0, 0.0, 0.0], seen("ada"), seen("ada"), seen("bob")].concat()
}

/// The first waiter's token comes in under 7 and lives for so long.
fn mint(tab: &Tab, recorder: &Recorder, seconds: f64) {
    tab.tell(ASK, 1, &GET_TOKEN);
    tab.token(recorder.flight(), 7, jwt(seconds));
}

fn has(recorder: &Recorder, line: &str) -> bool {
    recorder.log().iter().any(|other| other == line)
}

fn delays(stop: &js_sys::Function) -> Vec<f64> {
    let running = stop.call0(&JsValue::NULL).expect("it only restores");
    js_sys::Array::from(&running).iter().filter_map(|delay| delay.as_f64()).collect()
}

/// A token of Ada's at hand, by the hot path.
fn at_hand(tab: &Tab) -> u32 {
    tab.hit(js_sys::Date::now(), 0, 0, 5)
}

// ------------------------------------------------------------ the drain loop

#[wasm_bindgen_test]
fn a_host_that_calls_back_is_never_called_within_a_call() {
    let (tab, recorder) = tab();
    let asked = Rc::new(Cell::new(10));
    let (inner, count) = (tab.clone(), asked.clone());
    let back = Closure::<dyn Fn(String)>::new(move |line: String| {
        inner.stats();
        inner.hit(0.0, 0, 0, 0);
        inner.missing(None, 0, 0.0, 0.0);
        inner.tell(CONSUMER, 0, &[0.0, 5.0]);
        inner.tell(CONSUMER, 0, &[0.0, -1.0]);
        if line == "look" {
            inner.tell(VIEW, 0, &view());
        }
        if count.get() < 20 {
            count.set(count.get() + 1);
            inner.tell(ASK, count.get(), &[0.0, 0.0, 2.0, 0.0, 0.0, -1.0]);
            inner.tell(CANCEL, count.get(), &[]);
        }
    });
    recorder.set_back(back.as_ref());
    start(&tab);
    mint(&tab, &recorder, 60.0);
    // Too late for a server-rendered token: it need not be kept.
    tab.token(0, 8, jwt(50.0));
    recorder.set_back(&JsValue::NULL);
    let log = recorder.log();
    assert_eq!(recorder.deepest(), 1, "{log:?}");
    assert!(has(&recorder, "settle 1 0 7"), "{log:?}");
    assert_eq!(asked.get(), 20);
    for kind in ["mint", "look", "store", "account", "snapshot", "event", "keep"] {
        assert!(log.iter().any(|line| line.starts_with(kind)), "{kind} has not called back: {log:?}");
    }
    for waiter in 11..=20 {
        let answers = log.iter().filter(|line| line.starts_with(&format!("settle {waiter} "))).count();
        assert!(answers <= 1, "waiter {waiter}: {log:?}");
    }
    tab.tell(DISPOSE, 0, &[]);
}

#[wasm_bindgen_test]
fn what_is_told_within_a_call_is_carried_out_before_the_outer_call_returns() {
    let (tab, recorder) = tab();
    let inner = tab.clone();
    let back = Closure::<dyn Fn(String)>::new(move |line: String| {
        if line == "event pinned first" {
            inner.tell(PIN, 3, &seen("bob")[..3]);
            inner.tell(DISPOSE, 0, &[]);
            inner.tell(ASK, 4, &GET_TOKEN);
        }
    });
    recorder.set_back(back.as_ref());
    let stop = timers();
    start(&tab);
    let log = recorder.log();
    assert!(has(&recorder, "settle 3 2 0"), "{log:?}");
    assert!(has(&recorder, "reject 4 disposed"), "{log:?}");
    assert_eq!(recorder.deepest(), 1);
    assert!(delays(&stop).is_empty());
    recorder.set_back(&JsValue::NULL);
}

#[wasm_bindgen_test]
fn events_are_told_after_the_account_and_the_snapshot_that_they_are_about() {
    let (tab, recorder) = tab();
    start(&tab);
    let log = recorder.log();
    let at = |line: &str| log.iter().position(|other| other == line).unwrap_or_else(|| panic!("{line}: {log:?}"));
    assert!(at("account 0 user_ada") < at("event pinned first"));
    assert!(at("snapshot signed_in user_ada") < at("event pinned first"));
}

#[wasm_bindgen_test]
fn a_judge_is_asked_and_its_answer_settles() {
    let (tab, recorder) = tab();
    start(&tab);
    mint(&tab, &recorder, 60.0);
    tab.tell(ASK, 2, &[0.0, 0.0, 4.0, 0.0, 0.0, -1.0]);
    tab.token(recorder.flight(), 8, jwt(90.0));
    assert!(has(&recorder, "judge 2 8") && has(&recorder, "settle 2 0 8"), "{:?}", recorder.log());
}

// ------------------------------------------------------------ a host that throws

/// TypeScript lets nothing out of the calls that the core makes (`guarded`, and `tests/js/thrown.test.mjs`). Should
/// something get out all the same, that instance is lost; but it reaches whoever told, and nothing is left borrowed: a
/// panic would end every instance of the page.
#[wasm_bindgen_test]
fn what_a_host_throws_reaches_the_caller_and_leaves_nothing_borrowed() {
    for fault in ["look", "store", "account", "snapshot", "event"] {
        let (tab, recorder) = tab();
        recorder.set_fault(fault);
        let inner = tab.clone();
        let call = Closure::<dyn Fn()>::new(move || start(&inner));
        assert_eq!(message(call.as_ref()), Some(format!("no {fault}")));
        recorder.set_fault("");
        tab.tell(ASK, 1, &GET_TOKEN);
        tab.tell(DISPOSE, 0, &[]);
        tab.missing(None, 0, 0.0, 0.0);
        assert!(tab.stats().is_object(), "{fault}");
        assert_eq!(at_hand(&tab), 0, "{fault}");
        let (other, recorder) = self::tab();
        start(&other);
        mint(&other, &recorder, 60.0);
        assert!(has(&recorder, "settle 1 0 7"), "another instance, after {fault}: {:?}", recorder.log());
    }
}

// ------------------------------------------------------------ the timer

#[wasm_bindgen_test]
fn a_refresh_months_away_is_no_timer_that_fires_at_once() {
    let stop = timers();
    let (tab, recorder) = tab();
    start(&tab);
    mint(&tab, &recorder, 100.0 * 86_400.0);
    assert_eq!(delays(&stop), [f64::from(i32::MAX)]);
    tab.tell(DISPOSE, 0, &[]);
}

#[wasm_bindgen_test]
fn one_timer_runs_at_a_time_and_none_after_dispose() {
    let stop = timers();
    let (tab, recorder) = tab();
    start(&tab);
    mint(&tab, &recorder, 60.0);
    for waiter in 2..9 {
        tab.tell(ASK, waiter, &[0.0, 0.0, 0.0, 1.0, 0.0, 5_000.0]);
    }
    let running = delays(&stop);
    assert_eq!(running.len(), 1, "{running:?}");
    let stop = timers();
    tab.tell(TIMER, 0, &[]);
    tab.tell(DISPOSE, 0, &[]);
    assert!(delays(&stop).is_empty());
    assert!(has(&recorder, "ended 0"));
}

#[wasm_bindgen_test]
async fn the_timer_tells_the_host_which_hands_it_in() {
    let (tab, recorder) = tab();
    let inner = tab.clone();
    let back = Closure::<dyn Fn(String)>::new(move |line: String| {
        if line == "timer" {
            inner.tell(TIMER, 0, &[]);
        }
    });
    recorder.set_back(back.as_ref());
    start(&tab);
    tab.tell(ASK, 1, &[0.0, 0.0, 0.0, 0.0, 0.0, 30.0]);
    pause(300).await.expect("it only resolves");
    assert!(has(&recorder, "timer") && has(&recorder, "reject 1 source_timeout"), "{:?}", recorder.log());
    tab.tell(DISPOSE, 0, &[]);
    recorder.set_back(&JsValue::NULL);
}

#[wasm_bindgen_test]
fn after_dispose_nothing_is_asked_or_told_but_that_it_is_over() {
    let (tab, recorder) = tab();
    start(&tab);
    tab.tell(ASK, 1, &GET_TOKEN);
    tab.tell(DISPOSE, 0, &[]);
    assert!(has(&recorder, "reject 1 disposed"), "{:?}", recorder.log());
    let lines = recorder.log().len();
    for kind in 0..=DISPOSE {
        if ![ASK, 7, PIN].contains(&kind) {
            tab.tell(kind, 1, &view());
        }
    }
    tab.token(recorder.flight(), 7, jwt(60.0));
    tab.token(0, 7, jwt(60.0));
    assert_eq!(recorder.log().len(), lines, "{:?}", recorder.log());
    tab.tell(ASK, 2, &GET_TOKEN);
    assert_eq!(recorder.log()[lines..], ["reject 2 disposed"]);
}

// ------------------------------------------------------------ numbers

#[wasm_bindgen_test]
fn times_and_durations_are_bounded() {
    assert_eq!(
        [NAN, 0.9, -1.9, 1e300, -1e300, INFINITY, -INFINITY].map(time),
        [0, 0, -1, NEVER, -NEVER, NEVER, -NEVER]
    );
    assert_eq!([NAN, -5.0, 5.9, 1e300, INFINITY].map(duration), [0, 0, 5, NEVER as u64, NEVER as u64]);
}

#[wasm_bindgen_test]
fn a_name_has_one_number_and_what_is_none_has_no_name() {
    assert_eq!(name_of("user_ada"), name_of("user_ada"));
    assert_ne!(name_of("user_ada"), name_of("user_bob"));
    let odd = "é \"\\ \u{1f600}";
    assert_eq!(name(number(odd)).map(|name| name.as_str()), Some(odd));
    assert_eq!([0.0, -3.0, 0.5, NAN, -INFINITY].map(name), [None; 5]);
    assert_eq!(names(&[0.0, number("a"), NAN, number("b")]), ["a".into(), "b".into()]);
    assert_eq!(name(INFINITY).map(|name| name.as_str()), Some(""), "a number that nobody was given");
    assert_eq!(code_of("too_many_requests"), name_of("too_many_requests"));
    assert_eq!([&jwt(60.0), "two words"].map(code_of), [0; 2], "a message may quote a token");
}

#[wasm_bindgen_test]
fn a_session_needs_a_user_and_no_more() {
    let [id, user, ..] = seen("ada");
    assert_eq!(session(id, user, NAN), Some(reference("ada")));
    assert_eq!(session(0.0, user, NAN), Some(SessionRef { session_id: None, ..reference("ada") }));
    let began = |ms| session(id, user, ms).and_then(|session| session.started_at);
    assert_eq!([5.9, 0.0, 1e300, -INFINITY].map(began), [5, 0, NEVER, -NEVER].map(Some));
    assert_eq!([0.0, NAN, -1.0].map(|user| session(id, user, 5.0)), [None; 3]);
}

#[wasm_bindgen_test]
fn what_the_source_says_is_read_as_far_as_it_makes_sense() {
    let read = |numbers: &[f64]| match input(VIEW, 0, numbers) {
        Some(Input::View(view)) => view,
        other => panic!("{other:?}"),
    };
    let shown = |who: &str| Seen { session: reference(who), variant: None };
    let all = View {
        current: Current::Session(shown("ada")),
        sessions: Some(vec![shown("ada"), shown("bob")]),
        ambient: Ambient::Unknown,
    };
    assert_eq!(read(&view()), all);
    for nothing in [&[][..], &[2.0, 1.0, 1.0], &[NAN; 4], &[2.0, 0.0, 0.0, 0.0], &[9.0, -1.0, 9.0, 9.0]] {
        assert_eq!(read(nothing), View::default(), "{nothing:?}");
    }
    let nobody = read(&[1.0, 1.0, 1.0, 0.0]);
    assert_eq!((nobody.current, nobody.sessions, nobody.ambient), (Current::Nobody, Some(vec![]), Ambient::Nobody));
    // Three of the next session's four numbers are none, and so is one without a user.
    let cut = [&[0.0, 1.0, 0.0, 0.0][..], &[1.0, 0.0, NAN, 0.0], &seen("bob"), &[1.0, 2.0, 3.0]].concat();
    assert_eq!(read(&cut).sessions, Some(vec![shown("bob")]));
    let variant = [&[2.0, 0.0, 0.0, 0.0][..], &seen("ada")[..3], &[number("org_1")]].concat();
    assert_eq!(read(&variant).current, Current::Session(Seen { variant: Some("org_1".into()), ..shown("ada") }));
    assert_eq!(ambient(2.0, number("sess_bob")), Ambient::Session(Some("sess_bob".into())));
    assert_eq!(ambient(2.0, NAN), Ambient::Session(None));
    assert_eq!([NAN, -2.0, 3.0].map(|kind| ambient(kind, 1.0)), [const { Ambient::Unknown }; 3]);
}

#[wasm_bindgen_test]
fn a_failure_is_read_as_far_as_it_makes_sense() {
    let read = |numbers: [f64; 4]| match input(3, 5, &numbers) {
        Some(Input::Failed(5, failure)) => failure,
        other => panic!("{other:?}"),
    };
    let code = Some("too_many_requests".into());
    let failure = Failure { status: Some(429), code, retry_after: Some(2_000), network: true };
    assert_eq!(read([429.0, number("too_many_requests"), 2.0, 1.0]), failure);
    for nothing in [0.0, NAN, -1.0, -INFINITY] {
        assert_eq!(read([nothing; 4]), Failure::default(), "{nothing}");
    }
    let huge = read([INFINITY, 0.0, INFINITY, 0.0]);
    assert_eq!((huge.status, huge.retry_after), (Some(u16::MAX), Some(NEVER as u64)));
}

#[wasm_bindgen_test]
fn an_ask_is_read_as_it_is_meant() {
    let ask = |numbers: [f64; 6]| match input(ASK, 9, &numbers) {
        Some(Input::Ask(ask)) => ask,
        other => panic!("{other:?}"),
    };
    let template = Some("convex".into());
    let plain = Ask {
        waiter: 9,
        account: 0,
        template: None,
        style: Style::Token,
        forced: false,
        replaces: None,
        timeout: None,
    };
    assert_eq!(ask(GET_TOKEN), plain);
    assert_eq!(ask([NAN; 6]), plain);
    let full =
        Ask { account: 3, template, style: Style::Claims, forced: true, replaces: Some(7), timeout: Some(0), ..plain };
    assert_eq!(ask([3.0, number("convex"), 4.0, 1.0, 7.0, 0.0]), full);
    assert_eq!(ask([0.0, 0.0, 0.0, 0.0, 0.0, INFINITY]).timeout, Some(NEVER as u64));
}

#[wasm_bindgen_test]
fn a_stored_pin_is_all_of_its_numbers_or_none() {
    let [id, user, ..] = seen("bob");
    let stored = |numbers: &[f64]| match input(START, 0, numbers) {
        Some(Input::Start { stored, .. }) => stored,
        other => panic!("{other:?}"),
    };
    let pin = Stored { session: SessionRef { started_at: Some(5), ..reference("bob") }, seen: 6 };
    assert_eq!(stored(&[1.0, 1.0, id, user, 5.0, 6.0]), Ok(Some(pin)));
    for none in [&[1.0, 1.0][..], &[1.0, 1.0, id, user, 5.0], &[1.0, 1.0, id, 0.0, 5.0, 6.0]] {
        assert_eq!(stored(none), Ok(None), "{none:?}");
    }
    assert_eq!(stored(&[0.0, 1.0]), Err(()));
}

#[wasm_bindgen_test]
fn options_are_read_and_odd_ones_do_no_harm() {
    let read = config(&[number("convex"), 3.0, 0.0, 1.0, INFINITY, NAN, 21.0, number("iss_a"), number("iss_b")]);
    let source = Abilities { current: true, per_tab: false, select: true, sign_out: false, reload: true };
    let expected = Config {
        template: Some("convex".into()),
        issuers: vec!["iss_a".into(), "iss_b".into()],
        on_missing: OnMissing::Throw,
        auto_refresh: false,
        leeway: 1,
        timeout: NEVER as u64,
        give_up_after: 0,
        share: false,
        source,
    };
    assert_eq!(read, expected);
    assert_eq!(config(&[]), Config::default());
}

#[wasm_bindgen_test]
fn what_makes_no_sense_is_not_taken_in() {
    assert_eq!(input(NO_STRING, 5, &[]), Some(Input::Minted(5, Answer::Malformed("it is not a string"))));
    assert_eq!(input(NO_STRING, 0, &[]), Some(Input::Seed(Err("it is not a string"))));
    let wrong = [(3, 3), (ASK, 5), (PIN, 2), (START, 1), (CONSUMER, 1), (ONLINE, 0), (17, 0), (255, 6)];
    for (kind, count) in wrong {
        assert_eq!(input(kind, 1, &vec![1.0; count]), None, "{kind}");
    }
    assert_eq!(input(PIN, 1, &[1.0, 0.0, NAN]), None, "a pin on nobody");
}

#[wasm_bindgen_test]
fn no_number_makes_the_core_panic() {
    for odd in [NAN, INFINITY, -INFINITY, f64::MAX, f64::MIN, 9e15, -9e15, 4_294_967_295.0, -1.0] {
        let (tab, recorder) = tab();
        start(&tab);
        mint(&tab, &recorder, 60.0);
        for count in [0, 1, 2, 3, 4, 6, 8, 12] {
            for kind in (0..DISPOSE).chain([255]) {
                tab.tell(kind, recorder.flight(), &vec![odd; count]);
                tab.tell(kind, u32::MAX, &vec![odd; count]);
            }
        }
        tab.hit(odd, u32::MAX, u32::MAX, u8::MAX);
        tab.hit(odd, 0, 0, 5);
        tab.missing(Some("no code".into()), u32::MAX, odd, odd);
        tab.tell(VIEW, 0, &view());
        tab.tell(DISPOSE, 0, &[]);
        assert!(has(&recorder, "ended 0"), "{odd}: {:?}", recorder.log());
    }
}

// ------------------------------------------------------------ the hot path

#[wasm_bindgen_test]
fn a_wall_clock_that_was_set_prolongs_no_token() {
    let (tab, recorder) = tab();
    start(&tab);
    mint(&tab, &recorder, 60.0);
    let wall = js_sys::Date::now();
    assert_eq!(tab.hit(wall, 0, 0, 0), 7);
    hurry(61_000.0);
    let hits = [wall - 1.0, wall - 3_600_000.0, wall + 1_000.0].map(|set| tab.hit(set, 0, 0, 0));
    hurry(0.0);
    assert_eq!(hits, [0, 0, 0]);
    assert_eq!(tab.hit(wall, 0, 0, 0), 7, "and harms none");
    assert_eq!(tab.hit(wall + 60_000.0, 0, 0, 0), 0);
}

// ------------------------------------------------------------ token text

#[wasm_bindgen_test]
fn a_token_is_read_and_kept_by_its_id() {
    let (tab, recorder) = tab();
    tab.token(0, 8, jwt(60.0));
    start(&tab);
    tab.tell(ASK, 1, &GET_TOKEN);
    assert!(has(&recorder, "settle 1 0 8"), "{:?}", recorder.log());
    tab.tell(ASK, 2, &[0.0, 0.0, 0.0, 1.0, 8.0, -1.0]);
    tab.token(recorder.flight(), 9, jwt(90.0));
    assert!(has(&recorder, "settle 2 0 9"), "{:?}", recorder.log());
    assert_eq!(at_hand(&tab), 9);
}

#[wasm_bindgen_test]
fn text_that_is_no_token_is_refused_and_never_told() {
    let good = jwt(60.0);
    let payload = good.split('.').nth(1).expect("a payload");
    let texts = ["", "secret", "secret.secret.secret", "secret..x", "\u{1f600}.secret.x", &good[..good.len() - 2]];
    let spaced = [format!("secret {good}"), format!("{good} secret"), format!("secret.{payload}.x.secret.y")];
    for text in texts.into_iter().chain(spaced.iter().map(String::as_str)) {
        let (tab, recorder) = tab();
        start(&tab);
        tab.token(0, 8, text.into());
        assert_eq!(at_hand(&tab), 0, "{text}");
        tab.tell(ASK, 1, &[0.0, 0.0, 0.0, 0.0, 0.0, 5_000.0]);
        tab.token(recorder.flight(), 9, text.into());
        let log = recorder.log();
        assert_eq!(at_hand(&tab), 0, "{text}: {log:?}");
        assert!(log.iter().any(|line| line.contains("token_malformed")), "{text}: {log:?}");
        assert!(!log.iter().any(|line| line.starts_with("settle 1 0") || line.contains("secret")), "{text}: {log:?}");
        tab.tell(DISPOSE, 0, &[]);
    }
}
