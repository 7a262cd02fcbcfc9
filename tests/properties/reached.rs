//! Where the traces get to, counted, so that a generator that never gets anywhere shows.

use super::oracle::{Oracle, every_step};
use super::play::Run;
use crate::support::tab::Step;
use std::collections::BTreeMap;
use std::fmt::Write;
use tabpin::core::input::{Answer, Failure, Input};
use tabpin::core::output::{Outcome, Output};

/// How often each thing was reached, by kind and name.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// Kind, name, how often.
    pub counts: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// Runs.
    pub runs: u64,
    /// Inputs in all, and in the shortest run.
    pub inputs: (u64, u64),
}

impl Reached {
    /// Counts one run.
    pub fn add(&mut self, run: &Run) {
        let inputs = run.steps.len() as u64;
        let shortest = if self.runs == 0 { inputs } else { self.inputs.1.min(inputs) };
        self.inputs = (self.inputs.0 + inputs, shortest);
        self.runs += 1;
        let mut number = 0;
        let counted: Result<(), String> = every_step(run, |oracle, step| {
            self.count("status", format!("{:?}", oracle.status));
            if oracle.was != oracle.status {
                self.count("transition", format!("{:?} → {:?}", oracle.was, oracle.status));
            }
            self.count("input", variant(&step.input));
            if number > 0 {
                self.disorder(oracle, step, &run.steps[number - 1]);
            }
            number += 1;
            for output in &step.outputs {
                self.count("output", variant(output));
                match output {
                    Output::Settle(_, Outcome::Reject(error)) => self.count("rejection", format!("{:?}", error.code)),
                    Output::Settle(_, outcome) => self.count("answer", variant(outcome)),
                    Output::Event(tabpin::core::output::Event::Pinned { cause, .. }) => {
                        self.count("pinned", format!("{cause:?}"));
                    }
                    Output::Event(event) => self.count("event", variant(event)),
                    _ => {}
                }
            }
            Ok(())
        });
        counted.expect("counting never fails");
    }

    /// What goes wrong with time and network.
    fn disorder(&mut self, oracle: &Oracle<'_>, step: &Step, before: &Step) {
        let parted = |step: &Step| step.at.wall - step.at.mono as i64;
        let jump = (parted(step) - parted(before)).abs();
        let overdue = before.deadline.map_or(0, |due| step.at.mono.saturating_sub(due));
        let flies = !oracle.flights.is_empty();
        let launches = step.outputs.iter().any(|output| matches!(output, Output::Mint { .. }));
        let timer = step.input == Input::Timer;
        let seen = [
            (timer && overdue > 2_000, "a timer seconds late"),
            (timer && overdue > 600_000, "a timer minutes late"),
            (jump > 3_600_000, "clocks that part by hours"),
            (before.input == Input::Freeze && step.at.mono > before.at.mono, "time in a frozen page"),
            (matches!(step.input, Input::Online(_)) && flies, "connectivity that flips during a request"),
            (step.input == Input::Online(true) && launches, "a mint with the online event"),
            (
                timer && launches && oracle.hidden && oracle.waiters.values().all(|wait| wait.settled),
                "a hidden refresh",
            ),
            (oracle.dormant && matches!(step.input, Input::Ask(_)), "an ask in a prerendered page"),
            (matches!(step.input, Input::Restored(_)) && oracle.was != oracle.status, "a pin moved by another page"),
        ];
        seen.iter().filter(|(is, _)| *is).for_each(|(_, name)| self.count("disorder", (*name).to_owned()));
        if let Input::Minted(_, Answer::Failed(Failure { status, retry_after, .. })) = step.input {
            let after = if retry_after.is_some() { " with Retry-After" } else { "" };
            self.count("disorder", format!("HTTP {}{after}", status.unwrap_or(0)));
        }
    }

    fn count(&mut self, kind: &'static str, name: String) {
        *self.counts.entry(kind).or_default().entry(name).or_default() += 1;
    }

    /// As a table.
    pub fn table(&self) -> String {
        let mut table = format!(
            "reached in {} traces, {} inputs (the shortest has {}):\n",
            self.runs, self.inputs.0, self.inputs.1
        );
        for (kind, names) in &self.counts {
            let names: Vec<_> = names.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(table, "  {kind}: {}", names.join(", ")).expect("a string takes it");
        }
        table
    }

    /// Was it reached?
    pub fn has(&self, kind: &str, name: &str) -> bool {
        self.counts.get(kind).is_some_and(|names| names.contains_key(name))
    }
}

/// The name of a value's variant.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}
