//! With a source that is honest and quick, everybody is served, whatever the clocks do; with any source, none is
//! asked in a loop.

use super::oracle::{ensure, every_step, settled};
use super::play::Run;
use super::trace::{Op, Storage, StoredPin, Trace};
use crate::support::provider::Mode;
use std::collections::VecDeque;
use tabpin::core::input::{Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Outcome, Output};

/// The same trace, with everything left out that an honest source of one session would not do.
pub fn tame(mut trace: Trace) -> Trace {
    trace.setup.users = vec![0];
    trace.setup.loading = false;
    trace.setup.online = true;
    trace.setup.ends_by_dispose = false;
    trace.setup.config.timeout = 10_000;
    trace.setup.config.give_up_after = 30_000;
    if trace.setup.stored != StoredPin::Alive {
        trace.setup.stored = StoredPin::Nothing;
    }
    // Several sleeps in a row use a budget up, for how much of a timer's time was slept through cannot be told; and
    // so do several clock changes, for each needs a mint to see through it.
    let mut breaks = 0;
    trace.ops.retain(|op| match op {
        Op::Ask { style, timeout, stale, .. } => {
            matches!(style, Style::Token | Style::Access | Style::Fetch) && timeout.is_none() && !stale
        }
        Op::Wait { .. } | Op::Hit { .. } | Op::Notify | Op::Consumer { .. } | Op::Cookie { .. } => true,
        Op::Plan { mode, latency, .. } => *mode == Mode::Honest && *latency < 2_000,
        Op::Online { online } => *online,
        Op::Wake | Op::Hidden { .. } | Op::Freeze { mono_runs: true, .. } => true,
        Op::Restored { storage, .. } => matches!(storage, Storage::Same | Storage::Unreliable),
        Op::Jump { .. } | Op::Sleep { .. } => {
            breaks += 1;
            breaks == 1
        }
        _ => false,
    });
    trace
}

/// Everybody who waits for a token gets one.
pub fn everybody_is_served(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        for (waiter, wait, outcome) in settled(oracle, step) {
            let served = matches!(outcome, Outcome::Token(_));
            ensure(served, || format!("waiter {waiter} ({:?}) is told {outcome:?}", wait.style))?;
        }
        Ok(())
    })
}

/// Most mints of one template that may follow from each other within a second of awake time.
const BURST: usize = 8;

/// Without anybody asking or anything happening, the source is asked a few times a second at most, whatever it answers.
pub fn the_source_is_not_asked_in_a_loop(run: &Run) -> Result<(), String> {
    let mut mints: VecDeque<(u64, Option<Name>)> = VecDeque::new();
    every_step(run, |_, step| {
        if !matches!(step.input, Input::Timer | Input::Minted(..) | Input::Judged(..)) {
            return Ok(());
        }
        for output in &step.outputs {
            let Output::Mint { template, .. } = output else { continue };
            mints.push_back((step.at.awake.least, *template));
            mints.retain(|(at, _)| at + 1_000 > step.at.awake.least);
            let burst = mints.iter().filter(|(_, other)| other == template).count();
            ensure(burst <= BURST, || format!("{burst} mints within a second"))?;
        }
        Ok(())
    })
}
