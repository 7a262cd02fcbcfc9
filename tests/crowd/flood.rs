//! Ten thousand messages that make no sense.

use crate::support::browser::Browser;
use crate::support::provider::Provider;
use tabpin::core::config::{Abilities, Config};
use tabpin::core::input::{Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::output::{Event, Output};
use tabpin::core::peers::{Heard, Peer};
use tabpin::core::token::{Origin, TokenFacts};

const MANY: u32 = 10_000;

/// A tab that has another for company, and a token.
fn tab() -> Browser {
    let mut browser = Browser::new(Provider::new(600_000, false), 0, 7);
    browser.world.sign_in(0, browser.real());
    let source = Abilities { current: true, per_tab: true, ..Abilities::default() };
    for _ in 0..2 {
        browser.open(Config { source, ..Config::default() }, 0, 0, false, 0);
    }
    browser.ask(0, None, Style::Token, false);
    browser.wait(1_000);
    browser
}

/// Hears these, one each ms; the machine before and after, and everything that came of them.
fn flood(heard: impl Fn(u32) -> Heard) -> (Machine, Machine, Vec<Output>) {
    let mut browser = tab();
    let before = browser.pages[0].tab.machine.clone();
    let first = browser.pages[0].tab.steps.len();
    for number in 0..MANY {
        browser.put(0, Input::Heard(heard(number)));
        browser.wait(1);
    }
    let outputs = browser.pages[0].tab.steps[first..].iter().flat_map(|step| step.outputs.clone()).collect();
    (before, browser.pages[0].tab.machine.clone(), outputs)
}

#[test]
fn a_flood_of_garbage_is_told_of_once_a_second_and_leaves_nothing() {
    let mut browser = tab();
    let (now, account) = (browser.pages[0].tab.time.now(), browser.pages[0].tab.machine.account_key());
    assert!(browser.pages[0].tab.machine.at_hand(now, 0, None).is_some());
    let key = format!("{}:{}0:", account.as_str().len(), account.as_str()).as_str().into();
    let stranger = TokenFacts { sub: Some("user_9".into()), exp: Some(i64::MAX / 4), ..TokenFacts::default() };
    let (before, after, outputs) = flood(|number| match number % 4 {
        0 => Heard::Noise,
        1 => Heard::Token(key, Err("it is empty"), 0),
        2 => Heard::Token(key, Ok(stranger), i64::MAX / 4),
        _ => Heard::Bye(number),
    });
    let told = |output: &&Output| matches!(output, Output::Event(Event::Refused { origin: Origin::Adopted, .. }));
    assert_eq!(outputs.iter().filter(told).count(), 10);
    // For each text that it was handed the shell is told to forget it.
    let forgotten = outputs.iter().filter(|output| matches!(output, Output::Keep(_))).count();
    assert_eq!((forgotten, outputs.len()), (MANY as usize / 4, MANY as usize / 4 + 10));
    assert_eq!(after.stats().refused - before.stats().refused, MANY / 4 * 3);
    assert_eq!((before.snapshot(), before.stats().tabs), (after.snapshot(), after.stats().tabs));
    assert_eq!(before.deadline(), after.deadline());
}

#[test]
fn a_flood_of_strangers_fills_a_table_of_fixed_size() {
    let stranger = |tab| Peer { tab, ..Peer::default() };
    let (_, after, outputs) = flood(|number| Heard::Here(stranger(1_000 + number)));
    assert_eq!(after.stats().tabs, 64);
    assert_eq!(outputs.len(), 0);
}

#[test]
fn each_greeting_and_each_wish_is_answered_once_at_most() {
    let stranger = |tab| Peer { tab, ..Peer::default() };
    let (_, _, outputs) = flood(|number| match number % 2 {
        0 => Heard::Hello(stranger(1_000 + number)),
        _ => Heard::Want("1:x0:".into(), 0),
    });
    assert_eq!(outputs.len(), MANY as usize / 2);
}
