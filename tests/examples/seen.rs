//! What can be seen of a desk's tab.

use super::kit::{Desk, session};
use std::collections::BTreeMap;
use tabpin::core::error::Code;
use tabpin::core::input::WaiterId;
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Outcome, Output, Snapshot, Task};
use tabpin::core::pin::{Cause, Status};
use tabpin::core::session::SessionRef;
use tabpin::core::token::TokenId;

impl Desk {
    /// What the waiter was told, if it has been.
    pub fn outcome(&self, waiter: WaiterId) -> Option<Outcome> {
        self.all().find_map(|output| match output {
            Output::Settle(other, outcome) if *other == waiter => Some(*outcome),
            _ => None,
        })
    }

    /// The code with which the waiter was refused.
    pub fn code(&self, waiter: WaiterId) -> Option<Code> {
        match self.outcome(waiter) {
            Some(Outcome::Reject(error)) => Some(error.code),
            _ => None,
        }
    }

    /// Everything ordered so far.
    pub fn all(&self) -> impl Iterator<Item = &Output> {
        self.tab.steps.iter().flat_map(|step| &step.outputs)
    }

    /// What the last input brought about.
    pub fn last(&self) -> &[Output] {
        &self.tab.steps.last().expect("something happened").outputs
    }

    /// Every event so far.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.all().filter_map(|output| match output {
            Output::Event(event) => Some(event),
            _ => None,
        })
    }

    /// Why the tab has been pinned, each time.
    pub fn causes(&self) -> Vec<Cause> {
        let causes = self.events().filter_map(|event| match event {
            Event::Pinned { cause, .. } => Some(*cause),
            _ => None,
        });
        causes.collect()
    }

    /// Whose session was stored last, if anything was: `Some(None)` when that was taken away.
    pub fn stored(&self) -> Option<Option<Name>> {
        let stored = self.all().filter_map(|output| match output {
            Output::Store(stored) => Some(stored.and_then(|stored| stored.session.session_id)),
            _ => None,
        });
        stored.last()
    }

    /// Why tokens were refused, in order.
    pub fn refused(&self) -> Vec<Code> {
        let codes = self.events().filter_map(|event| match event {
            Event::Refused { error, .. } => Some(error.code),
            _ => None,
        });
        codes.collect()
    }

    /// How many mints were ordered so far.
    pub fn minted(&self) -> usize {
        self.all().filter(|output| matches!(output, Output::Mint { .. })).count()
    }

    /// Did the last mint bypass every cache?
    pub fn skipped_cache(&self) -> bool {
        let skips = self.all().filter_map(|output| match output {
            Output::Mint { skip_cache, .. } => Some(*skip_cache),
            _ => None,
        });
        skips.last().expect("a mint was ordered")
    }

    /// Every errand ordered so far, and whose.
    pub fn errands(&self) -> BTreeMap<u32, (Task, SessionRef)> {
        let errands = self.all().filter_map(|output| match output {
            Output::Errand(errand, task, session) => Some((*errand, (*task, *session))),
            _ => None,
        });
        errands.collect()
    }

    /// The tab as an application sees it.
    pub fn snapshot(&self) -> Snapshot {
        self.tab.machine.snapshot()
    }

    /// Status and session.
    pub fn stands(&self) -> (Status, Option<SessionRef>) {
        let snapshot = self.snapshot();
        (snapshot.status, snapshot.session)
    }

    /// Keeps to the session of this number?
    pub fn keeps_to(&self, number: u32) -> bool {
        self.stands() == (Status::SignedIn, Some(session(number)))
    }

    /// The token at hand.
    pub fn at_hand(&mut self) -> Option<TokenId> {
        let now = self.tab.time.now();
        self.tab.machine.at_hand(now, self.tab.machine.account_id(), None)
    }
}
