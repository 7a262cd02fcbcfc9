//! What a bystander knows who reads the record of all tabs, in the order in which things happened.

use super::play::Run;
use crate::support::browser::Entry;
use crate::support::page::State;
use crate::support::tab::{Hands, Step, TEMPLATES};
use std::collections::{BTreeMap, BTreeSet};
use tabpin::core::input::{Answer, FlightId, Input};
use tabpin::core::name::Name;
use tabpin::core::output::{Account, Output};
use tabpin::core::pin::Status;

/// A mint that has neither been answered nor called off.
#[derive(Clone, Copy, Debug)]
pub struct Flight {
    pub template: usize,
    pub awake: u64,
    pub real: i64,
}

/// A lock that has been asked for and not been left.
#[derive(Clone, Copy, Debug)]
pub struct Lock {
    pub key: Name,
    /// When it was had, monotonic ms.
    pub granted: Option<u64>,
}

/// One tab, as far as its record tells.
#[derive(Clone, Debug)]
pub struct Seat {
    pub state: State,
    /// It has been frozen, or slept, at some time.
    pub rested: bool,
    /// It has had a channel since this moment, by the provider's clock.
    pub joined: Option<i64>,
    pub account: Account,
    pub status: Status,
    /// The texts at hand, by template, and since when.
    pub hands: [Option<(usize, i64)>; TEMPLATES.len()],
    pub flights: BTreeMap<FlightId, Flight>,
    pub locks: BTreeMap<u32, Lock>,
    /// What was known of each text when it was minted: the account's variant.
    pub minted: BTreeMap<usize, Option<Name>>,
}

impl Seat {
    const NEW: Self = Self {
        state: State::Awake,
        rested: false,
        joined: None,
        account: Account { id: 0, session: None, variant: None },
        status: Status::Unknown,
        hands: [None; TEMPLATES.len()],
        flights: BTreeMap::new(),
        locks: BTreeMap::new(),
        minted: BTreeMap::new(),
    };
}

/// All of them.
pub struct Watch<'a> {
    pub run: &'a Run<'a>,
    pub seats: Vec<Seat>,
    /// Texts that came late, to a page that had been frozen: nobody can tell how old they were.
    pub late: BTreeSet<usize>,
    /// The pages that they came to.
    pub late_for: BTreeSet<usize>,
}

/// Which of the two templates is meant.
pub fn template(name: Option<Name>) -> usize {
    usize::from(name.is_some())
}

/// Holds a check against every step of every tab. The check sees the state after the step.
pub fn every_step<'a>(
    run: &'a Run<'a>,
    mut check: impl FnMut(&Watch<'a>, usize, &'a Step) -> Result<(), String>,
) -> Result<(), String> {
    let pages = &run.browser.pages;
    let mut watch =
        Watch { run, seats: vec![Seat::NEW; pages.len()], late: BTreeSet::new(), late_for: BTreeSet::new() };
    for entry in &run.browser.log {
        match *entry {
            Entry::Now(page, state) => {
                watch.seats[page].state = state;
                watch.seats[page].rested = true;
            }
            Entry::Step(page, number) => {
                let step = &pages[page].tab.steps[number];
                watch.take(page, step);
                check(&watch, page, step)
                    .map_err(|broken| format!("tab {page}, step {number}, {} ms: {broken}", step.at.real - START))?;
            }
        }
    }
    Ok(())
}

/// When every browser starts, by the provider's clock.
pub const START: i64 = 1_700_000_000_000;

impl Watch<'_> {
    fn take(&mut self, page: usize, step: &Step) {
        let seat = &mut self.seats[page];
        match &step.input {
            Input::Join(_) => seat.joined = Some(step.at.real),
            Input::Part => seat.joined = None,
            Input::Locked(id) => {
                if let Some(lock) = seat.locks.get_mut(id) {
                    lock.granted.get_or_insert(step.at.mono);
                }
            }
            Input::Minted(flight, answer) => {
                let known = seat.flights.remove(flight);
                if let Answer::Token(facts) = answer {
                    let text = self.run.browser.pages[page].text(facts.id);
                    let latency = self.run.trace.setup.latency as i64 + 100;
                    if known.is_none_or(|flight| step.at.real - flight.real > latency) {
                        self.late.insert(text);
                        self.late_for.insert(page);
                    }
                    seat.minted.entry(text).or_insert(seat.account.variant);
                }
            }
            _ => {}
        }
        for output in &step.outputs {
            match output {
                Output::Account(account) => seat.account = *account,
                Output::Mint { flight, template: name, .. } => {
                    let flight_now =
                        Flight { template: template(*name), awake: step.at.awake.least, real: step.at.real };
                    seat.flights.insert(*flight, flight_now);
                }
                Output::Abort(flight) => _ = seat.flights.remove(flight),
                Output::Lock(id, key) => _ = seat.locks.insert(*id, Lock { key: *key, granted: None }),
                Output::Unlock(id) => _ = seat.locks.remove(id),
                _ => {}
            }
        }
        if let Some(snapshot) = &step.snapshot {
            seat.status = snapshot.status;
        }
        let hands = self.texts(page, step.after, step.at.real);
        self.seats[page].hands = hands;
    }

    fn texts(&self, page: usize, hands: Hands, real: i64) -> [Option<(usize, i64)>; TEMPLATES.len()] {
        std::array::from_fn(|slot| {
            let text = self.run.browser.pages[page].text(hands[slot]?);
            let since = self.seats[page].hands[slot].filter(|(known, _)| *known == text).map_or(real, |(_, at)| at);
            Some((text, since))
        })
    }

    /// Do these tabs keep to the same account, in the same namespace?
    pub fn are_one(&self, one: usize, other: usize) -> bool {
        let pages = &self.run.browser.pages;
        let [a, b] = [one, other].map(|page| &self.seats[page]);
        pages[one].place == pages[other].place
            && a.status == Status::SignedIn
            && b.status == Status::SignedIn
            && a.account.variant == b.account.variant
            && a.account.session.zip(b.account.session).is_some_and(|(a, b)| a.is(b))
    }
}

/// `Err` with the words unless it holds.
pub fn ensure(holds: bool, words: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(words()) }
}
