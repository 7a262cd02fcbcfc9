//! What comes in as numbers: the source's view, its failures, and asks.

use super::kit::{
    ASK, CONSUMER, GET_TOKEN, INFINITY, NAN, NO_STRING, ONLINE, PIN, START, VIEW, number, reference, seen, view,
};
use tabpin::core::clock::NEVER;
use tabpin::core::input::{Answer, Ask, Failure, Input, Style};
use tabpin::core::session::{Ambient, Current, Seen, View};
use tabpin::web::numbers::{ambient, input};
use wasm_bindgen_test::wasm_bindgen_test;

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
fn what_makes_no_sense_is_not_taken_in() {
    assert_eq!(input(NO_STRING, 5, &[]), Some(Input::Minted(5, Answer::Malformed("it is not a string"))));
    assert_eq!(input(NO_STRING, 0, &[]), Some(Input::Seed(Err("it is not a string"))));
    let wrong = [(3, 3), (ASK, 5), (PIN, 2), (START, 1), (CONSUMER, 1), (ONLINE, 0), (17, 0), (255, 6)];
    for (kind, count) in wrong {
        assert_eq!(input(kind, 1, &vec![1.0; count]), None, "{kind}");
    }
    assert_eq!(input(PIN, 1, &[1.0, 0.0, NAN]), None, "a pin on nobody");
}
