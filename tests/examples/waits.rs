//! Deadlines, budgets, retries: how long anybody waits, and how often the source is asked.

use super::kit::{Desk, FULL, SHARED, examples, network, rejection, session, view};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Failure, Input, Style};
use tabpin::core::output::{Event, Outcome, Output, Task};

fn delays(desk: &Desk) -> Vec<u64> {
    let delays = desk.events().filter_map(|event| match event {
        Event::Retry { delay_ms, .. } => Some(*delay_ms),
        _ => None,
    });
    delays.collect()
}

examples! {
    fn get_token_waits_for_its_timeout_and_no_longer() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        let own = desk.ask_as(Style::Token, false, Some(700));
        desk.wait(700);
        assert_eq!(desk.code(own), Some(Code::SourceTimeout));
        desk.wait(9_299);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(1);
        assert_eq!(desk.code(waiter), Some(Code::SourceTimeout));
    }

    fn being_offline_extends_no_timeout_of_get_token() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Online(false));
        let waiter = desk.ask(Style::Token);
        desk.answer(network());
        desk.wait(10_000);
        assert!(desk.outcome(waiter).is_some());
    }

    fn sleep_is_no_waiting_time() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        desk.wait(1_000);
        desk.tab.sleep(3_600_000, true);
        desk.tab.put(Input::Wake);
        assert_eq!(desk.outcome(waiter), None);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn several_who_ask_at_once_share_one_mint() {
        let mut desk = Desk::signed_in();
        let waiters = [Style::Token, Style::Access, Style::Fetch].map(|style| desk.ask(style));
        assert_eq!(desk.minted(), 1);
        let token = desk.mints(11);
        waiters.iter().for_each(|waiter| assert_eq!(desk.outcome(*waiter), Some(Outcome::Token(token))));
        assert_eq!(desk.tab.machine.stats().coalesced, 2);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        assert_eq!(desk.minted(), 1);
    }

    fn templates_are_minted_apart() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let (waiter, account) = (desk.waiter(), desk.tab.machine.account_id());
        let template = Some("convex".to_owned());
        let ask = tabpin::core::input::Ask {
            waiter, account, template, style: Style::Token, forced: false, replaces: None, timeout: None,
        };
        desk.tab.put(Input::Ask(ask));
        assert_eq!(desk.minted(), 2);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        assert_eq!(desk.tab.open.len(), 1);
    }

    fn an_aborted_ask_is_told_so_and_its_mint_is_called_off() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        let flight = desk.flight();
        desk.tab.put(Input::Cancel(waiter));
        assert_eq!(desk.code(waiter), Some(Code::Aborted));
        assert!(desk.last().contains(&Output::Abort(flight)));
        desk.tab.put(Input::Cancel(waiter));
        assert!(desk.last().is_empty());
    }

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
        let facts = desk.token(11);
        let id = facts.id;
        desk.tab.put(Input::Minted(first, Answer::Token(facts)));
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
        let issuers = vec!["https://elsewhere.test".to_owned(), "https://other.test".to_owned()];
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
            let failure = Failure { status: Some(422), code: code.map(str::to_owned), ..Failure::default() };
            desk.answer(Answer::Failed(failure));
            desk.wait(50);
            match desk.outcome(waiter) {
                Some(Outcome::Reject(error)) => error.message,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(message(None), "The source rejected: HTTP 422.");
        assert_eq!(message(Some("quota_exceeded")), "The source rejected: HTTP 422, code quota_exceeded.");
        assert_eq!(message(Some("too many")), "The source rejected: HTTP 422.");
        assert_eq!(message(Some(&"x".repeat(65))), "The source rejected: HTTP 422.");
    }

    fn wait_for_claims_reloads_mints_anew_and_goes_on_until_they_are_as_wanted() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Claims);
        assert_eq!(desk.errands().into_values().collect::<Vec<_>>(), [(Task::Reload, session(11))]);
        assert_eq!(desk.minted(), 0);
        desk.done(Ok(()));
        assert!(desk.skipped_cache());
        let first = desk.mints(11);
        assert!(desk.last().contains(&Output::Judge(waiter, first)));
        desk.tab.put(Input::Judged(waiter, false));
        desk.wait(2_000);
        assert_eq!(desk.errands().len(), 2);
        desk.done(Err(Failure::default()));
        let second = desk.mints(11);
        desk.tab.put(Input::Judged(waiter, true));
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(second)));
    }

    fn wait_for_claims_ends_with_its_timeout_and_says_how_often_it_looked() {
        let mut desk = Desk::with(Abilities { reload: false, ..FULL }).started();
        desk.view(view(Some(11), &[11]));
        let waiter = desk.ask_as(Style::Claims, false, Some(5_000));
        while desk.outcome(waiter).is_none() {
            if !desk.tab.open.is_empty() {
                desk.mints(11);
                desk.tab.put(Input::Judged(waiter, false));
            }
            desk.wait(100);
        }
        assert_eq!(desk.code(waiter), Some(Code::ClaimsTimeout));
        assert!((3..9).contains(&desk.minted()), "{} mints", desk.minted());
    }

    fn a_verdict_that_nobody_asked_for_is_ignored() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        desk.tab.put(Input::Judged(waiter, true));
        desk.tab.put(Input::Judged(99, true));
        desk.tab.put(Input::Done(99, Ok(())));
        desk.tab.put(Input::Minted(99, Answer::Null));
        assert_eq!(desk.outcome(waiter), None);
    }

    fn dispose_settles_everybody_and_leaves_nothing() {
        let mut desk = Desk::signed_in();
        let token = desk.ask(Style::Token);
        let fetch = desk.ask(Style::Fetch);
        let claims = desk.ask(Style::Claims);
        let left = desk.sign_out();
        desk.pin(11);
        let waiting = desk.ask(Style::Claims);
        desk.tab.put(Input::Dispose);
        assert_eq!(desk.outcome(fetch), Some(Outcome::Null));
        assert_eq!([token, claims].map(|waiter| desk.code(waiter)), [Some(Code::AccountChanged); 2]);
        assert_eq!([left, waiting].map(|waiter| desk.code(waiter)), [Some(Code::Disposed); 2]);
        assert_eq!((desk.tab.open.len(), desk.tab.machine.deadline(), desk.at_hand()), (0, None, None));
        let late = [desk.ask(Style::Token), desk.pin(11), desk.sign_out()];
        assert_eq!(late.map(|waiter| desk.code(waiter)), [Some(Code::Disposed); 3]);
        let late = desk.ask(Style::Fetch);
        assert_eq!(desk.outcome(late), Some(Outcome::Null));
    }
}
