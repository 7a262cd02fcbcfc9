//! The network goes, comes back, and answers what it likes.

use super::kit::{Desk, FULL, SHARED, examples, network, rejection, session, view};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Failure, Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Outcome, Output, Task};
use tabpin::core::pin::Status;

/// Everything that a provider may answer for a while without anybody being signed out.
fn transient() -> Vec<Answer> {
    let named = |code| Answer::Failed(Failure { code: Some(Name::new(code)), ..Failure::default() });
    let wait = Failure { status: Some(429), retry_after: Some(1_000), ..Failure::default() };
    let mut all: Vec<_> = [408, 425, 429, 500, 502, 503, 504, 520].map(rejection).to_vec();
    all.extend([network(), named("AbortError"), Answer::Failed(wait), Answer::Failed(Failure::default())]);
    all.extend(["it is not three base64url parts", "it is empty"].map(Answer::Malformed));
    all.push(Answer::Undefined);
    all
}

fn online(desk: &Desk) -> Vec<bool> {
    let told = desk.events().filter_map(|event| match event {
        Event::Online { online } => Some(*online),
        _ => None,
    });
    told.collect()
}

/// Waits until another mint is under way, at most so long.
fn next_mint(desk: &mut Desk, ms: u64) {
    let until = desk.tab.time.mono + ms;
    while desk.tab.open.is_empty() && desk.tab.time.mono < until {
        desk.wait(20);
    }
}

examples! {
    fn while_the_browser_says_offline_attempts_are_slowed_and_go_on() {
        let mut desk = Desk::of(Config { source: SHARED, timeout: 120_000, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.tab.put(Input::Online(false));
        let waiter = desk.ask(Style::Token);
        for _ in 0..6 {
            let before = desk.minted();
            desk.answer(network());
            desk.wait(1_999);
            assert_eq!(desk.minted(), before);
            next_mint(&mut desk, 8_100);
            assert_eq!(desk.minted(), before + 1);
        }
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_network_that_fails_is_told_as_offline_whatever_the_browser_says() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        desk.answer(network());
        assert!(!desk.snapshot().online);
        next_mint(&mut desk, 700);
        desk.answer(rejection(500));
        assert!(desk.snapshot().online, "an answer came");
        next_mint(&mut desk, 1_200);
        desk.answer(network());
        desk.tab.put(Input::Online(false));
        next_mint(&mut desk, 2_200);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        assert_eq!(online(&desk), [false, true, false, true]);
    }

    fn offline_by_failure_alone_retries_are_no_slower() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        desk.answer(network());
        desk.wait(600);
        assert_eq!(desk.minted(), 2);
    }

    fn back_online_a_mint_starts_with_the_event_although_one_from_before_hangs() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Online(false));
        let waiter = desk.ask(Style::Token);
        desk.tab.put(Input::Online(true));
        let started = |output: &Output| matches!(output, Output::Mint { skip_cache: true, .. });
        assert!(desk.last().iter().any(started));
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        assert!(desk.tab.open.is_empty());
    }

    fn the_event_counts_although_a_success_had_meant_online_before() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Online(false));
        desk.ask(Style::Token);
        desk.mints(11);
        let waiter = desk.force(Style::Token);
        desk.answer(rejection(503));
        desk.tab.put(Input::Online(true));
        let token = { desk.wait(0); desk.tab.time.pass(1_000); desk.mints(11) };
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn offline_a_live_token_is_served() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let token = desk.mints(11);
        desk.tab.put(Input::Online(false));
        for style in [Style::Token, Style::Access, Style::Fetch] {
            let waiter = desk.ask(style);
            assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        }
        desk.wait(52_000);
        desk.answer(network());
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn connectivity_that_flips_during_a_request_brings_neither_an_empty_answer_nor_a_sign_out() {
        for style in [Style::Token, Style::Access, Style::Fetch] {
            let mut desk = Desk::signed_in();
            let waiter = desk.ask(style);
            let first = desk.flight();
            desk.tab.put(Input::Online(false));
            desk.tab.put(Input::Minted(first, network()));
            desk.tab.put(Input::Online(true));
            desk.tab.put(Input::Online(false));
            desk.tab.put(Input::Online(true));
            let late = desk.flight();
            desk.tab.put(Input::Minted(late, Answer::Undefined));
            assert_eq!((desk.outcome(waiter), desk.keeps_to(11)), (None, true));
            next_mint(&mut desk, 5_000);
            let token = desk.mints(11);
            assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        }
    }

    fn what_fails_for_now_costs_neither_the_token_nor_the_session() {
        for answer in transient() {
            let mut desk = Desk::signed_in();
            desk.ask(Style::Token);
            let token = desk.mints(11);
            let waiter = desk.force(Style::Token);
            desk.answer(answer);
            assert_eq!((desk.outcome(waiter), desk.at_hand()), (None, Some(token)), "{answer:?}");
            assert!(desk.keeps_to(11), "{answer:?}");
            assert!(desk.errands().is_empty(), "{answer:?}");
            next_mint(&mut desk, 2_000);
            let new = desk.mints(11);
            assert_eq!(desk.outcome(waiter), Some(Outcome::Token(new)), "{answer:?}");
        }
    }

    fn a_401_or_404_is_believed_only_when_the_source_has_read_the_session_again() {
        for status in [401, 404] {
            for gone in [false, true] {
                let mut desk = Desk::signed_in();
                let waiter = desk.ask(Style::Token);
                desk.answer(rejection(status));
                assert_eq!(desk.errands().into_values().collect::<Vec<_>>(), [(Task::Reload, session(11))]);
                assert_eq!((desk.outcome(waiter), desk.keeps_to(11)), (None, true));
                desk.done(if gone { Err(Failure::default()) } else { Ok(()) });
                assert!(desk.last().contains(&Output::Look));
                desk.view(if gone { view(None, &[]) } else { view(Some(11), &[11]) });
                assert_eq!(desk.stands().0, if gone { Status::SignedOut } else { Status::SignedIn });
                if gone {
                    assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
                } else {
                    next_mint(&mut desk, 2_000);
                    let token = desk.mints(11);
                    assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
                }
            }
        }
    }

    fn a_source_that_cannot_reload_is_looked_at_and_a_hung_reload_is_not_waited_for() {
        let mut desk = Desk::with(SHARED).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        desk.answer(rejection(404));
        assert!(desk.last().contains(&Output::Look));
        let mut desk = Desk::with(Abilities { reload: true, ..SHARED }).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        desk.answer(rejection(401));
        next_mint(&mut desk, 2_000);
        desk.answer(rejection(401));
        assert_eq!(desk.errands().len(), 1);
        desk.wait(4_000);
        assert!(desk.all().filter(|output| **output == Output::Look).count() > 1);
        assert!(desk.keeps_to(11));
    }

    fn a_late_answer_that_asks_for_rest_is_given_it() {
        let mut desk = Desk::of(Config { source: FULL, timeout: 120_000, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        let first = desk.flight();
        desk.wait(4_050);
        let rest = Failure { status: Some(429), retry_after: Some(60_000), ..Failure::default() };
        desk.tab.put(Input::Minted(first, Answer::Failed(rest)));
        desk.wait(59_900);
        assert_eq!(desk.minted(), 1);
        desk.wait(200);
        assert_eq!(desk.minted(), 2);
    }
}
