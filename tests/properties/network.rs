//! Connectivity, and what a provider asks for that is overloaded.

use super::oracle::{Flight, Oracle, Template, ensure, every_step, settled};
use super::page::is_mint;
use super::play::Run;
use crate::support::tab::Step;
use std::collections::BTreeMap;
use tabpin::core::input::{Answer, FlightId, Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Output, Task};
use tabpin::core::pin::Status;

/// Longer than this no `Retry-After` is honoured, ms.
const LONGEST: u64 = 300_000;

/// Until when the provider wants to be left alone, by template, monotonic ms.
#[derive(Default)]
struct Put {
    off: BTreeMap<Template, u64>,
    /// The same, or until the next full second after a token that will not do: RS256 signs the same text within one.
    /// From late answers too, which the machine need not heed.
    pause: BTreeMap<Template, u64>,
    /// The mints under way: their templates, and whether they have been given up.
    by: BTreeMap<FlightId, (Template, bool)>,
}

impl Put {
    fn note(&mut self, oracle: &Oracle<'_>, step: &Step) {
        let ended = step.outputs.iter().any(|output| matches!(output, Output::Ended(_)));
        if ended {
            self.off.clear();
        }
        if let Input::Minted(flight, answer) = &step.input
            && let Some((template, given_up)) = self.by.get(flight)
        {
            let after = match answer {
                Answer::Failed(failure) => failure.retry_after.unwrap_or(0).min(LONGEST),
                Answer::Token(_) => 1_020,
                _ => 0,
            };
            if !given_up || after > 0 {
                let until = self.pause.entry(*template).or_default();
                *until = (step.at.mono + after).max(*until);
            }
            match answer {
                Answer::Failed(_) if !given_up => _ = self.off.insert(*template, step.at.mono + after),
                Answer::Failed(_) => {}
                _ => _ = self.off.remove(template),
            }
        }
        let late = |flight: &Flight| flight.given_up || step.at.awake.most - flight.awake.most >= 4_000;
        self.by = oracle.flights.iter().map(|(id, flight)| (*id, (flight.template, late(flight)))).collect();
    }

    fn pauses(&self, template: Template, now: u64) -> bool {
        self.pause.get(&template).is_some_and(|until| now < *until)
    }

    fn is_off(&self, template: Template, now: u64) -> bool {
        self.off.get(&template).is_some_and(|until| now < *until)
    }
}

/// Whatever happens, the provider is left alone for as long as its `Retry-After` says.
pub fn retry_after_is_honoured(run: &Run) -> Result<(), String> {
    let mut put = Put::default();
    every_step(run, |oracle, step| {
        put.note(oracle, step);
        for output in &step.outputs {
            let Output::Mint { template, .. } = output else { continue };
            let template = template.map(Name::as_str);
            let early = put.is_off(template, step.at.mono);
            ensure(!early, || format!("a mint for {template:?} on {:?} before Retry-After", step.input))?;
        }
        Ok(())
    })
}

/// When the network is back, whoever waits has a mint under way in the same drain, one that began after.
pub fn the_mint_starts_with_the_event(run: &Run) -> Result<(), String> {
    let mut put = Put::default();
    let mut selecting = BTreeMap::new();
    every_step(run, |oracle, step| {
        put.note(oracle, step);
        for output in &step.outputs {
            if let Output::Errand(id, Task::Select, _) = output {
                selecting.insert(*id, step.at.awake.most);
            }
        }
        if let Input::Done(id, _) = step.input {
            selecting.remove(&id);
        }
        let said = |output: &Output| *output == Output::Event(Event::Online { online: true });
        let news = step.input == Input::Online(true) && step.outputs.iter().any(said);
        if !news || oracle.status != Status::SignedIn || !selecting.is_empty() || oracle.disposed {
            return Ok(());
        }
        let answered: Vec<_> = settled(oracle, step).map(|(waiter, ..)| waiter).collect();
        for (waiter, wait) in &oracle.waiters {
            let waits = matches!(wait.style, Some(Style::Token | Style::Access)) && !wait.settled;
            if !waits
                || answered.contains(waiter)
                || put.is_off(wait.template, step.at.mono)
                || put.pauses(wait.template, step.at.mono)
            {
                continue;
            }
            let starts = step.outputs.iter().any(|output| is_mint(output, wait.template));
            ensure(starts, || format!("waiter {waiter} ({wait:?}) has no new mint when the network is back"))?;
        }
        Ok(())
    })
}
