//! Where the traces of one tab get to.

use super::oracle::{Oracle, every_step};
use super::play::Run;
use crate::support::tab::Step;
use crate::support::tally::{Tally, variant};
use tabpin::core::input::{Answer, Failure, Input};
use tabpin::core::output::{Outcome, Output};

/// What some trace must reach.
pub const WANTED: &[(&str, &[&str])] = &[
    (
        "transition",
        &[
            "Unknown → SignedIn", "Unknown → SignedOut", "Unknown → Lost", "SignedIn → SignedOut", "SignedIn → Lost",
            "SignedOut → SignedIn", "Lost → SignedIn", "Lost → SignedOut",
        ],
    ),
    ("pinned", &["First", "Restored", "Renewed", "Adopted", "Switched", "Asked"]),
    ("answer", &["Token", "Null", "Done"]),
    (
        "rejection",
        &[
            "SourceNotReady", "SourceTimeout", "SourceRejected", "Offline", "TokenMissing", "TokenMalformed",
            "TokenExpired", "TokenNotNewer", "WrongAccount", "IssuerMismatch", "SessionLost", "SignedOut",
            "AccountChanged", "ClaimsTimeout", "Aborted", "Disposed",
        ],
    ),
    (
        "output",
        &[
            "Mint", "Abort", "Settle", "Judge", "Errand", "Look", "Store", "Ended", "Account", "Keep", "Snapshot",
            "Event",
        ],
    ),
    (
        "event",
        &[
            "SignedOut", "Lost", "MultiSession", "Drift", "Token", "Refused", "Retry", "GaveUp", "Recovered",
            "Expiring", "Online",
        ],
    ),
    (
        "input",
        &[
            "Start", "View", "Ask", "Cancel", "Minted", "Seed", "Pin", "Unpin", "SignOut", "Done", "Judged",
            "Consumer", "Online", "Wake", "Hidden", "Freeze", "Restored", "Prerendered", "Timer", "Dispose",
        ],
    ),
    (
        "disorder",
        &[
            "a timer seconds late",
            "a timer minutes late",
            "clocks that part by hours",
            "time in a frozen page",
            "connectivity that flips during a request",
            "a mint with the online event",
            "a hidden refresh",
            "an ask in a prerendered page",
            "a pin moved by another page",
            "HTTP 401",
            "HTTP 404",
            "HTTP 429 with Retry-After",
            "HTTP 503 with Retry-After",
        ],
    ),
];

/// Counts one run.
pub fn add(tally: &mut Tally, run: &Run) {
    tally.ran(run.steps.len());
    let mut number = 0;
    let counted: Result<(), String> = every_step(run, |oracle, step| {
        tally.count("status", format!("{:?}", oracle.status));
        if oracle.was != oracle.status {
            tally.count("transition", format!("{:?} → {:?}", oracle.was, oracle.status));
        }
        tally.count("input", variant(&step.input));
        if number > 0 {
            disorder(tally, oracle, step, &run.steps[number - 1]);
        }
        number += 1;
        for output in &step.outputs {
            tally.count("output", variant(output));
            match output {
                Output::Settle(_, Outcome::Reject(error)) => tally.count("rejection", format!("{:?}", error.code)),
                Output::Settle(_, outcome) => tally.count("answer", variant(outcome)),
                Output::Event(tabpin::core::output::Event::Pinned { cause, .. }) => {
                    tally.count("pinned", format!("{cause:?}"));
                }
                Output::Event(event) => tally.count("event", variant(event)),
                _ => {}
            }
        }
        Ok(())
    });
    counted.expect("counting never fails");
}

/// What goes wrong with time and network.
fn disorder(tally: &mut Tally, oracle: &Oracle<'_>, step: &Step, before: &Step) {
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
        (timer && launches && oracle.hidden && oracle.waiters.values().all(|wait| wait.settled), "a hidden refresh"),
        (oracle.dormant && matches!(step.input, Input::Ask(_)), "an ask in a prerendered page"),
        (matches!(step.input, Input::Restored(_)) && oracle.was != oracle.status, "a pin moved by another page"),
    ];
    seen.iter().filter(|(is, _)| *is).for_each(|(_, name)| tally.count("disorder", *name));
    if let Input::Minted(_, Answer::Failed(Failure { status, retry_after, .. })) = step.input {
        let after = if retry_after.is_some() { " with Retry-After" } else { "" };
        tally.count("disorder", format!("HTTP {}{after}", status.unwrap_or(0)));
    }
}
