//! The pin's table for a bare function, whose tokens tell whose session it is.

use super::kit::{BARE, Desk, examples, network, rejection, session};
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Input, Style};
use tabpin::core::output::{Event, Outcome};
use tabpin::core::pin::{Cause, Status};

/// Signed out: nobody has ever been there.
fn nobody() -> Desk {
    let mut desk = Desk::with(BARE).started();
    desk.ask(Style::Token);
    desk.answer(Answer::Null);
    desk.wait(250);
    desk.answer(Answer::Null);
    desk
}

examples! {
    fn the_first_token_tells_whose_tab_it_is() {
        let (desk, _) = Desk::taught();
        let (status, pin) = desk.stands();
        assert_eq!((status, pin.and_then(|pin| pin.session_id)), (Status::SignedIn, Some("sess_11".into())));
        assert!(desk.causes().contains(&Cause::First));
        assert_eq!(desk.tab.machine.account_id(), 0);
    }

    fn a_token_that_is_refused_as_expired_tells_nothing() {
        let mut desk = Desk::with(BARE).started();
        let waiter = desk.ask(Style::Token);
        let life = std::mem::replace(&mut desk.life, 0);
        desk.mints(21);
        assert_eq!((desk.stands().0, desk.refused()), (Status::Unknown, vec![Code::TokenExpired]));
        desk.life = life;
        desk.wait(1_100);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_null_before_the_first_token_is_asked_once_more_after_a_quarter_second() {
        let mut desk = Desk::with(BARE).started();
        let waiter = desk.ask(Style::Access);
        desk.answer(Answer::Null);
        assert_eq!(desk.stands().0, Status::Unknown);
        desk.wait(249);
        assert_eq!(desk.minted(), 1);
        desk.wait(1);
        desk.answer(Answer::Null);
        assert_eq!(desk.stands().0, Status::SignedOut);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
    }

    fn the_retry_that_is_announced_is_the_one_that_is_made() {
        let mut desk = Desk::with(BARE).started();
        desk.ask(Style::Token);
        desk.answer(Answer::Null);
        let delays = desk.events().filter_map(|event| match event {
            Event::Retry { delay_ms, .. } => Some(*delay_ms),
            _ => None,
        });
        assert_eq!(delays.collect::<Vec<_>>(), [250]);
    }

    fn an_undefined_is_not_known_yet_and_is_retried() {
        let mut desk = Desk::with(BARE).started();
        let waiter = desk.ask(Style::Token);
        for _ in 0..4 {
            desk.answer(Answer::Undefined);
            desk.wait(4_200);
            assert_eq!(desk.stands().0, Status::Unknown);
            if desk.outcome(waiter).is_some() {
                break;
            }
        }
        assert_eq!(desk.code(waiter), Some(Code::SourceNotReady));
        let waiter = desk.ask(Style::Token);
        desk.wait(8_200);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_null_after_a_token_is_retried_through_the_budget_and_then_believed() {
        let (mut desk, _) = Desk::taught();
        desk.wait(5_000);
        let waiter = desk.force(Style::Token);
        let fetch = desk.force(Style::Fetch);
        while desk.outcome(waiter).is_none() {
            assert_eq!(desk.stands().0, Status::SignedIn);
            desk.answer(Answer::Null);
            while desk.tab.open.is_empty() && desk.outcome(waiter).is_none() {
                desk.wait(50);
            }
        }
        assert_eq!(desk.code(waiter), Some(Code::SignedOut));
        assert_eq!(desk.outcome(fetch), Some(Outcome::Null));
        assert_eq!(desk.stands().0, Status::SignedOut);
    }

    fn one_null_or_a_callers_own_short_timeout_signs_nobody_out() {
        let (mut desk, token) = Desk::taught();
        let waiter = desk.ask_as(Style::Token, true, Some(1_000));
        desk.answer(Answer::Null);
        desk.wait(1_000);
        assert_eq!(desk.code(waiter), Some(Code::TokenMissing));
        assert_eq!(desk.stands().0, Status::SignedIn);
        assert_eq!(desk.at_hand(), Some(token));
    }

    fn a_foreign_first_token_after_a_load_is_lost() {
        let mut desk = Desk::with(BARE).reloaded(11);
        let waiter = desk.ask(Style::Token);
        desk.mints(21);
        assert_eq!(desk.stands(), (Status::Lost, Some(session(11))));
        assert_eq!(desk.code(waiter), Some(Code::SessionLost));
    }

    fn after_a_load_the_same_session_is_restored_and_another_of_the_user_renewed() {
        let mut desk = Desk::with(BARE).reloaded(11);
        desk.ask(Style::Token);
        desk.mints(11);
        assert!(desk.keeps_to(11) && desk.causes().contains(&Cause::Restored));
        let mut desk = Desk::with(BARE).reloaded(11);
        desk.ask(Style::Token);
        desk.mints(12);
        assert!(desk.causes().contains(&Cause::Renewed));
    }

    fn a_token_of_another_user_is_refused_and_the_tab_stays() {
        let (mut desk, token) = Desk::taught();
        let waiter = desk.ask_as(Style::Token, true, Some(200));
        desk.mints(21);
        assert_eq!(desk.at_hand(), Some(token));
        assert!(
            desk.events()
                .any(|event| matches!(event, Event::Refused { error, .. } if error.code == Code::WrongAccount))
        );
        desk.wait(200);
        assert_eq!(desk.code(waiter), Some(Code::WrongAccount));
    }

    fn a_token_of_the_users_next_session_renews_the_pin_and_ends_the_account() {
        let (mut desk, _) = Desk::taught();
        let waiter = desk.force(Style::Token);
        let token = desk.mints(12);
        assert!(desk.causes().contains(&Cause::Renewed));
        assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
        assert_eq!(desk.at_hand(), Some(token));
        assert_eq!(desk.tab.machine.account_id(), 1);
    }

    fn signed_out_it_is_probed_on_each_ask_on_focus_and_online() {
        let mut desk = nobody();
        assert_eq!((desk.stands().0, desk.minted()), (Status::SignedOut, 2));
        let waiter = desk.ask(Style::Token);
        desk.answer(Answer::Null);
        assert_eq!(desk.code(waiter), Some(Code::SignedOut));
        desk.tab.put(Input::Wake);
        desk.answer(Answer::Null);
        desk.tab.put(Input::Online(false));
        desk.tab.put(Input::Online(true));
        assert_eq!(desk.minted(), 5);
        desk.mints(11);
        assert_eq!(desk.stands().0, Status::SignedIn);
    }

    fn a_failed_probe_is_not_repeated_while_nobody_waits() {
        let mut desk = nobody();
        desk.tab.put(Input::Wake);
        desk.answer(network());
        desk.wait(60_000);
        assert_eq!(desk.minted(), 3);
    }

    fn after_a_sign_out_here_the_same_session_is_not_adopted_again() {
        let (mut desk, _) = Desk::taught();
        let done = desk.sign_out();
        assert_eq!(desk.outcome(done), Some(Outcome::Done));
        let waiter = desk.ask(Style::Token);
        desk.mints(11);
        assert_eq!((desk.code(waiter), desk.stands().0), (Some(Code::SignedOut), Status::SignedOut));
        desk.wait(1_000);
        desk.ask(Style::Token);
        desk.mints(12);
        assert!(desk.causes().contains(&Cause::Adopted));
    }

    fn after_a_null_the_same_name_is_somebody_new() {
        let (mut desk, _) = Desk::taught();
        desk.sign_out();
        desk.ask(Style::Token);
        desk.answer(Answer::Null);
        desk.wait(1_000);
        desk.ask(Style::Token);
        desk.mints(11);
        assert_eq!(desk.stands().0, Status::SignedIn);
    }

    fn lost_it_is_probed_on_focus_and_left_when_the_user_returns() {
        let mut desk = Desk::with(BARE).reloaded(11);
        desk.ask(Style::Token);
        desk.mints(21);
        desk.wait(60_000);
        assert_eq!(desk.minted(), 1);
        desk.tab.put(Input::Wake);
        desk.mints(21);
        assert_eq!(desk.stands().0, Status::Lost);
        desk.tab.put(Input::Wake);
        desk.mints(12);
        assert!(desk.causes().contains(&Cause::Renewed));
    }

    fn lost_it_is_signed_out_when_everybody_has_left() {
        let mut desk = Desk::with(BARE).reloaded(11);
        desk.ask(Style::Token);
        desk.mints(21);
        desk.tab.put(Input::Wake);
        desk.answer(Answer::Null);
        assert_eq!(desk.stands().0, Status::Lost);
        desk.wait(250);
        desk.answer(Answer::Null);
        assert_eq!(desk.stands().0, Status::SignedOut);
    }

    fn failures_leave_it_unknown() {
        let mut desk = Desk::with(BARE).started();
        let waiter = desk.ask(Style::Access);
        desk.answer(rejection(500));
        assert_eq!(desk.stands().0, Status::Unknown);
        desk.wait(10_000);
        assert_eq!(desk.code(waiter), Some(Code::SourceTimeout));
    }
}
