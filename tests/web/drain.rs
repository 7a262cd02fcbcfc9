//! The drain loop: it is called back into, and its host throws.

use super::kit::{
    ASK, CANCEL, CONSUMER, DISPOSE, GET_TOKEN, JUDGED, PIN, VIEW, at_hand, delays, has, jwt, message, mint, seen,
    start, tab, timers, view,
};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_host_that_calls_back_is_never_called_within_a_call() {
    let (tab, recorder) = tab();
    let asked = Rc::new(Cell::new(10));
    let (inner, count) = (tab.clone(), asked.clone());
    let back = Closure::<dyn Fn(String)>::new(move |line: String| {
        inner.stats();
        inner.hit(0.0, 0, 0, 0);
        inner.missing("", 0, 0.0, 0.0);
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
    assert!(has(&recorder, "token 1 7"), "{log:?}");
    assert_eq!(asked.get(), 20);
    for kind in ["mint", "look", "store", "account", "snapshot", "event", "keep"] {
        assert!(log.iter().any(|line| line.starts_with(kind)), "{kind} has not called back: {log:?}");
    }
    for waiter in 11..=20 {
        let is_answer =
            |line: &&String| ["token", "null", "done"].iter().any(|kind| line.starts_with(&format!("{kind} {waiter}")));
        let answers = log.iter().filter(is_answer).count();
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
    assert!(has(&recorder, "done 3"), "{log:?}");
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
    let inner = tab.clone();
    let back = Closure::<dyn Fn(String)>::new(move |line: String| {
        if line == "judge 2 8" {
            inner.tell(JUDGED, 2, &[1.0]);
        }
    });
    recorder.set_back(back.as_ref());
    tab.tell(ASK, 2, &[0.0, 0.0, 4.0, 0.0, 0.0, -1.0]);
    tab.token(recorder.flight(), 8, jwt(90.0));
    assert!(has(&recorder, "judge 2 8") && has(&recorder, "token 2 8"), "{:?}", recorder.log());
    recorder.set_back(&JsValue::NULL);
}

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
        tab.missing("", 0, 0.0, 0.0);
        assert!(tab.stats().is_object(), "{fault}");
        assert_eq!(at_hand(&tab), 0, "{fault}");
        let (other, recorder) = self::tab();
        start(&other);
        mint(&other, &recorder, 60.0);
        assert!(has(&recorder, "token 1 7"), "another instance, after {fault}: {:?}", recorder.log());
    }
}
