//! Tokens at hand: the server-rendered one, variants, refreshing ahead, and clocks that are wrong.

use super::kit::{BARE, Desk, FULL, SHARED, examples, rejection, session, view};
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Input, Style};
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::pin::Status;
use tabpin::core::session::View;
use tabpin::core::token::{Origin, TokenFacts};

fn refused(desk: &Desk) -> Vec<Code> {
    let codes = desk.events().filter_map(|event| match event {
        Event::Refused { error, .. } => Some(error.code),
        _ => None,
    });
    codes.collect()
}

fn seed(desk: &mut Desk, number: u32) -> u32 {
    let facts = desk.token(number);
    let id = facts.id;
    desk.tab.put(Input::Seed(Ok(facts)));
    id
}

fn with_variant(variant: &str) -> View {
    let mut view = view(Some(11), &[11]);
    for seen in view.sessions.iter_mut().flatten() {
        seen.variant = Some(variant.to_owned());
    }
    view
}

/// A tab whose device's wall clock is off by this much.
fn skewed(ms: i64) -> Desk {
    let mut desk = Desk::with(SHARED);
    desk.tab.time.skew = ms;
    let mut desk = desk.started();
    desk.view(view(Some(11), &[11]));
    desk
}

examples! {
    fn a_server_rendered_token_is_served_once_before_the_source_is_ready() {
        let mut desk = Desk::with(FULL).started();
        let token = seed(&mut desk, 11);
        assert!(desk.events().any(|event| matches!(event, Event::Token { origin: Origin::Initial, .. })));
        let first = desk.ask(Style::Fetch);
        assert_eq!(desk.outcome(first), Some(Outcome::Token(token)));
        assert_eq!(desk.stands().0, Status::Unknown);
        let second = desk.ask(Style::Fetch);
        assert_eq!(desk.outcome(second), None);
        desk.view(view(Some(11), &[11]));
        assert!(desk.keeps_to(11));
        assert_eq!(desk.tab.machine.account_id(), 0);
        let minted = desk.mints(11);
        assert_eq!(desk.outcome(second), Some(Outcome::Token(minted)));
    }

    fn a_forced_call_is_never_answered_with_the_server_rendered_token() {
        let mut desk = Desk::with(FULL).started();
        seed(&mut desk, 11);
        let waiter = desk.force(Style::Token);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn where_the_source_disagrees_with_the_server_rendered_token_the_source_wins() {
        let mut desk = Desk::with(FULL).started();
        seed(&mut desk, 11);
        let waiter = desk.force(Style::Token);
        desk.view(view(Some(21), &[21]));
        assert!(desk.keeps_to(21));
        assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
        assert!(desk.all().any(|output| *output == Output::Ended(0)));
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn a_server_rendered_token_that_a_stored_pin_contradicts_is_refused() {
        let mut desk = Desk::with(FULL).reloaded(11);
        seed(&mut desk, 21);
        assert_eq!(refused(&desk), [Code::WrongAccount]);
        let mut desk = Desk::with(FULL).reloaded(11);
        let token = seed(&mut desk, 11);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_server_rendered_token_is_refused_when_malformed_expired_or_of_another_issuer() {
        let issuers = vec!["https://elsewhere.test".to_owned()];
        let mut desk = Desk::of(Config { source: FULL, issuers, ..Config::default() }).started();
        desk.tab.put(Input::Seed(Err("it is empty")));
        seed(&mut desk, 11);
        assert_eq!(refused(&desk), [Code::TokenMalformed, Code::IssuerMismatch]);
        let mut desk = Desk::with(FULL).started();
        desk.life = 0;
        seed(&mut desk, 11);
        assert_eq!(refused(&desk), [Code::TokenExpired]);
        assert_eq!(desk.tab.machine.stats().refused, 1);
    }

    fn a_server_rendered_token_is_refused_while_the_tab_has_no_account() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(21), &[21]));
        seed(&mut desk, 11);
        desk.view(view(None, &[]));
        seed(&mut desk, 11);
        assert_eq!(refused(&desk), [Code::WrongAccount; 2]);
    }

    fn a_server_rendered_token_that_has_died_meanwhile_is_not_served() {
        let mut desk = Desk::with(FULL).started();
        seed(&mut desk, 11);
        desk.wait(60_000);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn a_server_rendered_token_tells_a_bare_function_whose_tab_it_is() {
        let mut desk = Desk::with(BARE).started();
        seed(&mut desk, 11);
        desk.force(Style::Token);
        desk.mints(11);
        assert_eq!((desk.stands().0, desk.tab.machine.account_id()), (Status::SignedIn, 0));
        let mut desk = Desk::with(BARE).started();
        seed(&mut desk, 11);
        let waiter = desk.force(Style::Token);
        desk.mints(21);
        assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
        assert_eq!(desk.stands().0, Status::SignedIn);
    }

    fn another_organization_ends_the_account_and_keeps_the_pin() {
        let mut desk = Desk::signed_in();
        let key = desk.snapshot().account_key;
        let waiter = desk.ask(Style::Token);
        desk.view(with_variant("org_1"));
        assert!(desk.keeps_to(11));
        assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
        assert_eq!(desk.tab.machine.account_id(), 1);
        assert_ne!(desk.snapshot().account_key, key);
        desk.view(with_variant("org_1"));
        assert_eq!(desk.tab.machine.account_id(), 1);
    }

    fn a_token_from_before_the_organization_changed_is_refused_as_not_newer() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let old = desk.mints(11);
        desk.view(with_variant("org_1"));
        let waiter = desk.ask(Style::Token);
        let facts = TokenFacts { id: old, ..desk.token(11) };
        desk.answer(Answer::Token(facts));
        assert_eq!(refused(&desk), [Code::TokenNotNewer]);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(700);
        assert!(desk.skipped_cache());
        let new = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(new)));
    }

    fn account_keys_are_spelt_so_that_no_two_accounts_share_one() {
        let mut desk = Desk::signed_in();
        assert_eq!(desk.snapshot().account_key.as_deref(), Some("6:user_17:sess_110:0:"));
        desk.view(with_variant("org_1"));
        assert_eq!(desk.snapshot().account_key.as_deref(), Some("6:user_17:sess_115:org_10:"));
        let issuers = vec!["https://issuer.test".to_owned()];
        let desk = Desk::of(Config { source: FULL, issuers, ..Config::default() });
        assert_eq!(desk.tab.machine.account_key(), "0:0:0:19:https://issuer.test");
    }

    fn a_token_is_refreshed_before_anybody_has_to_wait_for_it() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        desk.mints(11);
        desk.wait(44_999);
        assert_eq!(desk.minted(), 1);
        desk.wait(1);
        assert_eq!((desk.minted(), desk.skipped_cache()), (2, true));
    }

    fn a_consumer_that_schedules_for_itself_is_left_to_do_so() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Consumer(None, Some(10_000)));
        desk.ask(Style::Fetch);
        desk.mints(11);
        desk.wait(120_000);
        assert_eq!(desk.minted(), 1);
        desk.tab.put(Input::Consumer(None, None));
        let mut desk = Desk::of(Config { source: FULL, auto_refresh: false, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        desk.mints(11);
        desk.wait(120_000);
        assert_eq!(desk.minted(), 1);
    }

    fn a_token_of_a_few_seconds_is_not_refreshed_in_a_loop() {
        let mut desk = Desk::signed_in();
        desk.life = 4_000;
        desk.ask(Style::Token);
        for _ in 0..100 {
            if !desk.tab.open.is_empty() {
                desk.mints(11);
            }
            desk.wait(100);
        }
        assert!((3..8).contains(&desk.minted()), "{} mints in ten seconds", desk.minted());
    }

    fn the_leeway_is_at_most_a_quarter_of_the_life() {
        let mut desk = Desk::of(Config { source: FULL, auto_refresh: false, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.life = 8_000;
        desk.ask(Style::Token);
        let token = desk.mints(11);
        desk.wait(5_999);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        desk.wait(1);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn a_live_token_that_no_attempt_could_better_is_served_and_its_end_announced_once() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let token = desk.mints(11);
        desk.wait(51_000);
        while desk.minted() < 5 {
            if !desk.tab.open.is_empty() {
                desk.answer(rejection(500));
            }
            desk.wait(20);
        }
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        assert_eq!(desk.at_hand(), Some(token));
        assert_eq!(desk.events().filter(|event| matches!(event, Event::Expiring { .. })).count(), 1);
        desk.wait(9_000);
        let waiter = desk.ask(Style::Token);
        assert_eq!((desk.outcome(waiter), desk.at_hand()), (None, None));
    }

    fn an_older_token_never_takes_the_place_of_a_newer_one() {
        let mut desk = Desk::signed_in();
        let old = desk.token(11);
        desk.ask(Style::Token);
        desk.wait(2_000);
        let new = desk.mints(11);
        let waiter = desk.ask_as(Style::Token, true, Some(100));
        desk.answer(Answer::Token(old));
        assert_eq!(desk.at_hand(), Some(new));
        desk.wait(100);
        assert_eq!(desk.code(waiter), Some(Code::TokenNotNewer));
    }

    fn the_shell_may_forget_every_token_but_those_that_can_still_be_handed_out_or_named() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Fetch);
        let first = desk.mints(11);
        desk.force(Style::Token);
        desk.wait(1_000);
        let second = desk.mints(11);
        assert!(desk.last().contains(&Output::Keep(vec![first, second])));
        desk.sign_out();
        assert!(desk.last().contains(&Output::Keep(vec![])));
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
        assert_eq!(refused(&desk), [Code::TokenExpired]);
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

    fn a_token_without_sub_or_of_nobody_is_refused() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let facts = TokenFacts { sub: None, ..desk.token(11) };
        desk.answer(Answer::Token(facts));
        assert_eq!(refused(&desk), [Code::TokenMalformed]);
    }

    fn a_token_that_never_expires_is_served_and_not_refreshed() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let facts = TokenFacts { exp: None, ..desk.token(11) };
        let id = facts.id;
        desk.answer(Answer::Token(facts));
        desk.wait(86_400_000);
        assert_eq!((desk.at_hand(), desk.minted()), (Some(id), 1));
        assert_eq!(desk.tab.machine.stats().expires_at, None);
    }

    fn stats_count_what_happened() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        assert!(desk.tab.machine.stats().refreshing);
        desk.answer(rejection(500));
        desk.wait(700);
        desk.mints(11);
        let stats = desk.tab.machine.stats();
        assert_eq!((stats.asked, stats.minted, stats.failed, stats.refused, stats.refreshing), (1, 1, 1, 0, false));
        assert_eq!(stats.expires_at, Some(desk.tab.time.real / 1_000 * 1_000 + 60_000));
        assert_eq!(desk.stands().1, Some(session(11)));
    }
}
