//! Where the traces of several tabs get to.

use super::play::Run;
use super::watch::{every_step, template};
use crate::support::browser::Entry;
use crate::support::page::State;
use crate::support::tally::{Tally, variant};
use tabpin::core::input::Input;
use tabpin::core::output::{Event, Outcome, Output};
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

/// Counts one run.
pub fn add(tally: &mut Tally, run: &Run<'_>) {
    tally.ran(run.browser.log.len());
    tally.count("kind", format!("{:?}", run.trace.setup.kind));
    tally.count("tabs", run.browser.pages.len().to_string());
    for (name, count) in ["lost", "repeated", "overtaken", "cut off"].iter().zip(run.browser.wire.harmed) {
        tally.count_times("message", *name, count);
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
                tally.count("fault", if word == "gone" { "crashed or closed" } else { word });
                tally.count_times("fault", format!("{word} with a lock"), locked.into());
                tally.count_times("fault", format!("{word} with a mint"), minting.into());
            }
            at += 1;
        }
        at += 1;
        let seat = &watch.seats[page];
        last[page] = (seat.locks.values().any(|lock| lock.granted.is_some()), !seat.flights.is_empty());
        if was[page] != seat.status {
            tally.count("status", format!("{:?} → {:?}", was[page], seat.status));
            was[page] = seat.status;
        }
        tally.count("input", variant(&step.input));
        if let Input::Heard(heard) = &step.input {
            tally.count("heard", variant(heard));
        }
        for output in &step.outputs {
            tally.count("output", variant(output));
            match output {
                Output::Say(say) => tally.count("said", variant(say)),
                Output::Settle(_, Outcome::Reject(error)) => tally.count("rejection", format!("{:?}", error.code)),
                Output::Settle(_, outcome) => tally.count("answer", variant(outcome)),
                Output::Event(Event::Token { origin, .. }) => tally.count("token", format!("{origin:?}")),
                Output::Event(Event::Refused { origin: Origin::Adopted, error }) => {
                    tally.count("refused", format!("{:?}", error.code));
                }
                Output::Event(Event::Retry { error, .. }) => {
                    let late = error.code == tabpin::core::error::Code::SourceTimeout;
                    tally.count_times("fault", "abandoned", late.into());
                }
                Output::Mint { template: name, .. } => {
                    let slot = template(*name);
                    let ours = |key: &str| key.ends_with("convex") == (slot == 1);
                    let queued = seat.locks.values().find(|lock| ours(lock.key.as_str()));
                    if let Some(lock) = queued {
                        let word =
                            if lock.granted.is_some() { "a mint after a lock" } else { "minted without the lock" };
                        tally.count("fault", word);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    });
    counted.expect("counting never fails");
}
