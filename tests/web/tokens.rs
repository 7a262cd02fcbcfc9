//! What comes in as a token's text, and how it is served.

use super::kit::{ASK, DISPOSE, GET_TOKEN, at_hand, has, hurry, jwt, mint, start, tab};
use wasm_bindgen_test::wasm_bindgen_test;

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

#[wasm_bindgen_test]
fn a_token_is_read_and_kept_by_its_id() {
    let (tab, recorder) = tab();
    tab.token(0, 8, jwt(60.0));
    start(&tab);
    tab.tell(ASK, 1, &GET_TOKEN);
    assert!(has(&recorder, "token 1 8"), "{:?}", recorder.log());
    tab.tell(ASK, 2, &[0.0, 0.0, 0.0, 1.0, 8.0, -1.0]);
    tab.token(recorder.flight(), 9, jwt(90.0));
    assert!(has(&recorder, "token 2 9"), "{:?}", recorder.log());
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
        assert!(!log.iter().any(|line| line.starts_with("token 1") || line.contains("secret")), "{text}: {log:?}");
        tab.tell(DISPOSE, 0, &[]);
    }
}
