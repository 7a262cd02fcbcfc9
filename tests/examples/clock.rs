//! Clocks that are wrong, set, or stopped.

use super::kit::{Desk, FULL, SHARED, examples, view};
use tabpin::core::clock::{NEVER, Now};
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Input, Style};
use tabpin::core::output::Outcome;

/// A tab whose device's wall clock is off by this much.
fn skewed(ms: i64) -> Desk {
    let mut desk = Desk::with(SHARED);
    desk.tab.time.skew = ms;
    let mut desk = desk.started();
    desk.view(view(Some(11), &[11]));
    desk
}

examples! {
    fn a_reading_is_carried_on_for_less_than_a_tenth_of_a_second_and_never_back() {
        let read = Now { mono: 5_000, wall: 1_000_000, roll: 3 };
        assert_eq!([0, 99].map(|ms| read.carried(read.wall + ms)), [
            Some(read),
            Some(Now { mono: 5_099, wall: 1_000_099, roll: 3 }),
        ]);
        assert_eq!([-1, 100, NEVER, -NEVER].map(|wall| read.carried(read.wall.saturating_add(wall))), [None; 4]);
    }

    fn a_device_clock_a_day_behind_neither_lengthens_a_life_nor_forgets_the_refresh() {
        let mut desk = skewed(-86_400_000);
        desk.ask(Style::Token);
        desk.mints(11);
        desk.wait(45_000);
        assert_eq!(desk.minted(), 2);
        assert!(desk.tab.machine.stats().skew_ms <= -86_399_000);
        desk.tab.put(Input::Dispose);
    }

    fn with_a_device_clock_a_day_ahead_the_second_forced_mint_proves_that_the_token_lives() {
        let mut desk = skewed(86_400_000);
        let waiter = desk.ask(Style::Token);
        desk.mints(11);
        assert_eq!(desk.refused(), [Code::TokenExpired]);
        desk.wait(1_500);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        assert!((86_398_000..=86_400_000).contains(&desk.tab.machine.stats().skew_ms));
        desk.wait(40_000);
        assert_eq!(desk.at_hand(), Some(token));
    }

    fn a_source_that_ignores_skip_cache_does_not_make_a_stale_token_live_longer() {
        let mut desk = skewed(0);
        let stale = desk.token(11);
        desk.wait(40_000);
        desk.force(Style::Token);
        desk.answer(Answer::Token(stale));
        assert!(desk.at_hand().is_some());
        assert_eq!(desk.tab.machine.stats().skew_ms, 0);
        desk.wait(20_000);
        assert_eq!(desk.at_hand(), None);
    }

    fn small_differences_between_clocks_count_as_none() {
        let mut desk = skewed(700);
        for _ in 0..4 {
            desk.force(Style::Token);
            desk.wait(300);
            desk.mints(11);
            desk.wait(1_700);
        }
        assert_eq!(desk.tab.machine.stats().skew_ms, 0);
    }

    fn after_the_clocks_have_parted_a_forced_mint_precedes_serving() {
        for auto_refresh in [true, false] {
            let mut desk = Desk::of(Config { source: FULL, auto_refresh, ..Config::default() }).started();
            desk.view(view(Some(11), &[11]));
            desk.ask(Style::Token);
            desk.mints(11);
            desk.tab.time.skew -= 30_000;
            let waiter = desk.ask(Style::Token);
            assert_eq!((desk.outcome(waiter), desk.at_hand()), (None, None));
            assert_eq!((desk.minted(), desk.skipped_cache()), (2, true));
            let token = desk.mints(11);
            assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        }
    }

    fn a_mint_that_was_under_way_when_the_clocks_parted_answers_no_forced_ask() {
        let mut desk = Desk::signed_in();
        let waiter = desk.force(Style::Token);
        desk.tab.time.skew += 30_000;
        desk.mints(11);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(1_100);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_monotonic_clock_that_stops_in_sleep_does_not_keep_a_dead_token_alive() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        desk.mints(11);
        desk.tab.sleep(3_600_000, false);
        assert_eq!(desk.at_hand(), None);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), None);
    }
    fn a_fast_clock_makes_a_new_token_look_used_once_and_no_more() {
        let mut desk = skewed(7_000);
        let fetch = |desk: &mut Desk, forced| {
            let before = desk.minted();
            let waiter = desk.ask_as(Style::Fetch, forced, None);
            while desk.outcome(waiter).is_none() {
                if !desk.tab.open.is_empty() {
                    desk.mints(11);
                }
                desk.wait(10);
            }
            desk.wait(20_000);
            desk.minted() - before
        };
        desk.tab.put(Input::Consumer(None, Some(10_000)));
        assert_eq!(fetch(&mut desk, false), 1);
        assert!((1..=2).contains(&fetch(&mut desk, true)));
        for _ in 0..5 {
            assert_eq!(fetch(&mut desk, true), 1);
        }
    }
}
