//! Which tokens of other tabs are refused, or passed over.

use super::super::kit::examples;
use super::{LIFE, adopted, ask, at_hand, config, empty, key, outputs, tabs};
use crate::support::browser::Browser;
use crate::support::provider::ISSUER;
use crate::support::wire::Message;
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::output::{Event, Output};
use tabpin::core::token::{Origin, TokenFacts};

/// A token of this user's, signed now, unless it says otherwise.
fn hears(browser: &mut Browser, tab: usize, change: impl Fn(&mut TokenFacts)) {
    let now = browser.real() / 1_000 * 1_000;
    let session = browser.world.sessions[0].id;
    let mut facts = TokenFacts {
        id: 0,
        sub: Some(session.user_id),
        sid: session.session_id,
        iss: Some(ISSUER.into()),
        iat: Some(now),
        exp: Some(now + LIFE as i64),
    };
    change(&mut facts);
    let text = browser.tokens.sign(facts, (None, None), true);
    let key = key(browser, tab);
    browser.hear(tab, Message::Token(key, text, now + LIFE as i64));
    browser.wait(1);
}

fn refused(browser: &Browser, tab: usize) -> Vec<Code> {
    let codes = outputs(browser, tab).filter_map(|output| match output {
        Output::Event(Event::Refused { origin: Origin::Adopted, error }) => Some(error.code),
        _ => None,
    });
    codes.collect()
}

examples! {
    fn another_accounts_token_is_refused() {
        let mut browser = tabs(2);
        ask(&mut browser, 0);
        browser.wait(5_000);
        let held = at_hand(&mut browser, 0);
        hears(&mut browser, 0, |facts| facts.sub = Some("user_1".into()));
        assert_eq!(refused(&browser, 0), [Code::WrongAccount]);
        browser.wait(1_000);
        hears(&mut browser, 0, |facts| facts.sid = Some("sess_9".into()));
        assert_eq!(refused(&browser, 0), [Code::WrongAccount; 2]);
        assert_eq!(at_hand(&mut browser, 0), held);
    }

    fn another_issuers_token_is_refused() {
        let mut browser = empty(0);
        let issuers = vec![ISSUER.into()];
        browser.open(Config { issuers, ..config() }, 0, 0, false, 0);
        ask(&mut browser, 0);
        browser.wait(5_000);
        let held = at_hand(&mut browser, 0);
        hears(&mut browser, 0, |facts| facts.iss = Some("https://other.test".into()));
        assert_eq!(refused(&browser, 0), [Code::IssuerMismatch]);
        assert_eq!(at_hand(&mut browser, 0), held);
    }

    fn a_token_that_is_all_but_over_is_not_taken() {
        let mut browser = tabs(1);
        ask(&mut browser, 0);
        browser.wait(30);
        hears(&mut browser, 0, |facts| {
            facts.iat = facts.iat.map(|iat| iat - 55_000);
            facts.exp = facts.exp.map(|exp| exp - 55_000);
        });
        assert_eq!((refused(&browser, 0), adopted(&browser, 0)), (vec![Code::TokenExpired], 0));
    }

    fn an_older_token_is_passed_over_without_a_word() {
        let mut browser = tabs(1);
        ask(&mut browser, 0);
        browser.wait(1_000);
        let held = at_hand(&mut browser, 0);
        hears(&mut browser, 0, |facts| facts.iat = Some(0));
        assert_eq!((at_hand(&mut browser, 0), refused(&browser, 0)), (held, vec![]));
    }

    fn a_token_from_before_the_organization_changed_is_refused() {
        let mut browser = tabs(1);
        ask(&mut browser, 0);
        browser.wait(2_000);
        let old = at_hand(&mut browser, 0).expect("it has a token");
        browser.world.sessions[0].variant = Some("org_1".into());
        browser.tell(0, 0);
        browser.wait(1);
        ask(&mut browser, 0);
        let (now, key) = (browser.real(), key(&browser, 0));
        browser.hear(0, Message::Token(key, old, now + LIFE as i64));
        browser.wait(1);
        assert_eq!(refused(&browser, 0), [Code::TokenNotNewer]);
    }
}
