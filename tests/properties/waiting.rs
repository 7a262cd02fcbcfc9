//! Invariants 1, 5 (in one tab) and 8: waits end, mints are single, and after the end there is nothing.

use super::oracle::{ensure, every_step, settled};
use super::play::Run;
use std::collections::BTreeSet;
use tabpin::core::error::Code;
use tabpin::core::input::{Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Outcome, Output};

/// How late a trace may fire a timer, ms.
const LATE: u64 = 10;
/// `fetchToken`'s outer limit, awake ms.
const OUTER: u64 = 600_000;
/// A mint that takes longer is abandoned, ms.
const ABANDON: u64 = 4_000;

/// Every waiter settles exactly once: within its budget, or at dispose. `getToken`, `headers`, `fetch`: awake time,
/// online or not. `fetchToken`: awake and online time, with an outer limit of ten minutes awake.
pub fn every_waiter_settles_exactly_once(run: &Run) -> Result<(), String> {
    ensure(!run.spun, || "the timer fires over and over while no time passes".to_owned())?;
    let mut open = 0;
    every_step(run, |oracle, step| {
        let mut answered = BTreeSet::new();
        for output in &step.outputs {
            let Output::Settle(waiter, _) = output else { continue };
            let wait = oracle.waiters.get(waiter).ok_or_else(|| format!("waiter {waiter} never asked"))?;
            ensure(!wait.settled && answered.insert(*waiter), || format!("waiter {waiter} is settled twice"))?;
        }
        open = 0;
        for (waiter, wait) in oracle.waiters.iter().filter(|(id, wait)| !wait.settled && !answered.contains(id)) {
            let awake = step.at.awake.least - wait.awake.least;
            let online = step.at.online.least - wait.online.least;
            let late = match wait.style {
                Some(Style::Fetch) => online > oracle.run.config.give_up_after + LATE || awake > OUTER + LATE,
                _ => awake > wait.timeout + LATE,
            };
            ensure(!late, || format!("waiter {waiter} ({wait:?}) has waited for {awake} ms, {online} ms online"))?;
            ensure(!oracle.disposed, || format!("waiter {waiter} still waits after dispose"))?;
            open += 1;
        }
        Ok(())
    })?;
    ensure(open == 0 || !run.complete, || format!("{open} still wait at the end"))
}

/// At most one mint in flight per key in a tab; an abandoned one no longer counts.
pub fn at_most_one_mint_in_flight(run: &Run) -> Result<(), String> {
    let mut launched = std::collections::BTreeMap::new();
    every_step(run, |oracle, step| {
        launched.retain(|flight, _| oracle.flights.contains_key(flight));
        for output in &step.outputs {
            let Output::Mint { flight, template, .. } = output else { continue };
            launched.retain(|flight, _| !oracle.flights[flight].given_up);
            let young = |(at, other): &(u64, Option<Name>)| {
                other == template && step.at.awake.most.saturating_sub(*at) < ABANDON
            };
            ensure(!launched.values().any(young), || format!("mint {flight} is the second in flight"))?;
            launched.insert(*flight, (step.at.awake.most, *template));
        }
        Ok(())
    })
}

/// After dispose: no timer, lock, listener, channel, output.
pub fn after_dispose_there_is_nothing(run: &Run) -> Result<(), String> {
    let mut ended = false;
    every_step(run, |oracle, step| {
        if !oracle.disposed {
            return Ok(());
        }
        ensure(step.deadline.is_none(), || "a timer is wanted".to_owned())?;
        ensure(step.after.iter().all(Option::is_none), || "a token is still at hand".to_owned())?;
        ensure(oracle.flights.is_empty(), || format!("mints are in flight: {:?}", oracle.flights.keys()))?;
        if std::mem::replace(&mut ended, true) {
            let asked = match &step.input {
                Input::Ask(ask) => Some(ask.waiter),
                Input::Pin(waiter, _) | Input::SignOut(waiter) => Some(*waiter),
                _ => None,
            };
            let strays = step.outputs.iter().find(|output| match output {
                Output::Settle(waiter, _) => Some(*waiter) != asked,
                _ => true,
            });
            ensure(strays.is_none(), || format!("an output: {strays:?}"))?;
            for (waiter, wait, outcome) in settled(oracle, step) {
                let fits = match (wait.style, outcome) {
                    (Some(Style::Fetch), outcome) => *outcome == Outcome::Null,
                    (_, Outcome::Reject(error)) => error.code == Code::Disposed,
                    _ => false,
                };
                ensure(fits, || format!("waiter {waiter} is told {outcome:?} after the end"))?;
            }
        }
        let last = run.hits.iter().map(|hit| hit.after).max().unwrap_or(0);
        let disposed = run.steps.iter().position(|step| step.input == Input::Dispose).unwrap_or(usize::MAX);
        ensure(last <= disposed, || "a token is served without asking".to_owned())
    })
}
