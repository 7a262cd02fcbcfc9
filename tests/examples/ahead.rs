//! Refreshing ahead, short and long lives, and clocks by which tokens are strange.

use super::kit::{Desk, FULL, examples, rejection, view};
use tabpin::core::config::Config;
use tabpin::core::input::{Answer, Failure, Input, Style};
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::token::TokenFacts;

const DAY: u64 = 86_400_000;

/// Tokens of this life, ms, the first of which is at hand.
fn living(life: i64) -> Desk {
    let mut desk = Desk::signed_in();
    desk.life = life;
    desk.ask(Style::Token);
    desk.mints(11);
    desk
}

/// Ms until the timer fires.
fn due(desk: &Desk) -> u64 {
    desk.tab.machine.deadline().expect("a timer is wanted") - desk.tab.time.mono
}

fn expiring(desk: &Desk) -> usize {
    desk.events().filter(|event| matches!(event, Event::Expiring { .. })).count()
}

examples! {
    fn a_hidden_tab_refreshes_after_a_visible_one_and_in_time() {
        let mut desk = living(60_000);
        assert_eq!(due(&desk), 45_000);
        desk.tab.put(Input::Hidden(true));
        assert!((46_250..=48_750).contains(&due(&desk)), "after {} ms", due(&desk));
        desk.wait(46_249);
        assert_eq!(desk.minted(), 1);
        desk.wait(2_501);
        assert_eq!(desk.minted(), 2);
    }

    fn a_tab_that_is_shown_when_its_refresh_was_put_off_refreshes_at_once() {
        let mut desk = living(60_000);
        desk.tab.put(Input::Hidden(true));
        desk.wait(45_500);
        assert_eq!(desk.minted(), 1);
        desk.tab.put(Input::Hidden(false));
        assert_eq!(desk.minted(), 2);
    }

    fn in_a_hidden_tab_whoever_asks_is_served_at_once() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Hidden(true));
        let waiter = desk.ask(Style::Token);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn that_a_token_goes_is_told_in_time_although_the_provider_wants_to_be_left_alone() {
        let mut desk = living(60_000);
        desk.wait(45_000);
        let rest = Failure { status: Some(503), retry_after: Some(120_000), ..Failure::default() };
        desk.answer(Answer::Failed(rest));
        desk.wait(4_999);
        assert_eq!(expiring(&desk), 0);
        desk.wait(1);
        assert_eq!(expiring(&desk), 1);
        desk.wait(70_000);
        assert_eq!(expiring(&desk), 1);
    }

    fn a_token_that_the_clocks_made_doubtful_is_not_said_to_go() {
        let mut desk = living(3_600_000);
        desk.tab.time.skew += 30_000;
        desk.tab.put(Input::Timer);
        desk.answer(rejection(500));
        assert_eq!(expiring(&desk), 0);
    }

    fn tokens_of_three_seconds_are_kept_fresh_without_a_loop() {
        let mut desk = living(3_000);
        for _ in 0..300 {
            while !desk.tab.open.is_empty() {
                desk.mints(11);
            }
            desk.wait(100);
            assert!(desk.at_hand().is_some());
        }
        assert!((14..=31).contains(&desk.minted()), "{} mints in 30 s", desk.minted());
    }

    fn tokens_of_forty_days_are_refreshed_once_and_in_time() {
        let mut desk = living(40 * DAY as i64);
        assert!(due(&desk) > i32::MAX as u64);
        desk.wait(40 * DAY - 15_001);
        assert_eq!(desk.minted(), 1);
        desk.wait(1);
        assert_eq!(desk.minted(), 2);
    }

    fn a_long_timer_that_fires_early_changes_nothing() {
        let mut desk = living(40 * DAY as i64);
        desk.tab.pass(i32::MAX as u64);
        desk.tab.put(Input::Timer);
        assert_eq!((desk.minted(), desk.last()), (1, &[][..]));
    }

    fn a_token_without_iat_lives_until_its_exp() {
        let mut desk = Desk::of(Config { source: FULL, auto_refresh: false, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        let facts = TokenFacts { iat: None, ..desk.token(11) };
        desk.answer(Answer::Token(facts));
        desk.wait(49_000);
        assert_eq!(desk.at_hand(), Some(facts.id));
        desk.wait(11_000);
        assert_eq!(desk.at_hand(), None);
    }

    fn a_backdated_token_is_neither_new_mints_nor_a_longer_life() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let facts = desk.token(11);
        let facts = TokenFacts { iat: facts.iat.map(|iat| iat - 20_000), exp: facts.exp.map(|exp| exp - 20_000), ..facts };
        desk.answer(Answer::Token(facts));
        for _ in 0..20 {
            desk.ask(Style::Token);
        }
        assert_eq!((desk.minted(), desk.tab.machine.stats().skew_ms), (1, 0));
        desk.wait(40_000);
        assert_eq!(desk.at_hand(), None);
    }

    fn a_clock_set_back_or_forward_by_hours_costs_one_mint() {
        for hours in [-24, -3, 3, 24] {
            let mut desk = living(3_600_000);
            desk.tab.time.skew += hours * 3_600_000;
            let waiter = desk.ask(Style::Token);
            assert_eq!((desk.outcome(waiter), desk.skipped_cache()), (None, true));
            desk.tab.time.pass(1_000);
            let mut token = desk.mints(11);
            if desk.outcome(waiter).is_none() {
                desk.wait(1_100);
                token = desk.mints(11);
            }
            assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)), "{hours} h");
            let mints = desk.minted();
            for _ in 0..20 {
                desk.wait(10_000);
                desk.ask(Style::Token);
            }
            assert_eq!(desk.minted(), mints, "{hours} h");
            assert!(desk.all().all(|output| !matches!(output, Output::Ended(_))));
        }
    }
}
