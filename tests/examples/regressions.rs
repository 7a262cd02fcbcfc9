//! Counterexamples that the properties found, kept as they were understood.

use super::kit::{BARE, Desk, FULL, SHARED, examples, session, telling, view, view_since};
use tabpin::core::claims::Claims;
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Ask, Failure, Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::Outcome;
use tabpin::core::pin::Status;
use tabpin::core::token::TokenFacts;

/// A signed-in tab on a device whose clock is a day behind.
fn behind() -> Desk {
    let mut desk = Desk::with(SHARED);
    desk.tab.time.skew = -86_400_000;
    let mut desk = desk.started();
    desk.view(view(Some(11), &[11]));
    desk
}

examples! {
    fn on_a_slow_clock_a_forced_ask_is_not_answered_with_the_token_at_hand() {
        let mut desk = behind();
        desk.ask(Style::Token);
        desk.mints(11);
        let waiter = desk.force(Style::Token);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn on_a_slow_clock_a_server_rendered_token_dies_all_the_same() {
        let mut desk = behind();
        let facts = desk.token(11);
        desk.tab.put(Input::Seed(Ok(facts)));
        desk.wait(61_000);
        let waiter = desk.ask(Style::Token);
        assert_eq!(desk.outcome(waiter), None);
    }

    fn on_a_slow_clock_a_stale_answer_is_not_taken_for_a_new_token() {
        let mut desk = behind();
        desk.life = 6_000;
        desk.ask(Style::Token);
        let stale = desk.token(11);
        desk.mints(11);
        desk.wait(9_000);
        let waiter = desk.ask_as(Style::Token, true, Some(100));
        desk.answer(Answer::Token(stale));
        desk.wait(100);
        assert_eq!(desk.code(waiter), Some(Code::TokenExpired));
    }

    fn on_a_slow_clock_that_was_set_a_token_from_before_the_newest_one_lives_no_longer_than_it() {
        let mut desk = behind();
        desk.life = 6_000;
        desk.ask(Style::Token);
        let old = desk.token(11);
        desk.mints(11);
        desk.wait(5_000);
        desk.force(Style::Token);
        desk.mints(11);
        desk.wait(5_500);
        desk.tab.time.skew += 60_000;
        let waiter = desk.force(Style::Fetch);
        let id = desk.waiter() + 90;
        // The shell has forgotten its text, and gives it another id.
        desk.answer(Answer::Token(TokenFacts { id, ..old }));
        assert_eq!((desk.outcome(waiter), desk.refused()), (None, vec![Code::TokenExpired]));
    }

    fn on_a_slow_clock_the_session_that_was_signed_out_here_is_not_adopted_again() {
        let mut desk = Desk::with(FULL);
        desk.tab.time.skew = -86_400_000;
        let mut desk = desk.started();
        let dated = view_since(desk.tab.time.real - 60_000, Some(11), &[11, 21]);
        desk.view(dated.clone());
        desk.sign_out();
        desk.view(dated);
        assert_eq!(desk.stands(), (Status::SignedOut, None));
    }

    fn while_a_sign_out_is_being_believed_nobody_is_given_a_token() {
        let (mut desk, token) = Desk::taught();
        let account = desk.tab.machine.account_id();
        let convex = Some("convex".into());
        desk.wait(12_000);
        let ask = |waiter, template: Option<Name>| Ask {
            waiter,
            account,
            template,
            style: Style::Fetch,
            forced: true,
            replaces: None,
            timeout: None,
        };
        let handed = desk.ask(Style::Fetch);
        assert_eq!(desk.outcome(handed), Some(Outcome::Token(token)));
        let [other, same] = [desk.waiter(), desk.waiter()];
        desk.tab.put(Input::Ask(ask(other, convex)));
        desk.tab.put(Input::Ask(ask(same, None)));
        while desk.outcome(other).is_none() {
            while let Some(flight) = desk.tab.open.first().copied() {
                desk.tab.put(Input::Minted(flight, Answer::Null));
            }
            desk.wait(50);
        }
        assert_eq!([other, same].map(|waiter| desk.outcome(waiter)), [Some(Outcome::Null), Some(Outcome::Null)]);
        assert_eq!(desk.stands().0, Status::SignedOut);
    }

    fn one_null_and_then_silence_is_no_word_that_nobody_is_signed_in() {
        let mut desk = Desk::with(BARE).started();
        let waiter = desk.ask_as(Style::Access, false, Some(400));
        desk.answer(Answer::Null);
        desk.wait(400);
        assert_eq!(desk.code(waiter), Some(Code::TokenMissing));
        assert_eq!(desk.stands().0, Status::Unknown);
    }

    fn a_late_token_lives_as_long_as_its_claims_say() {
        let mut desk = Desk::signed_in();
        desk.life = 6_000;
        let waiter = desk.ask(Style::Fetch);
        let late = desk.flight();
        desk.wait(9_000);
        let id = desk.lands(late, 11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(id)));
    }

    fn on_a_fast_clock_the_next_mint_comes_when_the_providers_clock_shows_another_second() {
        let mut desk = Desk::with(FULL);
        desk.life = 20_000;
        desk.tab.time.skew = 19_350;
        desk = desk.started();
        desk.view(view(Some(11), &[11]));
        desk.ask(Style::Token);
        desk.mints(11);
        desk.wait(1_019);
        assert!(desk.tab.open.is_empty());
        desk.wait(1);
        assert_eq!((desk.minted(), desk.skipped_cache()), (2, true));
    }

    fn a_tab_that_is_lost_leaves_a_busy_provider_alone_all_the_same() {
        let mut desk = Desk::with(BARE).reloaded(11);
        desk.ask(Style::Token);
        let failure = Failure { status: Some(429), retry_after: Some(120_000), ..Failure::default() };
        desk.answer(Answer::Failed(failure));
        let account = desk.tab.machine.account_id();
        let (waiter, template) = (desk.waiter(), Some("convex".into()));
        let style = Style::Token;
        desk.tab.put(Input::Ask(Ask { waiter, account, template, style, forced: false, replaces: None, timeout: None }));
        desk.mints(21);
        assert_eq!((desk.stands().0, desk.minted()), (Status::Lost, 2));
        desk.tab.put(Input::Online(false));
        desk.tab.put(Input::Online(true));
        desk.wait(119_000);
        assert_eq!(desk.minted(), 2);
    }

    fn two_sessions_of_a_user_without_ids_are_told_apart_by_when_they_began() {
        let mut desk = Desk::with(SHARED).started();
        let unnamed = |began| {
            telling(view_since(began, Some(11), &[11]), |seen| seen.session.session_id = None)
        };
        desk.view(unnamed(1));
        desk.sign_out();
        desk.view(unnamed(1));
        assert_eq!(desk.stands().0, Status::SignedOut);
        desk.view(unnamed(2));
        assert_eq!(desk.stands().0, Status::SignedIn);
    }

    fn facts_are_the_claims_under_the_texts_id() {
        let claims =
            Claims { sub: Some("user_1".to_owned()), iat: Some(1_000), exp: Some(61_000), ..Claims::default() };
        let facts = TokenFacts::new(7, &claims);
        assert_eq!((facts.id, facts.life(), facts.sub.map(Name::as_str)), (7, Some(60_000), Some("user_1")));
        assert!(session(11).belongs(Some("user_1".into()), None));
    }
    fn a_token_that_came_again_after_another_is_still_the_one_to_be_replaced() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let first = desk.token(11);
        desk.answer(Answer::Token(first));
        let waiter = desk.force(Style::Token);
        desk.tab.time.skew -= 30_000;
        let other = TokenFacts { iat: None, ..desk.token(11) };
        desk.answer(Answer::Token(other));
        desk.answer(Answer::Token(first));
        assert_eq!(desk.outcome(waiter), None);
    }

    fn tokens_that_convex_cannot_schedule_by_are_not_asked_for_in_a_loop() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Fetch);
        for _ in 0..500 {
            if !desk.tab.open.is_empty() {
                let useless = TokenFacts { iat: None, ..desk.token(11) };
                desk.answer(Answer::Token(useless));
            }
            desk.wait(10);
        }
        assert!((2..8).contains(&desk.minted()), "{} mints in five seconds", desk.minted());
    }

    fn stale_tokens_between_nulls_are_no_nulls() {
        let (mut desk, _) = Desk::taught();
        let stale = TokenFacts { iat: Some(0), ..desk.token(11) };
        let waiter = desk.force(Style::Fetch);
        for answer in [Answer::Null, Answer::Null, Answer::Token(stale)] {
            while desk.tab.open.is_empty() {
                desk.wait(10);
            }
            desk.answer(answer);
        }
        desk.wait(30_000);
        assert!(desk.outcome(waiter).is_some());
        assert_eq!(desk.stands().0, Status::SignedIn);
    }
}
