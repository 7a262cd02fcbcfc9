//! Where the traces get to, counted, so that a fault that never happens shows.

use super::play::Run;
use super::watch::{every_step, template};
use crate::support::browser::Entry;
use crate::support::page::State;
use std::collections::BTreeMap;
use std::fmt::Write;
use tabpin::core::input::Input;
use tabpin::core::output::{Event, Outcome, Output, Say};
use tabpin::core::token::Origin;

/// What some trace must reach.
pub const WANTED: &[(&str, &[&str])] = &[
    ("input", &["Join", "Part", "Heard", "Locked", "NoLock", "Wake", "Minted", "Ask"]),
    ("heard", &["Hello", "Here", "Bye", "Want", "Token", "Noise"]),
    ("said", &["Hello", "Here", "Bye", "Want", "Token"]),
    ("output", &["Lock", "Unlock", "Mint", "Abort"]),
    ("token", &["Minted", "Adopted"]),
    ("refused", &["TokenMalformed", "WrongAccount", "IssuerMismatch", "TokenExpired"]),
    ("message", &["lost", "repeated", "overtaken", "cut off"]),
    (
        "fault",
        &[
            "frozen", "frozen with a lock", "frozen with a mint", "crashed or closed", "gone with a lock",
            "gone with a mint", "minted without the lock", "a mint after a lock", "abandoned",
        ],
    ),
    ("tabs", &["5", "6", "7", "8"]),
    ("status", &["Unknown → SignedIn"]),
];

/// How often each thing was reached, by kind and name.
#[derive(Default)]
pub struct Reached {
    counts: BTreeMap<&'static str, BTreeMap<String, u64>>,
    runs: u64,
    inputs: u64,
    /// Events in the shortest run.
    pub shortest: u64,
}

impl Reached {
    /// Counts one run.
    pub fn add(&mut self, run: &Run<'_>) {
        let inputs = run.browser.log.len() as u64;
        self.shortest = if self.runs == 0 { inputs } else { self.shortest.min(inputs) };
        self.inputs += inputs;
        self.runs += 1;
        self.count("kind", format!("{:?}", run.trace.setup.kind), 1);
        self.count("tabs", run.browser.pages.len().to_string(), 1);
        for (name, count) in ["lost", "repeated", "overtaken", "cut off"].iter().zip(run.browser.wire.harmed) {
            self.count("message", (*name).to_owned(), count);
        }
        let mut last: Vec<(bool, bool)> = vec![(false, false); run.browser.pages.len()];
        let mut at = 0;
        let log = &run.browser.log;
        let mut was = vec![tabpin::core::pin::Status::Unknown; run.browser.pages.len()];
        let counted: Result<(), String> = every_step(run, |watch, page, step| {
            while let Some(Entry::Now(other, state)) = log.get(at) {
                let (locked, minting) = last[*other];
                let word = if *state == State::Gone { "gone" } else { "frozen" };
                if *state != State::Awake {
                    self.count("fault", if word == "gone" { "crashed or closed" } else { word }.to_owned(), 1);
                    self.count("fault", format!("{word} with a lock"), locked.into());
                    self.count("fault", format!("{word} with a mint"), minting.into());
                }
                at += 1;
            }
            at += 1;
            let seat = &watch.seats[page];
            last[page] = (seat.locks.values().any(|lock| lock.granted.is_some()), !seat.flights.is_empty());
            if was[page] != seat.status {
                self.count("status", format!("{:?} → {:?}", was[page], seat.status), 1);
                was[page] = seat.status;
            }
            self.count("input", variant(&step.input), 1);
            if let Input::Heard(heard) = &step.input {
                self.count("heard", variant(heard), 1);
            }
            for output in &step.outputs {
                self.count("output", variant(output), 1);
                match output {
                    Output::Say(say) => self.count("said", variant::<Say>(say), 1),
                    Output::Settle(_, Outcome::Reject(error)) => {
                        self.count("rejection", format!("{:?}", error.code), 1)
                    }
                    Output::Settle(_, outcome) => self.count("answer", variant(outcome), 1),
                    Output::Event(Event::Token { origin, .. }) => self.count("token", format!("{origin:?}"), 1),
                    Output::Event(Event::Refused { origin: Origin::Adopted, error }) => {
                        self.count("refused", format!("{:?}", error.code), 1);
                    }
                    Output::Event(Event::Retry { error, .. }) => {
                        let late = error.code == tabpin::core::error::Code::SourceTimeout;
                        self.count("fault", "abandoned".to_owned(), late.into());
                    }
                    Output::Mint { template: name, .. } => {
                        let slot = template(*name);
                        let ours = |key: &str| key.ends_with("convex") == (slot == 1);
                        let queued = seat.locks.values().find(|lock| ours(lock.key.as_str()));
                        if let Some(lock) = queued {
                            let word =
                                if lock.granted.is_some() { "a mint after a lock" } else { "minted without the lock" };
                            self.count("fault", word.to_owned(), 1);
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        });
        counted.expect("counting never fails");
    }

    /// Adds what others reached.
    pub fn merge(&mut self, other: Self) {
        for (kind, names) in other.counts {
            names.into_iter().for_each(|(name, count)| self.count(kind, name, count));
        }
        self.runs += other.runs;
        self.inputs += other.inputs;
        self.shortest = self.shortest.min(other.shortest);
    }

    fn count(&mut self, kind: &'static str, name: String, times: u64) {
        if times > 0 {
            *self.counts.entry(kind).or_default().entry(name).or_default() += times;
        }
    }

    /// As a table.
    pub fn table(&self) -> String {
        let mut table = format!(
            "reached by several tabs in {} traces, {} events (the shortest has {}):\n",
            self.runs, self.inputs, self.shortest
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
fn variant<T: std::fmt::Debug>(value: &T) -> String {
    let text = format!("{value:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}
