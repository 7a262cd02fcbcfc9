//! Which tokens tabs take from each other.

use super::super::kit::examples;
use super::{LATENCY, adopted, ask, ask_all, at_hand, comes, config, empty, plan, tabs, waited};
use crate::support::browser::Browser;
use crate::support::provider::Mode;
use crate::support::wire::Weather;
use tabpin::core::input::Style;

/// A tab that is new so many ms after another has had its token.
fn newcomer(after: u64) -> (Browser, usize) {
    let mut browser = tabs(1);
    ask(&mut browser, 0);
    browser.wait(after);
    let new = comes(&mut browser);
    browser.wait(100);
    assert_eq!((browser.mints.len(), adopted(&browser, new)), (1, 1));
    (browser, new)
}

examples! {
    fn a_new_tab_borrows_the_token_that_another_has() {
        let (browser, new) = newcomer(20_000);
        assert!(waited(&browser, new) < 50);
    }

    fn a_token_that_is_borrowed_near_its_end_is_replaced_before_it_goes() {
        let (mut browser, new) = newcomer(44_500);
        browser.wire.weather = Weather::SILENT;
        for _ in 0..100 {
            browser.wait(100);
            ask(&mut browser, new);
            assert_eq!(waited(&browser, new), 0);
        }
    }

    fn whoever_has_a_token_lends_it_even_if_others_have_none() {
        for _ in 0..8 {
            let mut browser = tabs(4);
            ask(&mut browser, 0);
            browser.wait(1_000);
            ask(&mut browser, 1);
            browser.wait(1_000);
            browser.close(0, false);
            browser.wait(1_000);
            ask(&mut browser, 2);
            browser.wait(1_000);
            assert_eq!((browser.mints.len(), adopted(&browser, 2)), (1, 1));
        }
    }

    fn a_forced_call_takes_what_another_tab_has_just_been_given() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        browser.wait(20_000);
        (0..2).for_each(|tab| browser.ask(tab, None, Style::Fetch, true));
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(at_hand(&mut browser, 0), at_hand(&mut browser, 1));
    }

    fn a_used_token_of_another_tab_is_no_fault_of_the_source() {
        let mut browser = tabs(2);
        ask(&mut browser, 0);
        browser.wait(20_000);
        ask(&mut browser, 1);
        browser.wait(100);
        browser.ask(1, None, Style::Fetch, true);
        browser.wait(1_000);
        assert!(waited(&browser, 1) <= 50 + LATENCY + 20);
        assert_eq!(browser.mints.len(), 2);
    }

    fn on_a_slow_clock_a_used_token_is_not_taken_for_a_new_one() {
        let mut browser = empty(-86_400_000);
        browser.open(config(), 0, 0, false, 0);
        ask(&mut browser, 0);
        browser.wait(40_000);
        let new = comes(&mut browser);
        browser.wait(100);
        assert_eq!((browser.mints.len(), adopted(&browser, new)), (1, 1));
        browser.close(0, true);
        plan(&mut browser, Mode::Hang, 0);
        browser.wait(20_500);
        assert_eq!(at_hand(&mut browser, new), None);
    }
}
