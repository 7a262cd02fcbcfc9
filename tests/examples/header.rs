//! What a request carries: the design's header table, row by row, and what is never written.

use super::kit::{Desk, FULL, examples, view};
use tabpin::core::config::{Config, OnMissing};
use tabpin::core::error::Code;
use tabpin::core::header::{FAIL_CLOSED, MARKER_HEADER, Missing, bearer, check_authorization, without_token};
use tabpin::core::input::{Input, Style};
use tabpin::core::name::Name;
use tabpin::core::session::{Ambient, View};

const BAD_BEARER: &str = "The `authorization` handed in is a Bearer without a token, or with more than one.";
const REASON: Code = Code::SourceTimeout;

fn ambient(number: u32) -> Ambient {
    Ambient::Session(Some(Name::new(&format!("sess_{number}"))))
}

fn of(desk: &Desk, ambient: &Ambient) -> Missing {
    desk.tab.machine.without_token(ambient, REASON)
}

fn closed() -> Missing {
    Missing::FailClosed(REASON)
}

examples! {
    fn a_token_is_written_as_bearer_and_nothing_but_a_jwt_is() {
        assert_eq!(bearer("aGVhZA.cGF5.c2ln").as_deref(), Some("Bearer aGVhZA.cGF5.c2ln"));
        for text in ["", "null", "undefined", "[object Object]", "a.b", "a.b.c d", "a.b.c\n", "a..c", ".b.c", "a.b.c.d"]
        {
            assert_eq!(bearer(text), None);
        }
    }

    fn signed_out_without_an_ambient_session_a_request_is_a_visitors() {
        let mut desk = Desk::signed_in();
        desk.view(view(None, &[]));
        assert_eq!(of(&desk, &Ambient::Nobody), Missing::Nothing);
        assert_eq!(of(&desk, &Ambient::Unknown), Missing::Nothing);
    }

    fn signed_out_with_an_ambient_session_a_request_fails_closed() {
        let mut desk = Desk::signed_in();
        desk.view(view(None, &[]));
        assert_eq!(of(&desk, &ambient(21)), closed());
        assert_eq!(of(&desk, &Ambient::Session(None)), closed());
    }

    fn signed_in_without_a_token_the_cookie_may_act_only_where_it_cannot_be_anothers() {
        let mut desk = Desk::signed_in();
        assert_eq!(of(&desk, &ambient(11)), Missing::Nothing);
        assert_eq!(of(&desk, &ambient(21)), closed());
        assert_eq!(of(&desk, &Ambient::Unknown), closed());
        assert_eq!(of(&desk, &Ambient::Nobody), closed());
        desk.view(view(Some(11), &[11, 21]));
        assert_eq!(of(&desk, &ambient(11)), closed());
        desk.view(View { sessions: None, ..view(Some(11), &[]) });
        assert_eq!(of(&desk, &ambient(11)), closed());
    }

    fn lost_or_unknown_a_request_fails_closed() {
        let mut desk = Desk::signed_in();
        desk.view(view(Some(21), &[21]));
        let unknown = Desk::with(FULL).started();
        for ambient in [Ambient::Unknown, Ambient::Nobody, ambient(11), ambient(21)] {
            assert_eq!(of(&desk, &ambient), closed());
            assert_eq!(of(&unknown, &ambient), closed());
        }
    }

    fn failing_closed_is_a_marker_and_a_bearer_that_is_no_jwt() {
        assert_eq!((MARKER_HEADER, FAIL_CLOSED), ("x-tabpin-required", "Bearer tabpin.unavailable"));
        assert_eq!(bearer(FAIL_CLOSED.trim_start_matches("Bearer ")), None);
    }

    fn the_other_policies_do_not_look_at_the_cookie() {
        let of = |on_missing| {
            let desk = Desk::of(Config { on_missing, source: FULL, ..Config::default() });
            of(&desk, &ambient(11))
        };
        assert_eq!(of(OnMissing::Closed), closed());
        assert_eq!(of(OnMissing::Omit), Missing::Nothing);
        assert!(matches!(of(OnMissing::Throw), Missing::Reject(error) if error.code == REASON));
    }

    fn what_was_started_as_an_account_that_has_ended_is_not_sent_under_any_policy() {
        for on_missing in [OnMissing::Auto, OnMissing::Closed, OnMissing::Omit, OnMissing::Throw] {
            let desk = Desk::of(Config { on_missing, source: FULL, ..Config::default() });
            for code in [Code::AccountChanged, Code::Aborted, Code::Disposed] {
                let missing = desk.tab.machine.without_token(&Ambient::Nobody, code);
                assert!(matches!(missing, Missing::Reject(error) if error.code == code));
            }
        }
    }

    fn without_an_instance_only_a_sole_session_lets_a_request_go_bare() {
        assert_eq!(without_token(OnMissing::Auto, Some(false), REASON), Missing::Nothing);
        assert_eq!(without_token(OnMissing::Auto, Some(true), REASON), closed());
        assert_eq!(without_token(OnMissing::Auto, None, REASON), closed());
        assert_eq!(without_token(OnMissing::Closed, Some(false), REASON), closed());
        assert_eq!(without_token(OnMissing::Omit, None, REASON), Missing::Nothing);
        assert!(matches!(without_token(OnMissing::Throw, None, REASON), Missing::Reject(_)));
    }

    fn a_bearer_without_a_token_handed_in_by_the_user_is_refused_in_any_spelling() {
        for value in ["Bearer", "bearer ", "BEARER null", " Bearer  undefined ", "Bearer [object Object]", "Bearer NaN"]
        {
            let error = check_authorization(value).expect_err("no token");
            assert_eq!(error.code, Code::TokenMalformed);
            assert_eq!(error.message(), BAD_BEARER);
        }
    }

    fn two_headers_joined_into_one_are_refused_without_quoting_them() {
        let error = check_authorization("Bearer aaa.bbb.ccc, Bearer ddd.eee.fff").expect_err("two tokens");
        assert_eq!(error.message(), BAD_BEARER);
    }

    fn any_other_authorization_of_the_users_is_left_alone() {
        for value in
            ["Bearer aaa.bbb.ccc", "Basic dXNlcjpwYXNz", "Bearer opaque-key", "DPoP aaa.bbb.ccc", "bearer nullable"]
        {
            assert_eq!(check_authorization(value), Ok(()));
        }
    }

    fn the_reason_for_having_no_token_is_told_apart() {
        let mut desk = Desk::with(FULL).started();
        let absence = |desk: &Desk| desk.tab.machine.absence(desk.tab.machine.account_id());
        assert_eq!(absence(&desk), Code::SourceNotReady);
        desk.view(view(Some(11), &[11]));
        assert_eq!(absence(&desk), Code::TokenMissing);
        assert_eq!(desk.tab.machine.absence(7), Code::AccountChanged);
        desk.view(view(Some(21), &[21]));
        assert_eq!(absence(&desk), Code::SessionLost);
        desk.view(view(None, &[]));
        assert_eq!(absence(&desk), Code::SignedOut);
        desk.tab.put(Input::Dispose);
        assert_eq!(absence(&desk), Code::Disposed);
    }

    fn the_hot_path_serves_what_is_usable_and_at_hand_what_barely_lives() {
        let mut desk = Desk::signed_in();
        desk.ask(Style::Token);
        let token = desk.mints(11);
        let (now, account) = (desk.tab.time.now(), desk.tab.machine.account_id());
        assert_eq!(desk.tab.machine.hit(now, account, None, Style::Token), Some(token));
        desk.wait(52_000);
        let now = desk.tab.time.now();
        assert_eq!(desk.tab.machine.hit(now, account, None, Style::Token), None);
        assert_eq!(desk.tab.machine.at_hand(now, account, None), Some(token));
        assert_eq!(desk.tab.machine.at_hand(now, account + 1, None), None);
    }
}
