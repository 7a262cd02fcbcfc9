//! Invariant 5 across tabs: one mint per lifetime, where coordination works and demand is unforced.

use super::play::Run;
use super::trace::Kind;
use super::watch::{Watch, ensure, every_step, template};
use crate::support::page::State;
use tabpin::core::input::Input;
use tabpin::core::output::Output;

/// What has come within so many ms may not be known to all tabs yet.
const NEWS: i64 = 150;

/// With coordination working, unforced demand causes at most one mint per lifetime per key across all tabs, plus one:
/// a mint while another tab of the account has a token that is not due for a refresh, or is fetching one, is one more.
pub fn one_mint_per_lifetime(run: &Run<'_>) -> Result<(), String> {
    if run.trace.setup.kind != Kind::Working {
        return Ok(());
    }
    let mut more: Vec<(usize, usize)> = Vec::new();
    every_step(run, |watch, page, step| {
        for output in &step.outputs {
            let Output::Mint { template: name, .. } = output else { continue };
            let slot = template(*name);
            // Whoever waits while it is put away does not wait for others any more.
            if step.input == Input::Part || run.browser.pages[page].asks.iter().any(|asked| asked.disturbed) {
                continue;
            }
            let Some(other) = needless(watch, page, slot, step.at.real) else { continue };
            let before = more.iter().find(|(known, other)| *other == slot && watch.are_one(*known, page));
            ensure(before.is_none(), || format!("a second needless mint: tab {other} could have helped"))?;
            more.push((page, slot));
        }
        Ok(())
    })
}

/// The tab that has what is minted here, or is about to.
fn needless(watch: &Watch<'_>, page: usize, slot: usize, real: i64) -> Option<usize> {
    let setup = &watch.run.trace.setup;
    // A clock that runs ahead by little is believed, and refreshes so much earlier.
    let ahead = setup.skew.max(0);
    let rest = ahead + (setup.life / 4).min(10_000) + (setup.life / 10).min(5_000) + 1_000;
    let known = |since: i64| real - since > NEWS + setup.busy as i64;
    (0..watch.seats.len()).find(|other| {
        let seat = &watch.seats[*other];
        let there = *other != page && seat.state == State::Awake && seat.joined.is_some_and(known);
        let holds = seat.hands[slot].is_some_and(|(text, since)| {
            let exp = watch.run.browser.tokens.texts[text].facts.exp;
            known(since) && exp.is_some_and(|exp| exp - real > rest)
        });
        let fetches = || seat.flights.values().any(|flight| flight.template == slot);
        there && watch.are_one(*other, page) && (holds || fetches())
    })
}
