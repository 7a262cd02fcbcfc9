//! The pin's table: signed out, lost, and not known yet, for sources that tell who is signed in.

use super::kit::{Desk, FULL, examples, session, view};
use tabpin::core::error::Code;
use tabpin::core::input::{Failure, Input, Style};
use tabpin::core::output::{Event, Outcome, Output, Task};
use tabpin::core::pin::{Cause, Status};
use tabpin::core::session::{Current, View};

examples! {
    fn with_only_others_signed_in_the_tab_is_lost_and_offers_the_list() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        desk.view(view(Some(21), &[21, 31]));
        assert_eq!(desk.stands(), (Status::Lost, Some(session(11))));
        assert_eq!(desk.snapshot().sessions, Some(vec![session(21), session(31)]));
        assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.code(waiter), Some(Code::SessionLost));
        assert!(desk.tab.open.is_empty());
    }

    fn lost_is_left_by_pin_by_the_same_user_and_by_everybody_leaving() {
        let lost = || {
            let mut desk = Desk::signed_in();
            desk.view(view(Some(21), &[21]));
            desk
        };
        let mut desk = lost();
        let waiter = desk.pin(21);
        assert!(desk.keeps_to(21) && desk.outcome(waiter) == Some(Outcome::Done));
        let mut desk = lost();
        desk.view(view(Some(31), &[21, 31]));
        assert_eq!(desk.stands().0, Status::Lost);
        desk.view(view(Some(31), &[21, 31, 12]));
        assert!(desk.keeps_to(12));
        let mut desk = lost();
        desk.view(view(None, &[]));
        assert_eq!(desk.stands(), (Status::SignedOut, None));
    }

    fn a_sign_out_here_ends_the_account_before_the_provider_is_told() {
        let mut desk = Desk::signed_in();
        let waiting = desk.ask(Style::Fetch);
        let waiter = desk.sign_out();
        let place = |wanted: fn(&Output) -> bool| desk.last().iter().position(wanted).expect("ordered");
        let ended = place(|output| matches!(output, Output::Ended(0)));
        let errand = place(|output| matches!(output, Output::Errand(_, Task::SignOut, _)));
        assert!(ended < errand);
        assert_eq!(desk.stored(), Some(None));
        assert_eq!(desk.outcome(waiting), Some(Outcome::Null));
        assert_eq!(desk.outcome(waiter), None);
        desk.done(Ok(()));
        assert_eq!(desk.outcome(waiter), Some(Outcome::Done));
    }

    fn after_a_sign_out_here_nobody_who_remains_is_adopted() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(11), &[11, 21]));
        desk.sign_out();
        desk.view(view(Some(21), &[21]));
        assert_eq!(desk.stands(), (Status::SignedOut, None));
        desk.view(view(Some(31), &[21, 31]));
        assert!(desk.keeps_to(31));
        assert_eq!(desk.causes().last(), Some(&Cause::Adopted));
    }

    fn after_a_sign_out_here_pin_is_obeyed_and_somebody_who_left_may_return() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(11), &[11, 21]));
        desk.sign_out();
        desk.pin(21);
        assert!(desk.keeps_to(21));
        desk.sign_out();
        desk.view(view(None, &[]));
        desk.view(view(Some(21), &[21]));
        assert!(desk.keeps_to(21));
    }

    fn a_sign_out_that_fails_at_the_provider_is_reported() {
        let mut desk = Desk::signed_in();
        let waiter = desk.sign_out();
        desk.done(Err(Failure { status: Some(503), ..Failure::default() }));
        assert_eq!(desk.code(waiter), Some(Code::SourceRejected));
        assert_eq!(desk.stands().0, Status::SignedOut);
    }

    fn a_sign_out_that_hangs_ends_with_the_timeout() {
        let mut desk = Desk::signed_in();
        let waiter = desk.sign_out();
        desk.wait(9_999);
        assert_eq!(desk.outcome(waiter), None);
        desk.wait(1);
        assert_eq!(desk.code(waiter), Some(Code::SourceTimeout));
    }

    fn unpin_loses_the_tab_until_the_current_session_is_a_different_one() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(11), &[11, 21]));
        desk.tab.put(Input::Unpin);
        assert_eq!(desk.stands(), (Status::Lost, Some(session(11))));
        assert_eq!(desk.stored(), Some(None));
        desk.view(view(Some(11), &[11, 21]));
        assert_eq!(desk.stands().0, Status::Lost);
        desk.view(view(Some(21), &[11, 21]));
        assert!(desk.keeps_to(21));
    }

    fn unpin_before_anything_is_known_forgets_the_stored_pin() {
        let mut desk = Desk::with(FULL).reloaded(11);
        desk.tab.put(Input::Unpin);
        desk.view(view(Some(21), &[11, 21]));
        assert!(desk.keeps_to(21));
    }

    fn when_the_pinned_session_ends_elsewhere_and_nobody_remains_the_tab_is_signed_out() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Access);
        desk.view(view(None, &[]));
        assert_eq!(desk.stands(), (Status::SignedOut, None));
        assert_eq!(desk.outcome(waiter), Some(Outcome::Null));
        assert!(desk.events().any(|event| *event == Event::SignedOut { session: session(11) }));
        desk.view(view(Some(21), &[21]));
        assert!(desk.keeps_to(21));
    }

    fn a_current_of_null_is_no_sign_out_while_the_pin_is_listed() {
        let mut desk = Desk::signed_in();
        desk.view(view(None, &[11]));
        assert!(desk.keeps_to(11));
        desk.view(view(None, &[11, 21]));
        assert!(desk.keeps_to(11));
    }

    fn a_source_that_cannot_list_is_believed_when_it_says_nobody() {
        let mut desk = Desk::signed_in();
        desk.view(View { sessions: None, ..view(Some(21), &[]) });
        assert!(desk.keeps_to(11) && desk.snapshot().multi_session.is_none());
        desk.view(View { sessions: None, ..view(Some(12), &[]) });
        assert!(desk.keeps_to(12));
        desk.view(View { sessions: None, ..view(None, &[]) });
        assert_eq!(desk.stands().0, Status::SignedOut);
    }

    fn unreadable_storage_with_several_users_is_lost_rather_than_a_guess() {
        let start = || {
            let mut desk = Desk::with(FULL);
            desk.tab.put(Input::Start { stored: Err(()), online: true });
            desk
        };
        let mut desk = start();
        desk.view(view(Some(11), &[11, 21]));
        assert_eq!(desk.stands().0, Status::Lost);
        let mut desk = start();
        desk.view(view(Some(11), &[11, 12]));
        assert!(desk.keeps_to(11));
    }

    fn while_the_provider_loads_the_status_is_unchanged() {
        let mut desk = Desk::signed_in();
        desk.view(View { current: Current::Unknown, ..view(None, &[]) });
        assert!(desk.keeps_to(11));
        let mut desk = Desk::with(FULL).started();
        let waiter = desk.ask(Style::Token);
        desk.view(View::default());
        assert_eq!(desk.stands(), (Status::Unknown, None));
        desk.wait(10_000);
        assert_eq!(desk.code(waiter), Some(Code::SourceNotReady));
    }

    fn a_source_that_loads_is_looked_at_again_while_somebody_waits() {
        let mut desk = Desk::with(FULL).started();
        let looks = |desk: &Desk| desk.all().filter(|output| **output == Output::Look).count();
        desk.wait(5_000);
        assert_eq!(looks(&desk), 1);
        desk.ask(Style::Ready);
        desk.wait(5_000);
        assert!((4..12).contains(&looks(&desk)), "{} looks", looks(&desk));
        desk.view(view(Some(11), &[11]));
        let before = looks(&desk);
        desk.wait(5_000);
        assert_eq!(looks(&desk), before);
    }

    fn ready_waits_until_something_is_known() {
        let mut desk = Desk::with(FULL).started();
        let waiter = desk.ask(Style::Ready);
        assert_eq!(desk.outcome(waiter), None);
        desk.view(view(None, &[]));
        assert_eq!(desk.outcome(waiter), Some(Outcome::Done));
        let mut desk = Desk::with(FULL).started();
        let waiter = desk.ask_as(Style::Ready, false, Some(500));
        desk.wait(500);
        assert_eq!(desk.code(waiter), Some(Code::SourceNotReady));
    }
}
