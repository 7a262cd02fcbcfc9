//! Tabs that are killed, frozen or left, and a provider that is slow: what the other tabs notice of it.

use super::super::kit::examples;
use super::{LATENCY, LIFE, ask, ask_all, plan, tabs, waited};
use crate::support::browser::Browser;
use crate::support::provider::Mode;

/// Three tabs that have asked at once, and the one of them that mints.
fn one_of_three_mints() -> (Browser, usize) {
    let mut browser = tabs(3);
    ask_all(&mut browser);
    browser.wait(100);
    let minting = browser.mints[0].1;
    (browser, minting)
}

/// Waits until a tab has asked for its turn to refresh ahead.
fn until_one_refreshes(browser: &mut Browser) {
    while browser.locks.queues.is_empty() || browser.clock < 10_000 {
        browser.wait(10);
    }
}

examples! {
    fn a_tab_that_is_killed_while_it_mints_leaves_the_next_its_turn() {
        let (mut browser, minting) = one_of_three_mints();
        browser.close(minting, true);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        (0..3).filter(|tab| *tab != minting).for_each(|tab| assert!(waited(&browser, tab) <= 100 + 60 + LATENCY + 20));
    }

    fn a_tab_that_is_frozen_while_it_mints_holds_nobody_up_for_long() {
        let (mut browser, minting) = one_of_three_mints();
        browser.freeze(minting, false);
        browser.wait(3_000);
        (0..3).filter(|tab| *tab != minting).for_each(|tab| assert!(waited(&browser, tab) <= 1_000 + LATENCY));
        browser.thaw(minting, true);
        browser.wait(1_000);
        assert!(waited(&browser, minting) <= 1_000);
    }

    fn nobody_notices_that_the_provider_is_slow_before_a_token_goes() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(1_000);
        browser.hog(true);
        plan(&mut browser, Mode::Honest, 2_000);
        for _ in 0..300 {
            ask_all(&mut browser);
            (0..3).for_each(|tab| assert_eq!(waited(&browser, tab), 0));
            browser.wait(500);
        }
    }

    fn a_page_that_goes_away_leaves_its_lock_and_comes_back_to_a_new_token() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        until_one_refreshes(&mut browser);
        let holder = (0..2).find(|tab| browser.locks.held_by(*tab).count() > 0).expect("one of them has its turn");
        browser.freeze(holder, true);
        assert!(!browser.locks.knows(holder));
        browser.wait(LIFE);
        let before = browser.mints.len();
        browser.thaw(holder, true);
        ask(&mut browser, holder);
        browser.wait(100);
        assert!(waited(&browser, holder) < 50);
        assert_eq!((before, browser.mints.len()), (3, 3));
    }

    fn a_page_that_goes_away_refreshes_nothing() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        until_one_refreshes(&mut browser);
        (0..3).for_each(|tab| browser.freeze(tab, true));
        assert_eq!(browser.mints.len(), 1);
    }
}
