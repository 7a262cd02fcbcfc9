//! The single timer, and what is left after dispose.

use super::kit::{ASK, DISPOSE, GET_TOKEN, PIN, TIMER, delays, has, jwt, mint, start, tab, timers, view};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_test::wasm_bindgen_test;

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
    recorder.until("reject 1 source_timeout").await.expect("it only resolves");
    assert!(has(&recorder, "timer"), "{:?}", recorder.log());
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
