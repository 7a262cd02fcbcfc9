//! Invariant 6: coordination only ever saves requests.

use super::play::Run;
use super::trace::Kind;
use super::watch::{Flight, START, ensure, every_step, template};
use crate::support::page::Asked;
use crate::support::tab::TEMPLATES;
use std::collections::{BTreeMap, BTreeSet};
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Ask, Failure, FlightId, Input, WaiterId};
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::pin::Status;

/// The budget of invariant 6, ms.
const BUDGET: u64 = 1_000;
/// A mint that takes longer is abandoned, ms.
const ABANDON: u64 = 4_000;
/// The longest pause between two attempts, ms.
const LONGEST_PAUSE: u64 = 9_100;
/// Rounding, and a few late timers, ms.
const GRACE: u64 = 60;

/// Nobody is signed out, nobody is lost, whatever happens between tabs: no session ever ends here.
pub fn nobody_is_signed_out(run: &Run<'_>) -> Result<(), String> {
    every_step(run, |watch, page, step| {
        let status = watch.seats[page].status;
        ensure(!matches!(status, Status::SignedOut | Status::Lost), || format!("{status:?} after {:?}", step.input))
    })
}

/// Nobody hangs. With an honest provider, everybody whose tab is not frozen meanwhile is served a token, no later than
/// the provider and the budget allow: an unforced ask needs one mint, a forced one may have to see the end of a mint
/// that had begun before it.
pub fn everybody_is_served_in_time(run: &Run<'_>) -> Result<(), String> {
    ensure(!run.browser.spun, || "a timer fires over and over while no time passes".to_owned())?;
    let setup = &run.trace.setup;
    // A token that comes after a page was frozen may be all but over, and its source is then asked with care.
    let mut late = BTreeSet::new();
    every_step(run, |watch, _, _| {
        late.clone_from(&watch.late_for);
        Ok(())
    })?;
    for (number, page) in run.browser.pages.iter().enumerate() {
        for (index, asked) in page.asks.iter().enumerate() {
            let runs = run.browser.runs(number);
            let Some((settled, outcome)) = asked.settled else {
                ensure(!runs, || format!("tab {number}, ask {index} still waits at the end: {asked:?}"))?;
                continue;
            };
            if setup.kind == Kind::Wild || asked.disturbed || late.contains(&number) {
                continue;
            }
            let moved = matches!(outcome, Outcome::Reject(error) if error.code == Code::AccountChanged)
                || outcome == Outcome::Null && has_moved(run, number);
            let served = matches!(outcome, Outcome::Token(_)) || moved;
            ensure(served, || format!("tab {number}, ask {index}: {asked:?}"))?;
            let mints = if asked.forced { 2 } else { 1 };
            let ready = loading(run, number, asked);
            let most = mints * setup.latency + BUDGET + GRACE + setup.busy + ready;
            ensure(settled - asked.awake <= most, || {
                format!("tab {number}, ask {index} waits for {} ms, not {most}: {asked:?}", settled - asked.awake)
            })?;
        }
    }
    Ok(())
}

/// Ms until the source is ready that the ask waits for.
fn loading(run: &Run<'_>, page: usize, asked: &Asked) -> u64 {
    let steps = &run.browser.pages[page].tab.steps;
    let known = steps.iter().find(|step| step.snapshot.as_ref().is_some_and(|now| now.status != Status::Unknown));
    known.map_or(0, |step| step.at.awake.least.saturating_sub(asked.awake))
}

fn has_moved(run: &Run<'_>, page: usize) -> bool {
    let all = run.browser.pages[page].tab.steps.iter().flat_map(|step| &step.outputs);
    all.filter(|output| matches!(output, Output::Ended(_))).count() > 0
}

/// What is known of one tab between two of its steps.
#[derive(Clone, Default)]
struct Between {
    awake: u64,
    mono: u64,
    signed_in: bool,
    flights: BTreeMap<FlightId, Flight>,
    /// By template, until when nobody need do anything: a retry has been announced, monotonic ms.
    excused: [u64; TEMPLATES.len()],
}

