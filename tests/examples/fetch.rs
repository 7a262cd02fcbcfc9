//! `fetchToken`, Convex's callback: what it must never do, rule by rule.

use super::kit::{Desk, FULL, SHARED, examples, network, rejection, view};
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Input, Style};
use tabpin::core::output::{Event, Outcome};
use tabpin::core::token::TokenFacts;

fn gave_up(desk: &Desk) -> Option<(Code, String)> {
    let errors = desk.events().filter_map(|event| match event {
        Event::GaveUp { error } => Some((error.code, error.message())),
        _ => None,
    });
    errors.last()
}

/// A desk whose Convex client has been given a token.
fn connected() -> (Desk, u32) {
    let mut desk = Desk::signed_in();
    let waiter = desk.ask(Style::Fetch);
    let token = desk.mints(11);
    assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    desk.wait(15_000);
    (desk, token)
}

examples! {
    fn it_rejects_in_no_case() {
        let answers = [
            Answer::Null,
            Answer::Undefined,
            Answer::Malformed("it is empty"),
            rejection(401),
            rejection(500),
            network(),
        ];
        for answer in answers {
            let mut desk = Desk::of(Config { source: SHARED, give_up_after: 2_000, ..Config::default() }).started();
            desk.view(view(Some(11), &[11]));
            let waiter = desk.force(Style::Fetch);
            desk.answer(answer);
            desk.wait(2_000);
            assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
        }
    }

    fn a_forced_call_is_null_at_once_only_when_the_tab_is_definitely_signed_out() {
        let mut desk = Desk::signed_in();
        let waiter = desk.force(Style::Fetch);
        desk.answer(Answer::Null);
        assert_eq!(desk.outcome(waiter), None);
        desk.view(view(None, &[11]));
        assert_eq!(desk.outcome(waiter), None);
        desk.view(view(None, &[]));
        assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
        let waiter = desk.force(Style::Fetch);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
    }

    fn a_transient_failure_is_waited_out() {
        let (mut desk, _) = connected();
        let waiter = desk.force(Style::Fetch);
        for _ in 0..3 {
            desk.answer(rejection(503));
            desk.wait(9_000);
            assert_eq!(desk.outcome(waiter), None);
        }
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn out_of_budget_it_answers_with_the_replaced_token_and_announces_when_to_try_again() {
        let (mut desk, token) = connected();
        let waiter = desk.force(Style::Fetch);
        desk.answer(rejection(503));
        desk.wait(29_999);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(1);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        assert!(gave_up(&desk).is_some());
        desk.wait(9_000);
        assert!(!desk.events().any(|event| *event == Event::Recovered));
        desk.mints(11);
        assert!(desk.events().any(|event| *event == Event::Recovered));
    }

    fn out_of_budget_with_nothing_live_it_answers_null() {
        let mut desk = Desk::of(Config { source: FULL, give_up_after: 2_000, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        let waiter = desk.ask(Style::Fetch);
        desk.answer(network());
        desk.wait(2_000);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
        assert_eq!(gave_up(&desk).map(|(code, _)| code), Some(Code::Offline));
    }

    fn its_budget_stands_still_while_offline_but_not_beyond_ten_minutes() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Online(false));
        let waiter = desk.force(Style::Fetch);
        desk.answer(network());
        desk.wait(599_999);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(1);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
    }

    fn a_forced_call_never_repeats_the_string_it_was_given() {
        let (mut desk, token) = connected();
        let waiter = desk.force(Style::Fetch);
        let mut same = desk.token(11);
        same.id = token;
        desk.answer(Answer::Token(same));
        assert_eq!(desk.outcome(waiter), None);
        let next = desk.mints_after_the_full_second();
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(next)));
        assert!(!desk.events().any(|event| matches!(event, Event::Retry { .. } | Event::Refused { .. })));
    }

    fn a_forced_call_takes_a_token_at_hand_that_is_nearly_new_and_another() {
        let (mut desk, _) = connected();
        desk.force(Style::Token);
        let newer = desk.mints(11);
        desk.wait(4_000);
        let waiter = desk.force(Style::Fetch);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(newer)));
    }

    fn a_forced_call_takes_no_token_at_hand_that_is_half_its_leeway_old() {
        let (mut desk, _) = connected();
        desk.force(Style::Token);
        let newer = desk.mints(11);
        desk.wait(6_000);
        let waiter = desk.force(Style::Fetch);
        assert_eq!(desk.outcome(waiter), None);
        let newest = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(newest)));
        assert_ne!(newest, newer);
    }

    fn a_consumers_own_leeway_decides_what_is_nearly_new() {
        let (mut desk, _) = connected();
        desk.tab.put(Input::Consumer(None, Some(2_000)));
        desk.force(Style::Token);
        desk.mints(11);
        desk.wait(1_500);
        let waiter = desk.force(Style::Fetch);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn every_token_is_held_against_the_pin() {
        let (mut desk, _) = connected();
        let waiter = desk.force(Style::Fetch);
        desk.mints(21);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(700);
        desk.mints(12);
        assert_eq!(desk.outcome(waiter), None);
        let refused =
            |event: &&Event| matches!(event, Event::Refused { error, .. } if error.code == Code::WrongAccount);
        assert_eq!(desk.events().filter(refused).count(), 2);
    }

    fn a_token_without_sid_counts_for_the_session_it_was_asked_for() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Fetch);
        let facts = TokenFacts { sid: None, ..desk.token(11) };
        let id = facts.id;
        desk.answer(Answer::Token(facts));
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(id)));
    }

    fn the_callback_of_an_account_that_has_ended_is_null_for_ever() {
        let ends: [fn(&mut Desk); 4] = [
            |desk| _ = desk.sign_out(),
            |desk| _ = desk.tab.put(Input::Unpin),
            |desk| desk.view(view(Some(21), &[11, 21])),
            |desk| _ = desk.tab.put(Input::Dispose),
        ];
        for end in ends {
            let (mut desk, _) = connected();
            desk.view(view(Some(11), &[11]));
            let account = desk.tab.machine.account_id();
            end(&mut desk);
            if desk.snapshot().session.is_none_or(|session| session.user_id.as_str() != "user_2") {
                desk.pin(11);
            }
            let waiter = desk.waiter();
            let ask = tabpin::core::input::Ask {
                waiter,
                account,
                template: None,
                style: Style::Fetch,
                forced: true,
                replaces: None,
                timeout: None,
            };
            desk.tab.put(Input::Ask(ask));
            assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
        }
    }

    fn a_token_that_convex_cannot_schedule_by_is_never_handed_to_it_and_the_claim_is_named() {
        let cases: [(&str, fn(TokenFacts) -> TokenFacts); 3] = [
            ("`iat`", |facts| TokenFacts { iat: None, ..facts }),
            ("`exp`", |facts| TokenFacts { exp: None, ..facts }),
            ("2 s or less", |facts| TokenFacts { exp: facts.iat.map(|iat| iat + 2_000), ..facts }),
        ];
        for (named, spoil) in cases {
            let mut desk = Desk::of(Config { source: SHARED, give_up_after: 1_000, ..Config::default() }).started();
            desk.view(view(Some(11), &[11]));
            let waiter = desk.ask(Style::Fetch);
            let facts = spoil(desk.token(11));
            desk.answer(Answer::Token(facts));
            desk.wait(1_000);
            assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
            let (code, message) = gave_up(&desk).expect("it gave up");
            assert_eq!(code, Code::TokenMalformed);
            assert!(message.contains(named), "{message}");
        }
    }

    fn the_hot_path_serves_it_and_remembers_what_it_gave() {
        let (mut desk, _) = connected();
        desk.force(Style::Token);
        let newer = desk.mints(11);
        let (now, account) = (desk.tab.time.now(), desk.tab.machine.account_id());
        assert_eq!(desk.tab.machine.hit(now, account, None, Style::Fetch), Some(newer));
        assert_eq!(desk.tab.machine.hit(now, account + 1, None, Style::Fetch), None);
        assert_eq!(desk.tab.machine.hit(now, account, Some("convex".into()), Style::Fetch), None);
        let waiter = desk.force(Style::Fetch);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn the_hot_path_gives_it_no_token_that_it_cannot_schedule_by() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let facts = TokenFacts { exp: None, ..desk.token(11) };
        desk.answer(Answer::Token(facts));
        let (now, account) = (desk.tab.time.now(), desk.tab.machine.account_id());
        assert_eq!(desk.tab.machine.hit(now, account, None, Style::Fetch), None);
        assert!(desk.tab.machine.hit(now, account, None, Style::Token).is_some());
    }
}
