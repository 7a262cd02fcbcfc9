//! Tabs of one account take turns: one mints, the others wait for what it gets, and nobody for long.

use super::super::kit::examples;
use super::{LATENCY, LIFE, adopted, ask, ask_all, comes, config, empty, outputs, plan, tabs, waited};
use crate::support::browser::Browser;
use crate::support::provider::Mode;
use crate::support::wire::Weather;
use tabpin::core::output::{Event, Output};

/// Ms of all the retries that the first tab has announced, and of the attempts before them.
fn announced(browser: &Browser) -> u64 {
    let retries = outputs(browser, 0).filter_map(|output| match output {
        Output::Event(Event::Retry { delay_ms, .. }) => Some(delay_ms + 5),
        _ => None,
    });
    retries.sum()
}

examples! {
    fn of_tabs_that_ask_at_once_one_mints_for_all() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 1);
        (0..3).for_each(|tab| assert!(waited(&browser, tab) < 50 + LATENCY + 20));
        assert_eq!((0..3).map(|tab| adopted(&browser, tab)).sum::<u32>(), 2);
    }

    fn tabs_refresh_ahead_once_for_all() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(3 * LIFE - 1_000);
        assert_eq!(browser.mints.len(), 4);
    }

    fn tabs_that_were_asked_before_their_sources_were_ready_take_turns_too() {
        let mut browser = empty(0);
        (0..3).for_each(|_| _ = browser.open(config(), 0, 0, false, 300));
        ask_all(&mut browser);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 1);
        (0..3).for_each(|tab| assert!(waited(&browser, tab) < 300 + 50 + LATENCY + 20));
    }

    fn a_tab_alone_waits_for_greetings_and_for_nobody_else() {
        let mut browser = empty(0);
        browser.hog(true);
        browser.open(config(), 0, 0, false, 0);
        ask(&mut browser, 0);
        browser.wait(1_000);
        assert_eq!(waited(&browser, 0), 50 + LATENCY);
    }

    fn who_comes_while_a_lone_tab_mints_waits_for_what_it_gets() {
        let mut browser = tabs(1);
        plan(&mut browser, Mode::Honest, 300);
        ask(&mut browser, 0);
        browser.wait(10);
        let new = comes(&mut browser);
        browser.wait(1_000);
        assert_eq!((browser.mints.len(), adopted(&browser, new)), (1, 1));
    }

    fn a_lock_that_is_never_let_go_costs_a_second_at_most() {
        let mut browser = tabs(6);
        browser.hog(true);
        ask_all(&mut browser);
        browser.wait(2_000);
        (0..6).for_each(|tab| assert!(waited(&browser, tab) <= 1_000 + LATENCY));
        assert!(browser.mints.len() < 6);
    }

    fn a_stuck_lock_holds_nobody_up_again_on_each_attempt() {
        let mut browser = tabs(2);
        browser.hog(true);
        browser.wire.weather = Weather::SILENT;
        plan(&mut browser, Mode::Reject(500, None), 5);
        ask(&mut browser, 0);
        browser.wait(6_000);
        let due = announced(&browser);
        assert!(browser.mints.len() > 3);
        plan(&mut browser, Mode::Honest, 5);
        browser.wait(10_000);
        let last = announced(&browser);
        assert!(due <= last && waited(&browser, 0) <= last + 5 + 1_000);
    }

    fn without_locks_tabs_do_not_mint_in_the_same_instant() {
        let mut browser = tabs(5);
        browser.locks.absent = true;
        ask_all(&mut browser);
        browser.wait(2_000);
        let mut moments: Vec<_> = browser.mints.iter().map(|(at, _)| *at).collect();
        moments.dedup();
        assert_eq!(moments.len(), browser.mints.len());
        (0..5).for_each(|tab| assert!(waited(&browser, tab) <= 400 + LATENCY));
    }
}
