//! Locks are left behind, and who else is there is known.

use super::play::Run;
use super::watch::{ensure, every_step};
use std::collections::BTreeMap;
use tabpin::core::input::Input;
use tabpin::core::output::Output;
use tabpin::core::pin::Status;

/// Once a lock is had, ms until the mint.
const SETTLING: u64 = 50;
/// A timer that is later than this was held up by more than a busy device, ms.
const HELD_UP: u64 = 250;
/// A mint that takes longer is abandoned, ms.
const ABANDON: u64 = 4_000;
/// Timers may be so late, ms.
const LATE: u64 = 10;

/// No lock is held without a mint under way or about to be; none after the page goes away; each is left exactly once.
pub fn no_lock_is_kept(run: &Run<'_>) -> Result<(), String> {
    let mut asked: BTreeMap<(usize, u32), (usize, bool)> = BTreeMap::new();
    every_step(run, |watch, page, step| {
        let seat = &watch.seats[page];
        for output in &step.outputs {
            match output {
                Output::Lock(id, key) => {
                    let slot = usize::from(key.as_str().ends_with("convex"));
                    ensure(asked.insert((page, *id), (slot, false)).is_none(), || {
                        format!("lock {id} is asked for twice")
                    })?;
                }
                Output::Unlock(id) => {
                    let known = asked.get_mut(&(page, *id)).ok_or_else(|| format!("lock {id} was never asked for"))?;
                    // The shell may hand over a lock that was left while it came.
                    let stray = step.input == Input::Locked(*id);
                    ensure(!known.1 || stray, || format!("lock {id} is left twice"))?;
                    known.1 = true;
                }
                _ => {}
            }
        }
        if matches!(step.input, Input::Part | Input::Dispose) {
            let kept = asked.iter().find(|((other, _), (_, left))| *other == page && !left);
            ensure(seat.locks.is_empty() && kept.is_none(), || format!("{kept:?} outlives the page"))?;
        }
        for (id, lock) in &seat.locks {
            let Some(granted) = lock.granted else { continue };
            let slot = asked[&(page, *id)].0;
            let flies = seat
                .flights
                .values()
                .any(|flight| flight.template == slot && step.at.awake.least - flight.awake < ABANDON);
            // It is put off once, by as much as a timer was late; a timer that is due by now fires next.
            let settling = SETTLING + 3 * run.browser.pages[page].lag + LATE;
            let frozen = if seat.rested { HELD_UP } else { 0 };
            let until = step.at.mono.max(granted + settling) + frozen;
            let settles = step.deadline.is_some_and(|due| due <= until);
            ensure(flies || settles, || format!("lock {id} is held for nothing since {granted}"))?;
        }
        Ok(())
    })?;
    for (number, page) in run.browser.pages.iter().enumerate() {
        let gone = page.state == crate::support::page::State::Gone;
        ensure(!gone || !run.browser.locks.knows(number), || format!("tab {number} is gone and has a lock"))?;
    }
    Ok(())
}

/// Where the source cannot tell, several sessions are known through other tabs, and forgotten with those tabs.
pub fn several_sessions_are_known_while_they_are_there(run: &Run<'_>) -> Result<(), String> {
    let pages = &run.browser.pages;
    for (number, page) in pages.iter().enumerate().filter(|(number, _)| run.browser.runs(*number)) {
        let snapshot = page.tab.machine.snapshot();
        let ours = snapshot.session.filter(|_| snapshot.status == Status::SignedIn);
        let Some(ours) = ours.filter(|_| !run.trace.setup.lists) else { continue };
        let other = |other: &usize| {
            let there = run.browser.runs(*other) && pages[*other].joined.is_some();
            let session = pages[*other].tab.machine.snapshot().session;
            *other != number
                && there
                && pages[*other].place == page.place
                && session.is_some_and(|session| !session.is(ours))
        };
        let several = (0..pages.len()).any(|index| other(&index)) && page.joined.is_some();
        let known = snapshot.multi_session;
        ensure(known == several.then_some(true), || format!("tab {number} says {known:?} where it is {several}"))?;
    }
    Ok(())
}
