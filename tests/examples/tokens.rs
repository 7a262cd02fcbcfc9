//! Tokens at hand: variants, refreshing ahead, and what is not accepted.

use super::kit::{Desk, FULL, examples, rejection, session, telling, view};
use std::collections::BTreeSet;
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::session::View;
use tabpin::core::token::TokenFacts;

fn with_variant(variant: &str) -> View {
    telling(view(Some(11), &[11]), |seen| seen.variant = Some(variant.into()))
}

examples! {
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
        assert_eq!(desk.refused(), [Code::TokenNotNewer]);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(700);
        assert!(desk.skipped_cache());
        let new = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(new)));
    }

    fn account_keys_are_spelt_so_that_no_two_accounts_share_one() {
        let mut desk = Desk::signed_in();
        assert_eq!(desk.snapshot().account_key.map(Name::as_str), Some("6:user_17:sess_110:0:"));
        desk.view(with_variant("org_1"));
        assert_eq!(desk.snapshot().account_key.map(Name::as_str), Some("6:user_17:sess_115:org_10:"));
        let issuers = vec!["https://issuer.test".into()];
        let desk = Desk::of(Config { source: FULL, issuers, ..Config::default() });
        assert_eq!(desk.tab.machine.account_key().as_str(), "0:0:0:19:https://issuer.test");
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
        let kept = |desk: &Desk| {
            let kept = desk.last().iter().find_map(|output| match output {
                Output::Keep(tokens) => Some(BTreeSet::from_iter(tokens.iter().copied())),
                _ => None,
            });
            kept.expect("told what to keep")
        };
        assert_eq!(kept(&desk), BTreeSet::from([first, second]));
        desk.sign_out();
        assert!(kept(&desk).is_empty());
    }

    fn a_token_without_sub_or_of_nobody_is_refused() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let facts = TokenFacts { sub: None, ..desk.token(11) };
        desk.answer(Answer::Token(facts));
        assert_eq!(desk.refused(), [Code::TokenMalformed]);
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