impl Between {
    /// Nobody need do anything until then for this template, or for any.
    fn excuse(&mut self, only: Option<usize>, until: u64) {
        for (slot, excused) in self.excused.iter_mut().enumerate() {
            if only.is_none_or(|only| only == slot) {
                *excused = until.max(*excused);
            }
        }
    }
}

/// Whatever the provider does, coordination alone holds nobody up for longer than the budget: that is the time in
/// which somebody waits, no mint is under way, and no retry has been announced for later.
pub fn nobody_is_held_up(run: &Run<'_>) -> Result<(), String> {
    let mut waiting: BTreeMap<(usize, WaiterId), (Ask, u64)> = BTreeMap::new();
    let mut before = vec![Between::default(); run.browser.pages.len()];
    every_step(run, |watch, page, step| {
        let seat = &watch.seats[page];
        let was = &mut before[page];
        let passed = step.at.awake.least - was.awake;
        for ((_, waiter), (ask, held)) in waiting.range_mut((page, 0)..(page, WaiterId::MAX)) {
            let slot = template(ask.template);
            let flies =
                was.flights.values().any(|flight| flight.template == slot && was.awake - flight.awake < ABANDON);
            if was.signed_in && !flies {
                *held += passed.saturating_sub(was.excused[slot].saturating_sub(was.mono));
            }
            ensure(*held <= BUDGET + GRACE + run.trace.setup.busy, || {
                format!("waiter {waiter} has been held up for {held} ms")
            })?;
        }
        if let Input::Ask(ask) = step.input {
            waiting.insert((page, ask.waiter), (ask, 0));
        }
        let landed = match step.input {
            Input::Minted(flight, _) => was.flights.get(&flight).map(|flight| flight.template),
            _ => None,
        };
        // A source that gives the same again, or used tokens, is asked again after a pause that nobody is told of.
        if matches!(step.input, Input::Minted(_, Answer::Token(_))) {
            was.excuse(landed, step.at.mono + LONGEST_PAUSE);
        }
        // A late answer's Retry-After is honoured, and nobody is told of it again.
        if let Input::Minted(_, Answer::Failed(Failure { retry_after: Some(after), .. })) = step.input {
            was.excuse(landed, step.at.mono + after);
        }
        let ends = was.flights.values().any(|flight| step.at.awake.least - flight.awake >= ABANDON);
        for output in &step.outputs {
            match output {
                Output::Settle(waiter, _) => _ = waiting.remove(&(page, *waiter)),
                // Several retries may be announced at once, and none says of what.
                Output::Event(Event::Retry { delay_ms, .. }) if ends => was.excuse(None, step.at.mono + delay_ms),
                Output::Event(Event::Retry { delay_ms, .. }) => was.excuse(landed, step.at.mono + delay_ms),
                Output::Mint { template: name, .. } => was.excused[template(*name)] = 0,
                _ => {}
            }
        }
        was.flights.clone_from(&seat.flights);
        was.signed_in = seat.status == Status::SignedIn;
        (was.awake, was.mono) = (step.at.awake.least, step.at.mono);
        Ok(())
    })
}

/// A tab that refreshes ahead by 5 s, from a provider that takes no longer than 2 s, never lets anybody wait who asks
/// without force: what other tabs do does not show.
pub fn refreshing_ahead_stays_ahead(run: &Run<'_>) -> Result<(), String> {
    let setup = &run.trace.setup;
    if setup.kind == Kind::Wild || setup.life < 60_000 {
        return Ok(());
    }
    // Since when each tab has had a token for its account, and nothing has stopped it since.
    let mut served: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    every_step(run, |watch, page, step| {
        if step.outputs.iter().any(|output| matches!(output, Output::Ended(_))) {
            served.retain(|(other, _), _| *other != page);
        }
        if let Input::Ask(ask) = &step.input
            && !ask.forced
            && !watch.seats[page].rested
            && let Some(since) = served.get(&(page, template(ask.template)))
        {
            let settled = step.outputs.iter().any(|output| matches!(output, Output::Settle(..)));
            ensure(settled, || format!("it has had a token since {} ms, and lets somebody wait", since - START))?;
        }
        for slot in 0..2 {
            if let Some((_, since)) = watch.seats[page].hands[slot] {
                served.entry((page, slot)).or_insert(since);
            }
        }
        Ok(())
    })
}
