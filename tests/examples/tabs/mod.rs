//! What tabs of one browser do for each other, and what they do not let each other do.

pub mod apart;
pub mod busy;
pub mod going;
pub mod lent;
pub mod refused;
pub mod turns;

use crate::support::browser::Browser;
use crate::support::provider::{Mode, Plan, Provider};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::input::Style;
use tabpin::core::name::Name;
use tabpin::core::output::{Outcome, Output};

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

/// One more tab of the first user's, which asks at once.
fn comes(browser: &mut Browser) -> usize {
    let new = browser.open(config(), 0, 0, false, 0);
    ask(browser, new);
    new
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

/// The key of the tab's default token, as its locks and messages have it.
fn key(browser: &Browser, tab: usize) -> Name {
    let account = browser.pages[tab].tab.machine.account_key();
    format!("{}:{}0:", account.as_str().len(), account.as_str()).as_str().into()
}

fn at_hand(browser: &mut Browser, tab: usize) -> Option<usize> {
    browser.touch(tab);
    let page = &mut browser.pages[tab];
    let now = page.tab.time.now();
    page.tab.machine.at_hand(now, page.tab.machine.account_id(), None).map(|id| page.text(id))
}
