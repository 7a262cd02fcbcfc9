//! Where the traces get to, counted, so that a generator that never gets anywhere shows.

use super::oracle::every_step;
use super::play::Run;
use std::collections::BTreeMap;
use std::fmt::Write;
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
        let counted: Result<(), String> = every_step(run, |oracle, step| {
            self.count("status", format!("{:?}", oracle.status));
            if oracle.was != oracle.status {
                self.count("transition", format!("{:?} → {:?}", oracle.was, oracle.status));
            }
            self.count("input", variant(&step.input));
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
