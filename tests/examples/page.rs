//! The page sleeps, is frozen, comes back, or has not been seen yet.

use super::kit::{BARE, Desk, FULL, SHARED, examples, session, view};
use tabpin::core::config::Abilities;
use tabpin::core::error::Code;
use tabpin::core::input::{Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Outcome, Output, Task};
use tabpin::core::pin::{Cause, Status, Stored};

fn stored(number: u32) -> Input {
    Input::Restored(Ok(Some(Stored { session: session(number), seen: 0 })))
}

/// A page that nobody has seen yet.
fn prerendered() -> Desk {
    let mut desk = Desk::with(FULL);
    desk.tab.put(Input::Prerendered);
    desk
}

examples! {
    fn time_in_a_frozen_page_is_no_waiting_time() {
        for style in [Style::Token, Style::Fetch] {
            for mono_runs in [true, false] {
                let mut desk = Desk::signed_in();
                let waiter = desk.ask(style);
                for _ in 0..8 {
                    desk.tab.put(Input::Freeze);
                    desk.tab.freeze(600_000, mono_runs);
                    desk.tab.put(Input::Wake);
                    desk.wait(1_000);
                }
                assert_eq!(desk.outcome(waiter), None);
                let token = desk.mints(11);
                assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
            }
        }
    }

    fn what_was_asked_before_a_freeze_is_asked_anew_on_the_first_thing_that_happens_after() {
        for next in [Input::Wake, Input::Timer, Input::Online(true), Input::Hidden(false)] {
            let mut desk = Desk::signed_in();
            desk.ask(Style::Token);
            desk.tab.put(Input::Freeze);
            desk.tab.put(Input::Freeze);
            desk.tab.freeze(20_000, true);
            assert_eq!(desk.minted(), 1);
            desk.tab.put(next);
            assert_eq!((desk.minted(), desk.skipped_cache()), (2, true));
        }
    }

    fn on_waking_a_token_is_judged_by_the_clock_before_it_is_served() {
        for mono_runs in [true, false] {
            let mut desk = Desk::signed_in();
            desk.ask(Style::Token);
            desk.mints(11);
            desk.tab.put(Input::Freeze);
            desk.tab.freeze(58_000, mono_runs);
            let (now, account) = (desk.tab.time.now(), desk.tab.machine.account_id());
            assert_eq!(desk.tab.machine.hit(now, account, None, Style::Token), None);
            let waiter = desk.ask(Style::Token);
            assert_eq!(desk.outcome(waiter), None);
            let token = desk.mints(11);
            assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        }
    }

    fn a_page_that_is_shown_again_looks_at_the_source_and_tries_what_was_put_off() {
        let mut desk = Desk::signed_in();
        desk.tab.put(Input::Hidden(true));
        desk.ask(Style::Token);
        desk.answer(super::kit::rejection(500));
        desk.tab.put(Input::Hidden(false));
        assert!(desk.last().contains(&Output::Look));
        assert_eq!(desk.minted(), 2);
    }

    fn back_from_the_cache_the_same_pin_goes_on() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let token = desk.mints(11);
        desk.tab.put(Input::Freeze);
        desk.tab.freeze(5_000, true);
        desk.tab.put(stored(11));
        assert_eq!((desk.at_hand(), desk.keeps_to(11)), (Some(token), true));
        assert!(desk.last().contains(&Output::Look), "the sessions are read again");
        desk.tab.put(Input::Restored(Err(())));
        assert_eq!((desk.at_hand(), desk.keeps_to(11)), (Some(token), true));
    }

    fn back_from_the_cache_the_pin_that_another_page_of_the_tab_has_stored_wins() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        let account = desk.tab.machine.account_id();
        desk.tab.put(stored(21));
        assert_eq!(desk.code(waiter), Some(Code::AccountChanged));
        assert_ne!(desk.tab.machine.account_id(), account);
        assert!(desk.keeps_to(21));
        assert_eq!(desk.causes(), [Cause::First, Cause::Restored]);
        assert_eq!(desk.errands().into_values().collect::<Vec<_>>(), [(Task::Select, session(21))]);
        desk.view(view(Some(11), &[11, 21]));
        assert!(desk.keeps_to(21));
    }

    fn back_from_the_cache_a_stored_session_that_is_gone_is_none() {
        let mut desk = Desk::with(SHARED).started();
        desk.view(view(Some(11), &[11, 21]));
        desk.tab.put(stored(21));
        desk.view(view(Some(11), &[11]));
        assert_eq!(desk.stands(), (Status::Lost, Some(session(21))));
    }

    fn back_from_the_cache_a_tab_that_signed_out_meanwhile_is_signed_out() {
        for source in [SHARED, BARE] {
            let mut desk = Desk::with(source).started();
            desk.view(view(Some(11), &[11, 21]));
            desk.ask(Style::Token);
            desk.mints(11);
            desk.tab.put(Input::Restored(Ok(None)));
            assert_eq!((desk.stands().0, desk.at_hand()), (Status::SignedOut, None));
            desk.view(view(Some(21), &[21]));
            assert_eq!(desk.stands().0, Status::SignedOut, "whoever was there is not adopted");
            desk.tab.put(stored(21));
            assert!(desk.keeps_to(21));
        }
    }

    fn a_prerendered_page_neither_pins_nor_mints_until_it_is_shown() {
        let mut desk = prerendered();
        let waiter = desk.ask(Style::Token);
        let ready = desk.ask(Style::Ready);
        desk.view(view(Some(11), &[11]));
        desk.tab.put(Input::Online(true));
        desk.tab.put(Input::Wake);
        desk.wait(60_000);
        assert_eq!((desk.all().count(), desk.tab.machine.deadline()), (0, None));
        let mut desk = desk.reloaded(11);
        assert!(desk.last().contains(&Output::Look));
        desk.view(view(Some(11), &[11]));
        assert_eq!((desk.causes(), desk.outcome(ready)), (vec![Cause::Restored], Some(Outcome::Done)));
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }

    fn a_server_rendered_token_waits_with_the_page_for_the_stored_pin_to_be_read() {
        let mut desk = prerendered();
        let seed = desk.token(21);
        desk.tab.put(Input::Seed(Ok(seed)));
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.all().count(), 0);
        let desk = desk.reloaded(11);
        assert_eq!((desk.refused(), desk.outcome(waiter)), (vec![Code::WrongAccount], None));
    }

    fn an_account_that_a_prerendered_page_begins_and_ends_at_once_is_told_before_it_ends() {
        let mut desk = prerendered();
        let seed = desk.token(21);
        desk.tab.put(Input::Seed(Ok(seed)));
        desk.pin(11);
        desk.tab.put(Input::Start { stored: Ok(None), online: true });
        let told = desk.last().iter().filter_map(|output| match output {
            Output::Account(account) => Some((account.id, account.session.and_then(|session| session.session_id))),
            Output::Ended(account) => Some((*account, None)),
            _ => None,
        });
        let [first, then] = ["sess_21", "sess_11"].map(|name| Some(Name::new(name)));
        assert_eq!(told.collect::<Vec<_>>(), [(0, first), (0, None), (1, then)]);
    }

    fn a_prerendered_page_that_is_disposed_answers_whoever_asked() {
        let mut desk = prerendered();
        let [token, fetch] = [Style::Token, Style::Fetch].map(|style| desk.ask(style));
        let [pin, out] = [desk.pin(11), desk.sign_out()];
        desk.tab.put(Input::Dispose);
        assert_eq!([token, pin, out].map(|waiter| desk.code(waiter)), [Some(Code::Disposed); 3]);
        assert_eq!(desk.outcome(fetch), Some(Outcome::Null));
    }

    fn a_page_frozen_after_its_end_stays_ended() {
        let mut desk = Desk::with(Abilities { current: false, ..FULL }).started();
        desk.tab.put(Input::Dispose);
        desk.tab.put(Input::Freeze);
        desk.tab.freeze(60_000, true);
        desk.tab.put(Input::Wake);
        assert_eq!((desk.last(), desk.tab.machine.deadline()), (&[][..], None));
    }
}
