//! The pin's table, row by row, for sources that tell who is signed in.

use super::kit::{Desk, FULL, SHARED, examples, session, view, view_since};
use tabpin::core::config::Abilities;
use tabpin::core::error::Code;
use tabpin::core::input::{Failure, Style};
use tabpin::core::output::{Event, Outcome, Output, Task, Where};
use tabpin::core::pin::{Cause, Status};
use tabpin::core::session::{Ambient, View};

examples! {
    fn the_first_session_seen_is_pinned_and_stored() {
        let mut desk = Desk::with(FULL).started();
        assert_eq!(desk.stands(), (Status::Unknown, None));
        assert!(desk.last().contains(&Output::Look));
        desk.view(view(Some(21), &[11, 21]));
        assert!(desk.keeps_to(21));
        assert_eq!(desk.causes().last(), Some(&Cause::First));
        assert_eq!(desk.stored(), Some(Some("sess_21".into())));
        assert_eq!(desk.errands().len(), 0);
    }

    fn a_stored_pin_is_kept_over_a_reload_and_selected_before_anything_is_minted_for_it() {
        let mut desk = Desk::with(FULL).reloaded(11);
        let waiter = desk.ask(Style::Token);
        desk.view(view(Some(21), &[11, 21]));
        assert!(desk.keeps_to(11));
        assert_eq!(desk.causes().last(), Some(&Cause::Restored));
        assert_eq!(desk.errands().into_values().collect::<Vec<_>>(), [(Task::Select, session(11))]);
        assert_eq!(desk.minted(), 0);
        desk.view(view(Some(11), &[11, 21]));
        desk.done(Ok(()));
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_select_that_hangs_holds_up_the_mint_for_no_longer_than_four_seconds() {
        let mut desk = Desk::with(FULL).reloaded(11);
        desk.ask(Style::Token);
        desk.view(view(Some(21), &[11, 21]));
        desk.wait(3_999);
        assert_eq!(desk.minted(), 0);
        desk.wait(1);
        assert_eq!(desk.minted(), 1);
    }

    fn without_select_a_restored_pin_is_minted_for_at_once() {
        let mut desk = Desk::with(SHARED).reloaded(11);
        desk.ask(Style::Token);
        desk.view(view(Some(21), &[11, 21]));
        assert!(desk.keeps_to(11) && desk.snapshot().drifted);
        assert_eq!(desk.minted(), 1);
    }

    fn a_pin_that_is_gone_is_renewed_to_another_session_of_its_user() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(21), &[12, 21]));
        assert!(desk.keeps_to(12));
        assert_eq!(desk.causes().last(), Some(&Cause::Renewed));
        let mut reloaded = Desk::with(FULL).reloaded(11);
        reloaded.view(view(Some(12), &[12, 21]));
        assert!(reloaded.keeps_to(12));
        assert_eq!(reloaded.causes().last(), Some(&Cause::Renewed));
    }

    fn after_a_load_a_sole_session_that_began_since_is_adopted() {
        let mut desk = Desk::with(FULL).reloaded(11);
        desk.view(view_since(desk.wall(), Some(21), &[21]));
        assert_eq!(desk.stands().0, Status::SignedIn);
        assert_eq!(desk.causes().last(), Some(&Cause::Adopted));
    }

    fn after_a_load_a_session_that_was_there_before_is_not_adopted() {
        let mut desk = Desk::with(FULL).reloaded(11);
        desk.view(view(Some(21), &[21]));
        assert_eq!(desk.stands(), (Status::Lost, Some(session(11))));
        let mut two = Desk::with(FULL).reloaded(11);
        two.view(view_since(two.wall(), Some(21), &[21, 31]));
        assert_eq!(two.stands().0, Status::Lost);
    }

    fn a_switch_in_this_tab_is_followed() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(11), &[11, 21]));
        let waiter = desk.ask(Style::Token);
        desk.view(view(Some(21), &[11, 21]));
        assert!(desk.keeps_to(21));
        assert_eq!(desk.causes().last(), Some(&Cause::Switched));
        assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
    }

    fn a_switch_is_drift_when_current_is_the_browsers() {
        let mut desk = Desk::with(Abilities { per_tab: false, ..FULL }).started();
        desk.view(view(Some(11), &[11, 21]));
        desk.view(view(Some(21), &[11, 21]));
        assert!(desk.keeps_to(11) && desk.snapshot().drifted);
        let drift = |event: &&Event| matches!(event, Event::Drift { place: Where::Source, .. });
        assert_eq!(desk.events().filter(drift).count(), 1);
        desk.view(view(Some(11), &[11, 21]));
        assert!(!desk.snapshot().drifted);
    }

    fn a_switch_is_drift_when_current_was_not_the_pin_before() {
        let mut desk = Desk::with(Abilities { select: false, ..FULL }).reloaded(11);
        desk.view(view(Some(21), &[11, 21, 31]));
        desk.view(view(Some(31), &[11, 21, 31]));
        assert!(desk.keeps_to(11));
    }

    fn a_switch_is_drift_while_a_select_is_pending() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(11), &[11, 21, 31]));
        desk.pin(21);
        desk.view(view(Some(21), &[11, 21, 31]));
        desk.view(view(Some(11), &[11, 21, 31]));
        assert!(desk.keeps_to(21));
    }

    fn a_cookie_of_another_session_is_drift() {
        let mut desk = Desk::signed_in();
        desk.view(View { ambient: Ambient::Session(Some("sess_21".into())), ..view(Some(11), &[11, 21]) });
        assert!(desk.keeps_to(11) && desk.snapshot().drifted);
        assert!(desk.events().any(|event| matches!(event, Event::Drift { place: Where::Cookie, .. })));
    }

    fn pin_waits_for_select_and_tells_when_it_failed() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(11), &[11, 21]));
        let waiter = desk.pin(21);
        assert!(desk.keeps_to(21));
        assert_eq!(desk.outcome(waiter), None);
        desk.done(Err(Failure { network: true, ..Failure::default() }));
        assert_eq!(desk.code(waiter), Some(Code::Offline));
        let waiter = desk.pin(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Done));
        let waiter = desk.pin(21);
        desk.wait(4_000);
        assert_eq!(desk.code(waiter), Some(Code::SourceTimeout));
    }

    fn pin_refuses_a_session_that_is_not_signed_in() {
        let mut desk = Desk::signed_in();
        let waiter = desk.pin(21);
        assert_eq!(desk.code(waiter), Some(Code::SessionLost));
        assert!(desk.keeps_to(11));
    }

    fn several_sessions_are_announced() {
        let mut desk = Desk::signed_in();
        assert_eq!(desk.snapshot().multi_session, Some(false));
        desk.view(view(Some(11), &[11, 21]));
        assert_eq!(desk.snapshot().multi_session, Some(true));
        let announced = |event: &Event| matches!(event, Event::MultiSession { multi_session: Some(true), .. });
        assert!(desk.events().any(announced));
    }
}
