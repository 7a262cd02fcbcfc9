//! The figures: twenty tabs of one account over three lifetimes of a token.

use crate::support::browser::Browser;
use crate::support::provider::{Mode, Plan, Provider};
use crate::support::wire::Weather;
use std::collections::BTreeMap;
use tabpin::core::config::{Abilities, Config};
use tabpin::core::input::{Input, Style};
use tabpin::core::output::Outcome;

/// A token's life, ms.
const LIFE: u64 = 60_000;
/// So many tabs.
const TABS: usize = 20;

/// Twenty tabs, opened within a second, and a provider that answers within 150 ms.
fn twenty() -> Browser {
    let mut provider = Provider::new(LIFE as i64, false);
    provider.plan = Plan { mode: Mode::Honest, count: 1, latency: 150, late_signed: false };
    let mut browser = Browser::new(provider, 0, 7);
    browser.steady = true;
    browser.world.sign_in(0, browser.real());
    let source = Abilities { current: true, per_tab: true, ..Abilities::default() };
    for _ in 0..TABS {
        browser.open(Config { source, ..Config::default() }, 0, 0, false, 20);
        browser.wait(40);
    }
    browser
}

/// Every tab asks twice a second for three lifetimes.
fn three_lifetimes(browser: &mut Browser) {
    let end = browser.clock + 3 * LIFE - 1_000;
    while browser.clock < end {
        (0..TABS).for_each(|tab| browser.ask(tab, None, Style::Token, false));
        browser.wait(500);
    }
}

/// A Convex client comes to this tab, and asks for its first token.
fn connects(browser: &mut Browser, tab: usize) {
    browser.put(tab, Input::Consumer(None, Some(10_000)));
    browser.ask(tab, None, Style::Fetch, false);
}

fn print(what: &str, mints: usize) {
    // Past the test harness's capture, which hides what passing tests print.
    let line = format!("{TABS} tabs, 3 lifetimes, {what}: {mints} mints\n");
    std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes()).expect("standard output");
}

fn all_are_served(browser: &Browser) {
    for asked in browser.pages.iter().flat_map(|page| &page.asks) {
        assert!(matches!(asked.settled, Some((_, Outcome::Token(_)))), "{asked:?}");
    }
}

/// Most mints within one ms.
fn densest(browser: &Browser) -> usize {
    let mut by_moment: BTreeMap<u64, usize> = BTreeMap::new();
    browser.mints.iter().for_each(|(at, _)| *by_moment.entry(*at).or_default() += 1);
    by_moment.values().copied().max().unwrap_or(0)
}

#[test]
fn unforced_demand_of_twenty_tabs_causes_four_mints_in_three_lifetimes() {
    let mut browser = twenty();
    three_lifetimes(&mut browser);
    print("unforced demand", browser.mints.len());
    assert_eq!(browser.mints.len(), 4);
    all_are_served(&browser);
}

/// Convex forces a call after each connect, and then, by its own timer, ten seconds before a token's life is over.
#[test]
fn forced_demand_of_twenty_tabs_that_connect_at_once_causes_one_mint_more() {
    let mut browser = twenty();
    (0..TABS).for_each(|tab| connects(&mut browser, tab));
    browser.wait(1_000);
    for _ in 0..4 {
        (0..TABS).for_each(|tab| browser.ask(tab, None, Style::Fetch, true));
        browser.wait(LIFE - 10_000);
    }
    print("forced demand", browser.mints.len());
    assert_eq!(browser.mints.len(), 5);
    all_are_served(&browser);
}

/// Each tab connects seven seconds after the one before it: none is new enough for the next.
#[test]
fn forced_demand_of_tabs_that_connect_one_after_another_causes_no_more_mints_than_connects() {
    let mut browser = twenty();
    for tab in 0..TABS {
        connects(&mut browser, tab);
        browser.wait(100);
        browser.ask(tab, None, Style::Fetch, true);
        browser.wait(6_900);
    }
    print("connects 7 s apart", browser.mints.len());
    assert!((TABS..=TABS + 1).contains(&browser.mints.len()), "{} mints", browser.mints.len());
    all_are_served(&browser);
}

#[test]
fn what_coordination_cannot_save_is_spread() {
    type Breaks = fn(&mut Browser);
    let broken: [(&str, usize, Breaks); 3] = [
        ("without locks", 2 * TABS, |browser| browser.locks.absent = true),
        ("the locks held for ever", 2 * TABS, |browser| browser.hog(true)),
        ("no message arrives", 4 * TABS, |browser| browser.wire.weather = Weather::SILENT),
    ];
    for (what, most, breaks) in broken {
        let mut browser = twenty();
        breaks(&mut browser);
        three_lifetimes(&mut browser);
        print(what, browser.mints.len());
        assert!(browser.mints.len() <= most, "{what}: {} mints", browser.mints.len());
        assert!(densest(&browser) <= 3, "{what}: {} mints in one instant", densest(&browser));
        all_are_served(&browser);
    }
}
