//! Retries: how often the source is asked, and what its failures are called.

use super::kit::{Desk, FULL, SHARED, examples, network, rejection, view};
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Ask, Failure, Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Outcome};

fn delays(desk: &Desk) -> Vec<u64> {
    let delays = desk.events().filter_map(|event| match event {
        Event::Retry { delay_ms, .. } => Some(*delay_ms),
        _ => None,
    });
    delays.collect()
}

examples! {
    fn retries_back_off_exponentially_with_full_jitter() {
        let mut desk = Desk::of(Config { source: SHARED, timeout: 600_000, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        for attempt in 0..12 {
            desk.answer(rejection(500));
            let delay = delays(&desk)[attempt];
            let ceiling = (500 << attempt.min(4)).min(8_000);
            assert!((100..=100 + ceiling).contains(&delay), "attempt {attempt}: {delay} ms");
            desk.wait(delay - 1);
            assert_eq!(desk.minted(), attempt + 1);
            desk.wait(1);
            assert_eq!(desk.minted(), attempt + 2);
        }
        assert!(delays(&desk).windows(2).any(|pair| pair[0] != pair[1]));
    }

    fn a_template_that_the_provider_does_not_know_is_named() {
        let mut desk = Desk::signed_in();
        let (waiter, account) = (desk.waiter(), desk.tab.machine.account_id());
        let (template, style) = (Some(Name::new("convex")), Style::Token);
        desk.tab.put(Input::Ask(Ask { waiter, account, template, style, forced: false, replaces: None, timeout: None }));
        desk.answer(rejection(404));
        let told = desk.events().find_map(|event| match event {
            Event::Retry { error, .. } => Some(error.message()),
            _ => None,
        });
        assert_eq!(told.as_deref(), Some("The source rejected: HTTP 404 for the template convex."));
    }

    fn offline_retries_only_get_slower() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Online(false));
        desk.ask(Style::Token);
        desk.answer(network());
        assert!(delays(&desk)[0] >= 2_000);
    }

    fn coming_online_tries_at_once() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Online(false));
        let waiter = desk.ask(Style::Token);
        desk.answer(network());
        assert_eq!(desk.minted(), 1);
        desk.tab.put(Input::Online(true));
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_success_means_online_whatever_the_browser_says() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Online(false));
        assert!(!desk.snapshot().online);
        desk.ask(Style::Token);
        desk.mints(11);
        assert!(desk.snapshot().online);
        assert!(desk.events().any(|event| *event == Event::Online { online: true }));
    }

    fn retry_after_is_honoured_even_when_the_tab_is_focused() {
        let mut desk = Desk::of(Config { source: FULL, timeout: 120_000, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        let failure = Failure { status: Some(429), retry_after: Some(60_000), ..Failure::default() };
        desk.answer(Answer::Failed(failure));
        assert_eq!(delays(&desk), [60_000]);
        desk.wait(30_000);
        desk.tab.put(Input::Wake);
        desk.wait(29_999);
        assert_eq!(desk.minted(), 1);
        desk.wait(1);
        assert_eq!(desk.minted(), 2);
    }

    fn nobody_is_made_to_wait_for_hours_by_a_retry_after() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let failure = Failure { status: Some(503), retry_after: Some(86_400_000), ..Failure::default() };
        desk.answer(Answer::Failed(failure));
        assert_eq!(delays(&desk), [300_000]);
    }

    fn a_mint_that_takes_four_seconds_is_abandoned_and_tried_past_the_cache() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        assert!(!desk.skipped_cache());
        desk.wait(3_999);
        assert!(delays(&desk).is_empty());
        desk.wait(1 + 600);
        assert_eq!((desk.minted(), desk.skipped_cache()), (2, true));
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn the_late_answer_of_an_abandoned_mint_is_welcome() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        let first = desk.flight();
        desk.wait(5_000);
        let id = desk.lands(first, 11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(id)));
        assert!(desk.tab.open.is_empty());
    }

    fn the_late_failure_of_an_abandoned_mint_changes_nothing() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let first = desk.flight();
        desk.wait(5_000);
        let before = delays(&desk).len();
        desk.tab.put(Input::Minted(first, rejection(500)));
        assert!(desk.last().is_empty());
        assert_eq!(delays(&desk).len(), before);
    }

    fn no_more_than_three_abandoned_mints_are_waited_for() {
        let mut desk = Desk::of(Config { source: SHARED, timeout: 600_000, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        desk.wait(120_000);
        assert!(desk.minted() > 8);
        assert!(desk.tab.open.len() <= 4, "{} are open", desk.tab.open.len());
    }

    fn a_wrong_issuer_is_reported_without_waiting_for_the_timeout() {
        let issuers = vec!["https://elsewhere.test".into(), "https://other.test".into()];
        let mut desk = Desk::of(Config { source: FULL, issuers, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        let waiter = desk.ask(Style::Token);
        desk.mints(11);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(1_000);
        desk.mints(11);
        assert_eq!(desk.code(waiter), Some(Code::IssuerMismatch));
    }

    fn a_rejection_quotes_status_and_code_and_nothing_longer() {
        let message = |code: Option<&str>| {
            let mut desk = Desk::signed_in();
            let waiter = desk.ask_as(Style::Token, false, Some(50));
            let failure = Failure { status: Some(422), code: code.map(Name::new), ..Failure::default() };
            desk.answer(Answer::Failed(failure));
            desk.wait(50);
            match desk.outcome(waiter) {
                Some(Outcome::Reject(error)) => error.message(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(message(None), "The source rejected: HTTP 422.");
        assert_eq!(message(Some("quota_exceeded")), "The source rejected: HTTP 422, code quota_exceeded.");
        assert_eq!(message(Some("too many")), "The source rejected: HTTP 422.");
        assert_eq!(message(Some(&"x".repeat(65))), "The source rejected: HTTP 422.");
    }
}
