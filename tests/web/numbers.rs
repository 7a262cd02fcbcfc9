//! What comes in as numbers: times, names, sessions, options.

use super::kit::{DISPOSE, INFINITY, NAN, START, VIEW, has, jwt, mint, number, reference, seen, start, tab, view};
use tabpin::core::clock::NEVER;
use tabpin::core::config::{Abilities, Config, OnMissing};
use tabpin::core::input::Input;
use tabpin::core::pin::Stored;
use tabpin::core::session::SessionRef;
use tabpin::web::numbers::{code_of, config, duration, input, name, name_of, names, session, time};
use wasm_bindgen_test::wasm_bindgen_test;

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
    assert_eq!(stored(&[1.0, 0.0]), Err(()));
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
        tab.missing("no code", u32::MAX, odd, odd);
        tab.tell(VIEW, 0, &view());
        tab.tell(DISPOSE, 0, &[]);
        assert!(has(&recorder, "ended 0"), "{odd}: {:?}", recorder.log());
    }
}
