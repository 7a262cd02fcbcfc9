//! The farthest times and longest durations that the shell lets in, after a century without a restart: sums do not
//! overflow (tests are built to panic where one does), and what holds of other times holds of these.

use super::oracle::{ensure, every_step};
use super::play::Run;
use super::trace::{Op, Trace};
use super::{accounts, honest, tokens, waiting};
use tabpin::core::clock::NEVER;

/// A hundred years, ms.
const CENTURY: u64 = 3_155_760_000_000;
/// The longest duration.
const EVER: u64 = NEVER as u64;

/// The same trace, with whatever can be far away, or long, at its limit.
pub fn stretched(mut trace: Trace) -> Trace {
    let setup = &mut trace.setup;
    setup.uptime = CENTURY;
    // A lie on either side, and tokens that outlive time or were signed before it.
    setup.skew = setup.skew.signum() * NEVER;
    setup.life = [NEVER, setup.life, 2 * NEVER][trace.dice as usize % 3];
    let config = &mut setup.config;
    (config.leeway, config.timeout, config.give_up_after) = (EVER, EVER, EVER);
    for op in &mut trace.ops {
        match op {
            Op::Ask { timeout, .. } => *timeout = timeout.map(|ms| if ms > 400 { EVER } else { ms }),
            Op::Consumer { leeway, .. } => *leeway = leeway.map(|_| EVER),
            Op::Jump { ms } => *ms = ms.signum() * NEVER,
            Op::Sleep { ms, .. } => *ms = CENTURY,
            _ => {}
        }
    }
    trace
}

/// No timer is asked for that is due before now, or later than all that may be added up to it.
pub fn sums_are_right(run: &Run) -> Result<(), String> {
    every_step(run, |_, step| {
        let due = step.deadline.map(|due| due.checked_sub(step.at.mono));
        ensure(due.is_none_or(|wait| wait.is_some_and(|ms| ms <= 4 * EVER)), || format!("a timer in {due:?} ms"))
    })?;
    tokens::a_token_is_the_waiters_accounts(run)?;
    waiting::at_most_one_mint_in_flight(run)?;
    honest::the_source_is_not_asked_in_a_loop(run)?;
    accounts::nothing_started_as_one_account_runs_as_another(run)
}
