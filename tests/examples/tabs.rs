//! What tabs of one browser do for each other, and what they do not let each other do.

use super::kit::examples;
use crate::support::browser::Browser;
use crate::support::provider::{ISSUER, Mode, Plan, Provider};
use crate::support::wire::{Message, Weather};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::error::Code;
use tabpin::core::input::{Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Outcome, Output, Where};
use tabpin::core::pin::Status;
use tabpin::core::token::{Origin, TokenFacts};

/// A token's life, ms.
const LIFE: u64 = 60_000;
/// Until the provider answers, ms.
const LATENCY: u64 = 100;

fn config() -> Config {
    Config { source: Abilities { current: true, per_tab: true, ..Abilities::default() }, ..Config::default() }
}

/// A browser in which two users have a session each, and an honest provider.
fn empty(skew: i64) -> Browser {
    let mut browser = Browser::new(Provider::new(LIFE as i64, false), skew, 7);
    browser.steady = true;
    plan(&mut browser, Mode::Honest, LATENCY);
    for user in 0..2 {
        browser.world.sign_in(user, browser.real());
    }
    browser
}

fn plan(browser: &mut Browser, mode: Mode, latency: u64) {
    browser.provider.plan = Plan { mode, count: 1, latency, late_signed: false };
}

/// So many tabs of the first user's, that have met.
fn tabs(count: usize) -> Browser {
    let mut browser = empty(0);
    (0..count).for_each(|_| _ = browser.open(config(), 0, 0, false, 0));
    browser.wait(100);
    browser
}

fn ask(browser: &mut Browser, tab: usize) {
    browser.ask(tab, None, Style::Token, false);
}

fn ask_all(browser: &mut Browser) {
    (0..browser.pages.len())
        .filter(|tab| browser.runs(*tab))
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|tab| ask(browser, tab));
}

/// Ms that the tab's last ask waited for its token.
fn waited(browser: &Browser, tab: usize) -> u64 {
    let asked = browser.pages[tab].asks.last().expect("it asked");
    match asked.settled {
        Some((settled, Outcome::Token(_))) => settled - asked.awake,
        other => panic!("tab {tab} is told {other:?}"),
    }
}

fn outputs(browser: &Browser, tab: usize) -> impl Iterator<Item = &Output> {
    browser.pages[tab].tab.steps.iter().flat_map(|step| &step.outputs)
}

fn adopted(browser: &Browser, tab: usize) -> u32 {
    browser.pages[tab].tab.machine.stats().adopted
}

fn refused(browser: &Browser, tab: usize) -> Vec<Code> {
    let codes = outputs(browser, tab).filter_map(|output| match output {
        Output::Event(Event::Refused { origin: Origin::Adopted, error }) => Some(error.code),
        _ => None,
    });
    codes.collect()
}

/// The key of the tab's default token, as its locks and messages have it.
fn key(browser: &Browser, tab: usize) -> Name {
    let account = browser.pages[tab].tab.machine.account_key();
    format!("{}:{}0:", account.as_str().len(), account.as_str()).as_str().into()
}

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

fn at_hand(browser: &mut Browser, tab: usize) -> Option<usize> {
    browser.touch(tab);
    let page = &mut browser.pages[tab];
    let now = page.tab.time.now();
    page.tab.machine.at_hand(now, page.tab.machine.account_id(), None).map(|id| page.text(id))
}

fn several(browser: &Browser, tab: usize) -> Option<bool> {
    browser.pages[tab].tab.machine.snapshot().multi_session
}

