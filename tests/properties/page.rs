//! Pages that are prerendered, frozen, or back from the back/forward cache.

use super::oracle::{ensure, every_step, settled};
use super::play::Run;
use tabpin::core::input::{Input, Style};
use tabpin::core::output::{Outcome, Output};
use tabpin::core::pin::Status;

/// A prerendered page neither pins nor mints, asks nothing of the source, and writes nothing, until it is shown.
pub fn a_prerendered_page_is_inert(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        let all = || format!("{:?} brings {:?}", step.input, step.outputs);
        ensure(!oracle.dormant || step.outputs.is_empty() && step.deadline.is_none(), all)
    })
}

/// Back from the cache, the page has the pin that its tab has by now: what is stored wins.
pub fn what_is_stored_wins(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        let Input::Restored(Ok(stored)) = step.input else { return Ok(()) };
        if oracle.dormant || oracle.disposed || oracle.was == Status::Unknown {
            return Ok(());
        }
        let pin = oracle.pin.filter(|_| oracle.status == Status::SignedIn);
        let fits = match stored {
            Some(stored) => pin.is_some_and(|pin| pin.is(stored.session)),
            None => pin.is_none(),
        };
        ensure(fits, || format!("{stored:?} is stored, and the tab keeps to {pin:?} in {:?}", oracle.status))
    })
}

/// Nobody is told that time is up while there is budget left, however long the page was frozen.
pub fn nobody_is_given_up_too_soon(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        for (waiter, wait, outcome) in settled(oracle, step) {
            let transient = match outcome {
                Outcome::Reject(error) => error.code.retryable() && wait.style != Some(Style::Ready),
                _ => false,
            };
            let stands = oracle.status == Status::SignedIn && wait.account == oracle.account.id;
            if wait.style.is_none() || oracle.disposed || !stands || !transient || cancelled(&step.input, waiter) {
                continue;
            }
            let spent = step.at.awake.most - wait.awake.most;
            ensure(spent >= wait.timeout, || {
                format!("waiter {waiter} is told {outcome:?} after {spent} ms: {wait:?}")
            })?;
        }
        Ok(())
    })
}

fn cancelled(input: &Input, waiter: u32) -> bool {
    matches!(input, Input::Cancel(other) if *other == waiter)
}

/// Is this the output of somebody who mints?
pub fn is_mint(output: &Output, wanted: super::oracle::Template) -> bool {
    matches!(output, Output::Mint { template, .. } if template.map(|name| name.as_str()) == wanted)
}
