//! Deadlines and budgets: how long anybody waits, and for what.

use super::kit::{Desk, FULL, examples, network, session, view};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Failure, Input, Style};
use tabpin::core::output::{Outcome, Output, Task};

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

    fn a_token_that_is_late_still_comes_and_the_snapshot_says_what_became_of_it() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask_as(Style::Token, false, Some(700));
        desk.wait(700);
        assert_eq!(desk.code(waiter), Some(Code::SourceTimeout));
        assert_eq!(desk.snapshot().error.map(|error| error.code), Some(Code::SourceTimeout));
        desk.answer(network());
        desk.wait(2_000);
        assert_eq!(desk.minted(), 2);
        let token = desk.mints(11);
        assert_eq!((desk.at_hand(), desk.snapshot().error), (Some(token), None));
    }

    fn without_refreshing_ahead_nothing_is_fetched_for_who_waits_no_more() {
        let mut desk = Desk::of(Config { auto_refresh: false, source: FULL, ..Config::default() }).started();
        desk.view(view(Some(11), &[11]));
        let flight = {
            desk.ask_as(Style::Token, false, Some(700));
            desk.flight()
        };
        desk.wait(700);
        assert!(desk.last().contains(&Output::Abort(flight)));
        assert_eq!(desk.tab.machine.deadline(), None);
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
        let template = Some("convex".into());
        let ask = tabpin::core::input::Ask {
            waiter,
            account,
            template,
            style: Style::Token,
            forced: false,
            replaces: None,
            timeout: None,
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
    fn a_timer_that_is_far_too_late_means_that_the_device_slept_and_what_hung_is_tried_at_once() {
        let mut desk = Desk::signed_in();
        let waiter = desk.ask(Style::Token);
        desk.tab.sleep(60_000, true);
        desk.tab.put(Input::Timer);
        assert_eq!(desk.minted(), 2);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
    }
}