examples! {
    fn a_new_tab_borrows_the_token_that_another_has() {
        let mut browser = tabs(1);
        ask(&mut browser, 0);
        browser.wait(20_000);
        let new = browser.open(config(), 0, 0, false, 0);
        ask(&mut browser, new);
        browser.wait(100);
        assert!(waited(&browser, new) < 50);
        assert_eq!((browser.mints.len(), adopted(&browser, new)), (1, 1));
    }

    fn of_tabs_that_ask_at_once_one_mints_for_all() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 1);
        (0..3).for_each(|tab| assert!(waited(&browser, tab) < 50 + LATENCY + 20));
        assert_eq!((0..3).map(|tab| adopted(&browser, tab)).sum::<u32>(), 2);
    }

    fn tabs_refresh_ahead_once_for_all() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(3 * LIFE - 1_000);
        assert_eq!(browser.mints.len(), 4);
    }

    fn tabs_that_were_asked_before_their_sources_were_ready_take_turns_too() {
        let mut browser = empty(0);
        (0..3).for_each(|_| _ = browser.open(config(), 0, 0, false, 300));
        ask_all(&mut browser);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 1);
        (0..3).for_each(|tab| assert!(waited(&browser, tab) < 300 + 50 + LATENCY + 20));
    }

    fn a_tab_alone_waits_for_greetings_and_for_nobody_else() {
        let mut browser = empty(0);
        browser.hog(true);
        browser.open(config(), 0, 0, false, 0);
        ask(&mut browser, 0);
        browser.wait(1_000);
        assert_eq!(waited(&browser, 0), 50 + LATENCY);
    }

    fn who_comes_while_a_lone_tab_mints_waits_for_what_it_gets() {
        let mut browser = tabs(1);
        plan(&mut browser, Mode::Honest, 300);
        ask(&mut browser, 0);
        browser.wait(10);
        let new = browser.open(config(), 0, 0, false, 0);
        ask(&mut browser, new);
        browser.wait(1_000);
        assert_eq!((browser.mints.len(), adopted(&browser, new)), (1, 1));
    }

    fn a_lock_that_is_never_let_go_costs_a_second_at_most() {
        let mut browser = tabs(6);
        browser.hog(true);
        ask_all(&mut browser);
        browser.wait(2_000);
        (0..6).for_each(|tab| assert!(waited(&browser, tab) <= 1_000 + LATENCY));
        assert!(browser.mints.len() < 6);
    }

    fn a_stuck_lock_holds_nobody_up_again_on_each_attempt() {
        let mut browser = tabs(2);
        browser.hog(true);
        browser.wire.weather = Weather { lost: 16, ..Weather::FAIR };
        plan(&mut browser, Mode::Reject(500, None), 5);
        ask(&mut browser, 0);
        browser.wait(6_000);
        let retries = outputs(&browser, 0).filter_map(|output| match output {
            Output::Event(Event::Retry { delay_ms, .. }) => Some(delay_ms + 5),
            _ => None,
        });
        let due: u64 = retries.sum();
        assert!(browser.mints.len() > 3);
        plan(&mut browser, Mode::Honest, 5);
        browser.wait(10_000);
        let last: u64 = outputs(&browser, 0).filter_map(|output| match output {
            Output::Event(Event::Retry { delay_ms, .. }) => Some(delay_ms + 5),
            _ => None,
        }).sum();
        assert!(due <= last && waited(&browser, 0) <= last + 5 + 1_000);
    }

    fn without_locks_tabs_do_not_mint_in_the_same_instant() {
        let mut browser = tabs(5);
        browser.locks.absent = true;
        ask_all(&mut browser);
        browser.wait(2_000);
        let mut moments: Vec<_> = browser.mints.iter().map(|(at, _)| *at).collect();
        moments.dedup();
        assert_eq!(moments.len(), browser.mints.len());
        (0..5).for_each(|tab| assert!(waited(&browser, tab) <= 400 + LATENCY));
    }

    fn a_tab_that_is_killed_while_it_mints_leaves_the_next_its_turn() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(100);
        let minting = browser.mints[0].1;
        browser.close(minting, true);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        (0..3).filter(|tab| *tab != minting).for_each(|tab| assert!(waited(&browser, tab) <= 100 + 60 + LATENCY + 20));
    }

    fn a_tab_that_is_frozen_while_it_mints_holds_nobody_up_for_long() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(100);
        let minting = browser.mints[0].1;
        browser.freeze(minting, false);
        browser.wait(3_000);
        (0..3).filter(|tab| *tab != minting).for_each(|tab| assert!(waited(&browser, tab) <= 1_000 + LATENCY));
        browser.thaw(minting, true);
        browser.wait(1_000);
        assert!(waited(&browser, minting) <= 1_000);
    }

    fn nobody_notices_that_the_provider_is_slow_before_a_token_goes() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        browser.wait(1_000);
        browser.hog(true);
        plan(&mut browser, Mode::Honest, 2_000);
        for _ in 0..300 {
            ask_all(&mut browser);
            (0..3).for_each(|tab| assert_eq!(waited(&browser, tab), 0));
            browser.wait(500);
        }
    }

    fn a_page_that_goes_away_leaves_its_lock_and_comes_back_to_a_new_token() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        while browser.locks.queues.is_empty() || browser.clock < 10_000 {
            browser.wait(10);
        }
        let holder = (0..2).find(|tab| browser.locks.held_by(*tab).count() > 0).expect("one of them has its turn");
        browser.freeze(holder, true);
        assert!(!browser.locks.knows(holder));
        browser.wait(LIFE);
        let before = browser.mints.len();
        browser.thaw(holder, true);
        ask(&mut browser, holder);
        browser.wait(100);
        assert!(waited(&browser, holder) < 50);
        assert_eq!((before, browser.mints.len()), (3, 3));
    }

    fn a_page_that_goes_away_refreshes_nothing() {
        let mut browser = tabs(3);
        ask_all(&mut browser);
        while browser.locks.queues.is_empty() || browser.clock < 10_000 {
            browser.wait(10);
        }
        (0..3).for_each(|tab| browser.freeze(tab, true));
        assert_eq!(browser.mints.len(), 1);
    }

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

    fn on_a_slow_clock_a_used_token_is_not_taken_for_a_new_one() {
        let mut browser = empty(-86_400_000);
        browser.open(config(), 0, 0, false, 0);
        ask(&mut browser, 0);
        browser.wait(40_000);
        let new = browser.open(config(), 0, 0, false, 0);
        ask(&mut browser, new);
        browser.wait(100);
        assert_eq!((browser.mints.len(), adopted(&browser, new)), (1, 1));
        browser.close(0, true);
        plan(&mut browser, Mode::Hang, 0);
        browser.wait(20_500);
        assert_eq!(at_hand(&mut browser, new), None);
    }

    fn a_used_token_of_another_tab_is_no_fault_of_the_source() {
        let mut browser = tabs(2);
        ask(&mut browser, 0);
        browser.wait(20_000);
        ask(&mut browser, 1);
        browser.wait(100);
        browser.ask(1, None, Style::Fetch, true);
        browser.wait(1_000);
        assert!(waited(&browser, 1) <= 50 + LATENCY + 20);
        assert_eq!(browser.mints.len(), 2);
    }

    fn a_forced_call_takes_what_another_tab_has_just_been_given() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        browser.wait(20_000);
        (0..2).for_each(|tab| browser.ask(tab, None, Style::Fetch, true));
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(at_hand(&mut browser, 0), at_hand(&mut browser, 1));
    }

    fn whoever_has_a_token_lends_it_even_if_others_have_none() {
        for _ in 0..8 {
            let mut browser = tabs(4);
            ask(&mut browser, 0);
            browser.wait(1_000);
            ask(&mut browser, 1);
            browser.wait(1_000);
            browser.close(0, false);
            browser.wait(1_000);
            ask(&mut browser, 2);
            browser.wait(1_000);
            assert_eq!((browser.mints.len(), adopted(&browser, 2)), (1, 1));
        }
    }

    fn tabs_of_another_organization_keep_to_themselves() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        browser.wait(2_000);
        browser.world.sessions[0].variant = Some("org_1".into());
        browser.tell(0, 0);
        browser.wait(10);
        ask(&mut browser, 0);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        let texts = [0, 1].map(|tab| at_hand(&mut browser, tab).map(|text| browser.tokens.texts[text].made_for.1));
        assert_eq!(texts, [Some(Some("org_1".into())), Some(None)]);
        // Once it is told too, the other tab borrows what the first one has.
        browser.tell(1, 0);
        browser.wait(10);
        ask(&mut browser, 1);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(at_hand(&mut browser, 0), at_hand(&mut browser, 1));
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

    fn namespaces_do_not_meet() {
        let mut browser = empty(0);
        for place in 0..2 {
            browser.open(config(), place, 0, false, 0);
        }
        ask_all(&mut browser);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(browser.pages[0].tab.machine.stats().tabs, 0);
    }

    fn a_tab_that_shares_nothing_neither_lends_nor_borrows() {
        let mut browser = empty(0);
        browser.open(Config { share: false, ..config() }, 0, 0, false, 0);
        browser.open(config(), 0, 0, false, 0);
        browser.wait(100);
        for tab in [0, 1, 0] {
            ask(&mut browser, tab);
            browser.wait(2_000);
        }
        assert_eq!([0, 1].map(|tab| adopted(&browser, tab)), [0, 0]);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(browser.pages[0].tab.machine.stats().tabs, 1);
    }

    fn another_tabs_account_is_a_second_session_until_that_tab_closes() {
        let mut browser = empty(0);
        browser.world.lists = false;
        for session in 0..2 {
            browser.open(config(), 0, session, false, 0);
        }
        browser.wait(100);
        assert_eq!([0, 1].map(|tab| several(&browser, tab)), [Some(true); 2]);
        let drifts = outputs(&browser, 0).filter(|output| {
            matches!(output, Output::Event(Event::Drift { place: Where::Tab, .. }))
        });
        assert_eq!(drifts.count(), 1);
        browser.close(1, false);
        browser.wait(100);
        assert_eq!(several(&browser, 0), None);
    }

    fn a_tab_that_crashed_is_forgotten_when_this_one_wakes() {
        let mut browser = empty(0);
        browser.world.lists = false;
        for session in 0..2 {
            browser.open(config(), 0, session, false, 0);
        }
        browser.wait(100);
        browser.close(1, true);
        browser.wait(10_000);
        assert_eq!(several(&browser, 0), Some(true));
        browser.put(0, Input::Wake);
        browser.wait(999);
        assert_eq!(several(&browser, 0), Some(true));
        browser.wait(1);
        assert_eq!(several(&browser, 0), None);
    }

    fn tabs_that_never_heard_of_each_other_find_out_when_one_wakes() {
        let mut browser = empty(0);
        browser.world.lists = false;
        browser.wire.weather = Weather { lost: 16, ..Weather::FAIR };
        for session in 0..2 {
            browser.open(config(), 0, session, false, 0);
        }
        browser.wait(1_000);
        assert_eq!(several(&browser, 0), None);
        browser.wire.weather = Weather::FAIR;
        browser.put(0, Input::Wake);
        browser.wait(100);
        assert_eq!([0, 1].map(|tab| several(&browser, tab)), [Some(true); 2]);
    }

    fn nothing_that_happens_to_other_tabs_signs_this_one_out() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        browser.wait(1_000);
        browser.close(1, true);
        browser.hog(true);
        browser.mute = true;
        browser.wait(3 * LIFE);
        assert_eq!(browser.pages[0].tab.machine.snapshot().status, Status::SignedIn);
        ask(&mut browser, 0);
        assert_eq!(waited(&browser, 0), 0);
    }
}
