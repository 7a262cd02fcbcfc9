//! The server-rendered token.

use super::kit::{BARE, Desk, FULL, examples, view};
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::input::{Input, Style};
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::pin::Status;
use tabpin::core::token::Origin;

fn seed(desk: &mut Desk, number: u32) -> u32 {
    let facts = desk.token(number);
    let id = facts.id;
    desk.tab.put(Input::Seed(Ok(facts)));
    id
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
        assert_eq!(desk.refused(), [Code::WrongAccount]);
        let mut desk = Desk::with(FULL).reloaded(11);
        let token = seed(&mut desk, 11);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_server_rendered_token_is_refused_when_malformed_expired_or_of_another_issuer() {
        let issuers = vec!["https://elsewhere.test".into()];
        let mut desk = Desk::of(Config { source: FULL, issuers, ..Config::default() }).started();
        desk.tab.put(Input::Seed(Err("it is empty")));
        seed(&mut desk, 11);
        assert_eq!(desk.refused(), [Code::TokenMalformed, Code::IssuerMismatch]);
        let mut desk = Desk::with(FULL).started();
        desk.life = 0;
        seed(&mut desk, 11);
        assert_eq!(desk.refused(), [Code::TokenExpired]);
        assert_eq!(desk.tab.machine.stats().refused, 1);
    }

    fn a_server_rendered_token_is_refused_while_the_tab_has_no_account() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(21), &[21]));
        seed(&mut desk, 11);
        desk.view(view(None, &[]));
        seed(&mut desk, 11);
        assert_eq!(desk.refused(), [Code::WrongAccount; 2]);
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
    fn a_server_rendered_token_is_of_no_use_once_the_source_has_given_one() {
        let mut desk = Desk::with(FULL).started();
        seed(&mut desk, 11);
        let forced = desk.force(Style::Token);
        desk.view(view(Some(11), &[11]));
        let minted = desk.mints(11);
        assert_eq!(desk.outcome(forced), Some(Outcome::Token(minted)));
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(minted)));
        seed(&mut desk, 11);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(minted)));
    }
}
