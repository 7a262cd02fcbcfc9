//! Where traces get to, counted, so that what never happens shows.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

/// How often each thing was reached, by kind and name.
#[derive(Debug, Default)]
pub struct Tally {
    /// Kind, name, how often.
    pub counts: BTreeMap<&'static str, BTreeMap<String, u64>>,
    /// What reached the machines in the shortest trace.
    pub shortest: usize,
    inputs: usize,
    runs: usize,
}

impl Tally {
    /// One more trace, with so many inputs.
    pub fn ran(&mut self, inputs: usize) {
        self.merge(Self { runs: 1, inputs, shortest: inputs, ..Self::default() });
    }

    /// Reached once more.
    pub fn count(&mut self, kind: &'static str, name: impl Into<String>) {
        self.count_times(kind, name, 1);
    }

    /// Reached so many times more.
    pub fn count_times(&mut self, kind: &'static str, name: impl Into<String>, times: u64) {
        if times > 0 {
            *self.counts.entry(kind).or_default().entry(name.into()).or_default() += times;
        }
    }

    /// Adds what others reached.
    pub fn merge(&mut self, other: Self) {
        for (kind, names) in other.counts {
            names.into_iter().for_each(|(name, count)| self.count_times(kind, name, count));
        }
        self.shortest = if self.runs == 0 { other.shortest } else { self.shortest.min(other.shortest) };
        self.runs += other.runs;
        self.inputs += other.inputs;
    }

    /// Prints what was reached, and fails unless all that is wanted was.
    pub fn reaches(&self, whose: &str, wanted: &[(&str, &[&str])]) {
        // Past the test harness's capture, which hides what passing tests print.
        std::io::Write::write_all(&mut std::io::stdout(), self.table(whose).as_bytes()).expect("standard output");
        for (kind, names) in wanted {
            for name in *names {
                let reached = self.counts.get(kind).is_some_and(|names| names.contains_key(*name));
                assert!(reached, "no trace reaches the {kind} {name}");
            }
        }
    }

    fn table(&self, whose: &str) -> String {
        let Self { runs, inputs, shortest, .. } = self;
        let mut table =
            format!("reached by {whose} in {runs} traces, {inputs} inputs (the shortest has {shortest}):\n");
        for (kind, names) in &self.counts {
            let names: Vec<_> = names.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(table, "  {kind}: {}", names.join(", ")).expect("a string takes it");
        }
        table
    }
}

/// The name of a value's variant.
pub fn variant(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}
